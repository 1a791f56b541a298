"""The steps from an empty site to a portal that a customer can use."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings as django_settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal import conf
from wagtail_portal.compat import page_model
from wagtail_portal.health import count_problems
from wagtail_portal.models import (
    Delivery,
    DesignatedField,
    Member,
    Notification,
    Organization,
    SweepState,
)
from wagtail_portal.permissions import Verb
from wagtail_portal.portal_urls import page_models

SETTINGS = ["wagtail_portal", "portalsettings"]


@dataclass(frozen=True)
class Step:
    """One step. ``url`` is empty if it's done, or if the user can't do it."""

    key: str
    label: str
    is_done: bool
    #: What there is to know or to do.
    detail: str = ""
    url: str = ""
    #: The text of the link.
    action: str = ""


class FirstSteps:
    """The steps for one site, as a user of the admin sees them."""

    def __init__(self, site: Site, user):
        self.site, self.user = site, user

    @cached_property
    def home(self):
        """The portal page, live or not, or None."""
        for model in page_models("home"):
            if home := model.objects.in_site(self.site).order_by("-live", "path").first():
                return home
        return None

    @property
    def is_live(self) -> bool:
        """Whether the portal page is published."""
        return self.home is not None and self.home.live

    @property
    def address(self) -> str:
        """The absolute URL of the portal; "" without a portal page."""
        return (self.home.full_url or "") if self.home else ""

    @cached_property
    def sign_on_addresses(self) -> list[dict]:
        """The addresses to which other systems send signed tokens, by name of the system."""
        found = []
        for entry in conf.JWT_ISSUERS:
            try:
                path = reverse("wagtail_portal_jwt", args=[entry["key"]])
            except (KeyError, NoReverseMatch):
                # The extra isn't installed, or the entry is invalid: the checks say so.
                continue
            url = f"{self.site.root_url}{path}"
            found.append({"name": entry.get("name") or entry["key"], "url": url})
        return found

    @cached_property
    def last_email(self):
        """When the portal last sent an email, or None."""
        sent = Notification.objects.filter(site=self.site, state=Delivery.SENT)
        # By primary key, because no index serves the time.
        return sent.order_by("-pk").values_list("sent_at", flat=True).first()

    @cached_property
    def has_signed_in(self) -> bool:
        """Whether a customer has signed in, for which a code arrived. Codes aren't kept."""
        return Member.objects.filter(user__last_login__isnull=False).exists()

    @cached_property
    def problems(self) -> int:
        """How much needs attention, for users who see the system status."""
        return count_problems() if self.user.has_perm(Verb.VIEW_SYSTEM_STATUS) else 0

    @cached_property
    def steps(self) -> list[Step]:
        """All steps, in the order in which they are done."""
        return [
            self._page(),
            self._address(),
            self._form(),
            self._fields(),
            self._worker(),
            self._customer(),
            self._email(),
        ]

    @property
    def open_steps(self) -> list[Step]:
        """The steps that aren't done."""
        return [step for step in self.steps if not step.is_done]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.open_steps

    @property
    def settings_url(self) -> str:
        """The URL of the portal settings of the site."""
        return reverse("wagtailsettings:edit", args=[*SETTINGS, self.site.pk])

    def _page(self) -> Step:
        label = gettext("Create the portal page")
        if self.home is None:
            url = self._if(
                self._may_publish_below(self.site.root_page),
                "wagtail_portal_set_up",
                self.site.pk,
            )
            detail = gettext("It comes with three ticket forms, which you can change.")
            return Step("page", label, False, detail, url, gettext("Create"))
        if self.home.live:
            return Step("page", label, True)
        url = self._edit_page(self.home)
        return Step("page", label, False, gettext("It’s a draft."), url, gettext("Publish"))

    def _address(self) -> Step:
        label = gettext("Set the site’s address")
        # A new site's address, which is right on a developer's computer only.
        is_done = django_settings.DEBUG or self.site.hostname != "localhost"
        may_change = self.user.has_perm("wagtailcore.change_site")
        detail = gettext("Links in emails lead to “%(address)s”.") % {"address": self.site.root_url}
        url = "" if is_done else self._if(may_change, "wagtailsites:edit", self.site.pk)
        return Step("address", label, is_done, detail, url, gettext("Edit the site"))

    def _form(self) -> Step:
        label = gettext("Publish a ticket form")
        children = self.home.get_children() if self.home else page_model().objects.none()
        if any(children.live().type(model).exists() for model in page_models("form")):
            return Step("form", label, True)
        url = ""
        if self.home and self._may_publish_below(self.home):
            url = reverse("wagtailadmin_pages:add_subpage", args=[self.home.pk])
        detail = "" if self.home else gettext("First create the portal page.")
        return Step("form", label, False, detail, url, gettext("Add a form"))

    def _fields(self) -> Step:
        label = gettext("Choose what customers see of their tickets")
        is_done = DesignatedField.objects.filter(settings__site=self.site).exists()
        url = "" if is_done or not self._may_change_settings else f"{self.settings_url}#tab-tickets"
        detail = gettext("Until then, they see the status and the requester.")
        return Step("fields", label, is_done, "" if is_done else detail, url, gettext("Choose"))

    def _worker(self) -> Step:
        label = gettext("Start the worker, which sends emails")
        is_done = SweepState.objects.exists()
        detail = "" if is_done else gettext("Ask a developer to run “manage.py portal_worker”.")
        may_view = self.user.has_perm(Verb.VIEW_SYSTEM_STATUS)
        url = "" if is_done else self._if(may_view, "wagtail_portal_system_status")
        return Step("worker", label, is_done, detail, url, gettext("System status"))

    def _customer(self) -> Step:
        label = gettext("Add the first customer")
        if Member.objects.exists():
            return Step("customer", label, True)
        model: Any = Organization
        verb = Verb.ADD_ORGANIZATION
        detail = gettext("First an organization, then one of its members.")
        if Organization.objects.exists():
            model, verb, detail = Member, Verb.ADD_MEMBER, ""
        name = model.snippet_viewset.get_url_name("add")
        return Step(
            "customer",
            label,
            False,
            detail,
            self._if(self.user.has_perm(verb), name),
            gettext("Add"),
        )

    def _email(self) -> Step:
        label = gettext("Receive an email from the portal")
        is_done = self.last_email is not None or self.has_signed_in
        detail = gettext("Open the portal in a private window, and sign in as the customer.")
        url = self.address if self.is_live and not is_done else ""
        return Step(
            "email", label, is_done, "" if is_done else detail, url, gettext("Open the portal")
        )

    @property
    def _may_change_settings(self) -> bool:
        return self.user.has_perm("wagtail_portal.change_portalsettings")

    def _may_publish_below(self, page) -> bool:
        allowed = page.permissions_for_user(self.user)
        return allowed.can_add_subpage() and allowed.can_publish_subpage()

    def _edit_page(self, page) -> str:
        may_edit = page.permissions_for_user(self.user).can_edit()
        return self._if(may_edit, "wagtailadmin_pages:edit", page.pk)

    def _if(self, is_allowed: bool, name: str, *args) -> str:
        return reverse(name, args=args) if is_allowed else ""


def incomplete_sites(user) -> list[FirstSteps]:
    """Return the first steps of the sites that still lack something, for a user who can change the
    portal settings. A site without a portal counts only if there's none anywhere."""
    if not user.has_perm("wagtail_portal.change_portalsettings"):
        return []
    found = [FirstSteps(site, user) for site in Site.objects.select_related("root_page")]
    with_portal = [steps for steps in found if steps.home is not None]
    without = [steps for steps in found if steps.site.is_default_site]
    return [steps for steps in with_portal or without if not steps.is_complete]
