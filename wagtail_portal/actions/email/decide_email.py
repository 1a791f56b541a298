"""Decide about received emails that wait for the team."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.actions._locks import for_update, reload_actor
from wagtail_portal.actions.people.create_member import create_member
from wagtail_portal.actions.people.join_by_domain import verified_organization
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    Member,
    Message,
    Organization,
    Reason,
    ReceivedEmail,
    ReceivedState,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.received_email import ReceivedMessage, Verdict, parse_anyway

from ._add_email import add_as_note, add_email
from ._email_tasks import process_soon

#: States in which an agent can decide.
OPEN_STATES = (
    ReceivedState.HELD,
    ReceivedState.SPAM,
    ReceivedState.FAILED,
    ReceivedState.IGNORED,
    ReceivedState.ANSWERED,
)


def read_received_email(row: ReceivedEmail) -> ReceivedMessage:
    """Return what a received email says. If nothing can read it, that's the email as a file."""
    with row.raw.open("rb") as file:
        return parse_anyway(file.read())


def organization_to_join(row: ReceivedEmail) -> Organization | None:
    """Return the organization to which an unknown sender can be added, because their address is
    proven and its domain belongs to the organization."""
    is_known = row.member_id is not None or row.ticket_id is not None
    if is_known or row.verdict != Verdict.PASS:
        return None
    return verified_organization(row.sender)


def accept_email(row: ReceivedEmail, *, by: Actor, as_member: bool = False) -> Message:
    """Add a received email although its sender isn't proven, and return the message.

    It's added as a reply of the member who seems to have written it. The email of anyone else is
    added to its ticket as an internal note of ``by``, or opens a ticket for a visitor. No one gets
    access by that. A new ticket is confirmed to a proven sender only.

    :param as_member: whether to make the sender a member of :func:`organization_to_join` first.
    :raises NotAllowed: unless ``by`` may decide about received emails and change the ticket, and
        add the member.
    :raises Invalid: if it has been handled, or there's no organization to join.
    :raises ActionError: if the email can't be added.
    """
    by.require_user(Verb.DECIDE_EMAIL)
    message = read_received_email(row)
    with transaction.atomic():
        row = _lock(row, by)
        if as_member:
            row.member = _add_member(row, by)
        if row.ticket is not None:
            by.require_team(Verb.REPLY, row.ticket)
        elif row.member is None:
            by.require_team(Verb.OPEN)
        if row.ticket is not None and (row.member is None or not _may_reply(row)):
            added = add_as_note(row, message, ticket=row.ticket, by=by)
        else:
            added, _detail = add_email(
                row,
                message,
                ticket=row.ticket,
                member=row.member,
                confirms=row.verdict == Verdict.PASS,
            )
        _decide(
            row,
            by,
            state=ReceivedState.ADDED,
            message=added,
            ticket=added.ticket,
            member=added.member,
        )
    return added


def _add_member(row: Any, by: Actor) -> Member:
    organization = organization_to_join(row)
    if organization is None:
        raise Invalid(gettext("The sender can’t be added to an organization."))
    return create_member(organization, by=by, email=row.sender, name=row.sender_name)


def _may_reply(row: Any) -> bool:
    return Actor.for_member(row.member).may(Verb.REPLY, row.ticket)


def discard_email(row: ReceivedEmail, *, by: Actor) -> None:
    """Take a received email off the list without adding it. It's deleted with the others.

    :raises NotAllowed: unless ``by`` may decide about received emails.
    :raises Invalid: if it has been handled.
    """
    by.require_user(Verb.DECIDE_EMAIL)
    with transaction.atomic():
        _decide(_lock(row, by), by, state=ReceivedState.DISCARDED)


def process_again(row: ReceivedEmail, *, by: Actor, not_spam: bool = False) -> None:
    """Process a received email as if it had just arrived, for example after a setting was changed.

    :param not_spam: whether to disregard the block list and what the email server's filter says.
    :raises NotAllowed: unless ``by`` may decide about received emails.
    :raises Invalid: if it has been added.
    """
    by.require_user(Verb.DECIDE_EMAIL)
    with transaction.atomic():
        row = _lock(row, by)
        ReceivedEmail.objects.filter(pk=row.pk).update(
            state=ReceivedState.WAITING,
            reason=Reason.NONE,
            detail="",
            due_at=timezone.now(),
            attempts=0,
            not_spam=not_spam or row.not_spam,
            decided_by=by.user,
        )
        process_soon(row.pk)


def _lock(row: ReceivedEmail, by: Actor) -> ReceivedEmail:
    rows = ReceivedEmail.objects.filter(pk=row.pk, state__in=OPEN_STATES, claim=None)
    if not for_update(rows).exists():
        raise Invalid(gettext("This email has already been handled."))
    reload_actor(by)
    by.require_user(Verb.DECIDE_EMAIL)
    related = ("site", "ticket__organization", "ticket__status", "ticket__site")
    members = ("member__user", "member__role", "member__organization")
    return ReceivedEmail.objects.select_related(*related, *members).get(pk=row.pk)


def _decide(row: ReceivedEmail, by: Actor, **changes: Any) -> None:
    ReceivedEmail.objects.filter(pk=row.pk).update(decided_by=by.user, **changes)
