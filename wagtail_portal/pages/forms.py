"""What the customers' forms share: lookups, uploaded files, and the errors of actions."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.utils.translation import gettext, ngettext_lazy

from wagtail_portal.exceptions import (
    ActionError,
    Deleted,
    Invalid,
    Locked,
    NotAllowed,
    RateLimited,
    TooLate,
)
from wagtail_portal.fields.context import FormContext
from wagtail_portal.models import (
    EDIT_PERIOD,
    Attachment,
    Member,
    PortalSettings,
    member_finder,
    members_by_address,
)
from wagtail_portal.permissions import Actor
from wagtail_portal.uploads import own_uploads, parse_uuid, save_form_files

TOO_MANY_ATTEMPTS = ngettext_lazy(
    "Too many attempts. Try again in %(minutes)d minute. What you wrote has been kept.",
    "Too many attempts. Try again in %(minutes)d minutes. What you wrote has been kept.",
    "minutes",
)


def form_context(request, member: Member | None) -> FormContext:
    """Return the lookups of a form that ``member`` fills in; None, in a preview, has no teammates
    and no uploads."""
    lookups: dict[str, Any] = {}
    if member is not None:
        lookups["find_members"] = member_finder(member.organization_id, member)
    return FormContext(
        file_limits=PortalSettings.current(request).file_limits,
        find_teammates=lambda addresses: find_teammates(member, addresses),
        find_uploads=lambda ids: find_uploads(member, ids),
        me=member.pk if member else None,
        **lookups,
    )


def display_context(request, home) -> FormContext:
    """Return the lookups for showing a ticket below the portal ``home``."""

    def file_url(stored):
        pk = parse_uuid(str(stored.get("id")))
        return home.portal_url(request, "portal_file", pk) if pk else ""

    return FormContext(file_url=file_url)


def find_teammates(member: Member | None, addresses: list[str]) -> dict[str, Member]:
    """Return members of the same organization by email address, without those who have no
    access."""
    if member is None:
        return {}
    same = Member.objects.with_access().filter(organization_id=member.organization_id)
    return dict(members_by_address(same.select_related("role"), addresses))


def find_uploads(member: Member | None, ids: list[str]) -> list[Attachment]:
    """Return the files that the member uploaded, in the order of ``ids``."""
    return [] if member is None else own_uploads(member.user, ids)


def save_uploads(request, member: Member, form: Form) -> None:
    """Save the files of a form that had an error elsewhere, so that none is chosen twice."""
    site = PortalSettings.current(request).site
    save_form_files(form, by=Actor.for_member(member), site=site)


def add_action_error(form: Form, error: ActionError, names: dict[str, str] | None = None) -> None:
    """Add the error of an action to the fields it's about, or else to the form.

    :param names: the form's field names by argument of the action, where they differ.
    """
    if not isinstance(error, Invalid):
        form.add_error(None, error_message(error))
        return
    for argument, texts in error.errors.items():
        name = (names or {}).get(argument, argument)
        form.add_error(name if name in form.fields else None, texts)


def error_message(error: ActionError, rate_limited=TOO_MANY_ATTEMPTS) -> str:
    """Return the text of an action's error, for a place without a form.

    :param rate_limited: a lazy plural for :class:`.RateLimited`, which depends on ``minutes``.
    """
    if isinstance(error, Invalid):
        return " ".join(error.messages)
    if isinstance(error, RateLimited):
        return rate_limited % {"minutes": error.minutes}
    if isinstance(error, Deleted):
        return gettext("Ticket #%(number)s was deleted.") % {"number": error.number}
    if isinstance(error, Locked):
        return gettext("This ticket was closed some time ago and is locked.")
    if isinstance(error, TooLate):
        minutes = int(EDIT_PERIOD.total_seconds() // 60)
        text = gettext(
            "A message can only be edited for %(minutes)d minutes. Send what you want to add as a "
            "reply."
        )
        return text % {"minutes": minutes}
    if isinstance(error, NotAllowed):
        return gettext("Your role in this organization doesn’t allow this.")
    raise error


def perform(request, act: Callable[[], str], rate_limited=TOO_MANY_ATTEMPTS) -> None:
    """Call ``act`` and show the message it returns, or why it was refused.

    :param rate_limited: as for :func:`error_message`.
    """
    try:
        text = act()
    except ActionError as error:
        messages.error(request, error_message(error, rate_limited))
    else:
        if text:
            messages.success(request, text)
