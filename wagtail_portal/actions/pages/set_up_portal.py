"""Create what a site's portal lacks to be used."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext
from wagtail.log_actions import log
from wagtail.models import Site

from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import DesignatedField, PortalSettings
from wagtail_portal.models.default_groups import GROUPS, create_groups
from wagtail_portal.portal_urls import page_models
from wagtail_portal.utils.typing import User

#: What customers see of their tickets at first.
DESIGNATED: list[dict[str, Any]] = [
    {"builtin": "status", "as_filter": True},
    {"builtin": "urgency", "as_filter": True},
    {"builtin": "requester"},
]


def set_up_portal(site: Site, *, user: User = None, slug: str = "support") -> list:
    """Create what a site's portal lacks, and return it: the groups for the team, the portal
    settings with what customers see of their tickets, and a live portal page with three ticket
    forms.

    What's there stays as it is, so this can be repeated: a portal page that isn't published stays
    a draft, and forms are only created for a portal page that has none.

    :param user: who creates the pages; None for a command.
    :param slug: of the portal page.
    :raises NotAllowed: if ``user`` can't publish pages below the site's root page.
    :raises Invalid: if the site's page types don't allow it.
    """
    with transaction.atomic():
        site = Site.objects.select_for_update().select_related("root_page").get(pk=site.pk)
        created: list = []
        existing = set(Group.objects.values_list("name", flat=True))
        if missing := [name for name in GROUPS if name not in existing]:
            create_groups(apps, missing)
            created += Group.objects.filter(name__in=missing)
        settings, is_new = PortalSettings.objects.get_or_create(site=site)
        if is_new:
            created.append(settings)
        if not settings.designated_fields.exists():
            for order, row in enumerate(DESIGNATED):
                DesignatedField.objects.create(settings=settings, sort_order=order, **row)
        home = _find_home(site)
        if home is None:
            home = _create_page("home", site.root_page.specific, user, gettext("Support"), slug)
            created.append(home)
        form_models = tuple(page_models("form"))
        if not any(isinstance(page, form_models) for page in home.get_children().specific()):
            for form in _starter_forms():
                created.append(_create_page("form", home, user, **form))
    return created


def _find_home(site: Site) -> Any:
    for model in page_models("home"):
        if home := model.objects.in_site(site).order_by("-live", "path").first():
            return home
    return None


def _create_page(kind: str, parent: Any, user: User, title: str, slug: str, **values: Any) -> Any:
    """Create and publish a page of the site's own type, and return it."""
    if user is not None:
        allowed = parent.permissions_for_user(user)
        if not (allowed.can_add_subpage() and allowed.can_publish_subpage()):
            raise NotAllowed(gettext("You can’t publish pages here. Ask an administrator."))
    model = next((model for model in page_models(kind) if model.can_create_at(parent)), None)
    if model is None:
        text = gettext(
            "No page type of the portal can be created below “%(page)s”. Add it to the "
            "subpage types of that page’s model."
        )
        raise Invalid(text % {"page": parent.get_admin_display_title()})
    taken = set(parent.get_children().values_list("slug", flat=True))
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    free = slug if slug not in taken else next(name for name in numbered if name not in taken)
    page = model(title=title, slug=free, live=False, owner=user, **values)
    try:
        parent.add_child(instance=page)
    except ValidationError as error:
        raise Invalid(error.messages) from error
    log(page, "wagtail.create", user=user)
    page.save_revision(user=user).publish(user=user)
    return type(page).objects.get(pk=page.pk)


def _starter_forms() -> list[dict]:
    """Return three forms, which show what forms can do."""
    worked = str(uuid.uuid4())
    return [
        {
            "title": gettext("Ask a question"),
            "slug": "question",
            "introduction": gettext("Anything you’d like to know."),
            "questions": _blocks(("subject", {}), ("description", {"required": True}), FILES),
        },
        {
            "title": gettext("Report a problem"),
            "slug": "problem",
            "introduction": gettext("Something doesn’t work as it should."),
            "questions": _blocks(
                ("subject", {}),
                ("urgency", {}),
                ("question_yes_no", {"label": gettext("Did it work before?")}, worked),
                (
                    "question_date",
                    {
                        "label": gettext("When did you first notice the problem?"),
                        "show_if": {
                            "match": "all",
                            "conditions": [
                                {"question": worked, "operator": "equals", "values": ["yes"]}
                            ],
                        },
                    },
                ),
                (
                    "description",
                    {
                        "required": True,
                        "help_text": gettext(
                            "What did you do, what did you expect, and what happened instead?"
                        ),
                    },
                ),
                FILES,
            ),
        },
        {
            "title": gettext("Suggest an improvement"),
            "slug": "suggestion",
            "introduction": gettext("Something that would make your work easier."),
            "questions": _blocks(
                ("subject", {}),
                (
                    "description",
                    {
                        "required": True,
                        "help_text": gettext("What would you like to do, and what for?"),
                    },
                ),
            ),
        },
    ]


FILES: tuple[str, dict] = ("attachments", {})


def _blocks(*rows: Iterable) -> list[dict]:
    """Return questions as a StreamField stores them."""
    return [
        {"type": kind, "value": value, "id": ids[0] if ids else str(uuid.uuid4())}
        for kind, value, *ids in rows
    ]
