"""What several actions do to a ticket and its conversation."""

from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.exceptions import Invalid, Locked
from wagtail_portal.models import Message, MessageKind, PortalSettings, State, Ticket
from wagtail_portal.utils import markup


def lock(ticket: Ticket) -> None:
    """Read the ticket anew and hold it until the transaction ends."""
    ticket.refresh_from_db(from_queryset=Ticket.objects.select_for_update())


def refuse_locked(ticket: Ticket, by, at) -> None:
    """:raises Locked: for a customer, when the ticket was closed too long ago; for everybody, when
    it goes on in another one."""
    if ticket.merged_into_id is not None and not by.is_system:
        raise Locked(ticket.number)
    if by.is_team or not ticket.status.is_closed:
        return
    if PortalSettings.for_site(ticket.site).locks(ticket, at):
        raise Locked(ticket.number)


def clean_body(body: str, *, needed: bool) -> str:
    """The text of a message as it is kept.

    :raises Invalid: with the key ``body`` when it is too long, or empty although ``needed``.
    """
    body = markup.clean(body)
    if needed and not body:
        raise Invalid({"body": gettext("Write a message or attach a file.")})
    if len(body) > conf.MESSAGE_MAX_LENGTH:
        raise Invalid(
            {
                "body": gettext("The message has %(length)d characters, %(limit)d are possible.")
                % {"length": len(body), "limit": conf.MESSAGE_MAX_LENGTH}
            }
        )
    return body


def sent_before(ticket: Ticket, by, submission_key) -> Message | None:
    """The message that was sent with this key already."""
    if submission_key is None or by.user is None:
        return None
    return ticket.messages.filter(author=by.user, submission_key=submission_key).first()


def write(ticket, *, by, kind, body, at, submission_key=None, member=None) -> Message:
    """Add a message and mark the ticket as touched; nothing is saved to the ticket yet."""
    message = Message.objects.create(
        ticket=ticket,
        kind=kind,
        from_team=by.is_team and member is None,
        author=member.user if member else by.user,
        member=member or by.member,
        body=body,
        created_at=at,
        submission_key=submission_key,
    )
    if kind == MessageKind.REPLY:
        ticket.last_reply = message
    return message


#: What a change of status touches.
STATUS_FIELDS = ["status", "closed_at", "waiting_since"]


def waits_on(status) -> str:
    """On whom a ticket with this status waits: a new one waits on us, too."""
    return State.WAITING_ON_US if status.state == State.NEW else status.state


def set_status(ticket, status, at) -> tuple | None:
    """Give the ticket another status; returns ``(old, new)``, or None when it has it already."""
    old = ticket.status
    if status is None or status == old:
        return None
    ticket.status = status
    if status.is_closed:
        ticket.closed_at = ticket.closed_at or at
        ticket.waiting_since = None
    else:
        ticket.closed_at = None
        if ticket.waiting_since is None or waits_on(old) != waits_on(status):
            ticket.waiting_since = at
    return old, status


def save(ticket, at, *, seen_by_customers: bool, fields=()) -> None:
    """Save what changed and the moment of it. Imported history never moves a ticket back."""
    changed = {"team_updated_at", *fields}
    ticket.team_updated_at = max(ticket.team_updated_at, at)
    if seen_by_customers:
        ticket.updated_at = max(ticket.updated_at, at)
        changed.add("updated_at")
    ticket.save(update_fields=changed)
