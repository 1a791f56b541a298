"""Warn editors who publish a form without what tickets, lists or other questions rely on.

Their changes are already saved as a draft, which they can then edit further or publish.
"""

from collections import Counter

from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from wagtail import hooks
from wagtail.admin import messages

from wagtail_portal.compat import page_model
from wagtail_portal.fields.questions import Question, parse
from wagtail_portal.models import DesignatedField, Ticket
from wagtail_portal.utils.humanize import comma_list

from .form_page import TicketFormPageMixin

#: The number of the form's open tickets that are checked.
TICKETS_CHECKED = 200
LEAD = gettext_lazy("Tickets, ticket lists or other questions rely on what you changed.")


def questions_of(page) -> dict[str, Question]:
    """Return the questions of a form: ticket fields by ``field:<key>``, others by block ID."""
    return {
        item.target if item.target.startswith("field:") else item.id: item
        for item in parse(page.questions)
        if isinstance(item, Question)
    }


def warnings(page) -> list[str]:
    """Return what would be missing if ``page``, a form with unpublished changes, was published."""
    live = type(page)._default_manager.filter(pk=page.pk, live=True).first()
    if live is None:
        return []
    remaining = questions_of(page)
    gone = {key: row for key, row in questions_of(live).items() if key not in remaining}
    own = {key: question for key, question in gone.items() if question.target == "answer"}
    fields = [key.removeprefix("field:") for key in gone if key.startswith("field:")]
    return [*_answered(page, own), *_listed(page, fields), *_renamed(page, live)]


def _renamed(page, live) -> list[str]:
    """Return warnings for choices of this form that were renamed and are used elsewhere in it, or
    in open tickets."""
    new, found = questions_of(page), []
    renamed = [
        (question, choice, now)
        for key, question in questions_of(live).items()
        if question.target == "answer" and key in new
        for choice in question.spec.choices
        if (now := new[key].spec.choice(choice.key)) and choice.label != now.label
    ]
    answers = _open_answers(page) if renamed else []
    for question, old, choice in renamed:
        places = [
            gettext("the condition of “%(question)s”") % {"question": other.spec.label}
            for other in new.values()
            if other.rule
            and any(
                condition.question == question.id and choice.key in condition.values
                for condition in other.rule.conditions
            )
        ]
        if choice.key in _as_list(new[question.id].spec.default):
            places.append(gettext("the default of the question"))
        count = sum(
            answer.get("id") == question.id and choice.key in _as_list(answer.get("value"))
            for given in answers
            for answer in given
        )
        if count:
            text = ngettext("%(number)s open ticket", "%(number)s open tickets", count)
            places.append(text % {"number": count})
        if places:
            text = gettext(
                "“%(old)s” of “%(question)s” was renamed to “%(new)s”. It’s used in: %(places)s. "
                "Conditions and defaults follow the new name; tickets keep the old one."
            )
            names = {"old": old.label, "new": choice.label, "question": question.spec.label}
            found.append(text % {**names, "places": comma_list(places)})
    return found


def _as_list(stored) -> list:
    return stored if isinstance(stored, list) else [stored]


def _open_answers(page) -> list:
    # Aliases of the form change with it.
    forms = [page.pk, *page.aliases.values_list("pk", flat=True)] if page.pk else []
    rows = Ticket.objects.filter(form_id__in=forms).open().order_by()
    return list(rows.values_list("answers", flat=True)[:TICKETS_CHECKED])


def _answered(page, questions) -> list[str]:
    if not questions:
        return []
    found = _open_answers(page)
    counts = Counter(answer.get("id") for answers in found for answer in answers)
    return [
        ngettext(
            "“%(question)s” has been answered in %(count)s open ticket. The answer stays there,"
            " but new tickets won’t have one.",
            "“%(question)s” has been answered in %(count)s open tickets. The answers stay "
            "there, but new tickets won’t have one.",
            counts[key],
        )
        % {
            "question": question.spec.label,
            "count": f"{counts[key]}+" if len(found) == TICKETS_CHECKED else counts[key],
        }
        for key, question in questions.items()
        if counts[key]
    ]


def _listed(page, keys) -> list[str]:
    site = page.get_site()
    if not keys or site is None:
        return []
    rows = DesignatedField.objects.filter(
        settings__site=site, in_list=True, ticket_field__key__in=keys, ticket_field__archived=False
    )
    return [
        gettext(
            "“%(field)s” is shown in the customers’ ticket list. It will be empty there for new"
            " tickets from this form."
        )
        % {"field": row.ticket_field.label}
        for row in rows.select_related("ticket_field")
        if row.ticket_field
    ]


def ask_before_publishing(request, page):
    """Show the warnings, if there are any: a ``before_publish_page`` hook."""
    if not isinstance(page, TicketFormPageMixin):
        return None
    found = warnings(page)
    if not found:
        return None
    context = {
        "page": page,
        "lead": LEAD,
        "warnings": found,
        "revision": page.latest_revision_id or page.get_latest_revision().pk,
        "edit_url": reverse("wagtailadmin_pages:edit", args=[quote(page.pk)]),
        "publish_url": reverse("wagtail_portal_publish_form", args=[quote(page.pk)]),
    }
    return render(request, "wagtail_portal/editor/confirm_publish.html", context)


@require_POST
def publish_anyway(request, pk):
    """Publish the draft in spite of the warnings."""
    page = get_object_or_404(page_model(), pk=pk).specific
    if not isinstance(page, TicketFormPageMixin):
        raise PermissionDenied
    permissions = page.permissions_for_user(request.user)
    if not permissions.can_publish() or page.alias_of_id:
        raise PermissionDenied
    if permissions.page_locked():
        text = gettext("The form is locked, so it can’t be published.")
        messages.error(request, text)
        return redirect("wagtailadmin_pages:edit", page.pk)
    revision = page.get_latest_revision()
    if revision is None or str(revision.pk) != request.POST.get("revision"):
        messages.error(
            request, gettext("Someone else has changed the form in the meantime. Review it again.")
        )
        return redirect("wagtailadmin_pages:edit", page.pk)
    revision.publish(user=request.user)
    page = type(page)._default_manager.get(pk=page.pk)
    for hook in hooks.get_hooks("after_publish_page"):
        response = hook(request, page)
        if hasattr(response, "status_code"):
            return response
    words = (
        gettext("Page '%(page)s' has been scheduled for publishing.")
        if page.approved_schedule
        else gettext("Page '%(page)s' has been published.")
    )
    messages.success(request, words % {"page": page.get_admin_display_title()})
    return redirect("wagtailadmin_explore", page.get_parent().pk)


def admin_urls():
    """Return the URLs for the ``register_admin_urls`` hook."""
    return [
        path(
            "wagtail-portal/forms/<int:pk>/publish/",
            publish_anyway,
            name="wagtail_portal_publish_form",
        )
    ]
