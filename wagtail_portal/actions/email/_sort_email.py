"""Decide what becomes of a received email: which ticket it belongs to, who wrote it, and whether
that's proven. Reads only.

A reply is added without being asked about in two cases only: its From address is proven by the
site's email server, or it's addressed to the signed address that we gave to this very person. In
every other case the team decides. Nothing here gives anybody access to anything.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from wagtail_portal import conf
from wagtail_portal.actions.people.join_by_domain import verified_organization
from wagtail_portal.models import (
    Follower,
    Member,
    Notification,
    PortalSettings,
    Reason,
    ReceivedEmail,
    ReceivedState,
    Ticket,
    UnknownSenders,
    addresses_of,
    find_owner,
    memberships_of,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.received_email import Automatic, ReceivedMessage, Verdict, judge
from wagtail_portal.utils.reply_addresses import (
    is_own_message_id,
    read_reply_address,
)
from wagtail_portal.utils.typing import User

from .check_mailbox import is_mailbox_test

#: A Message-ID of ours, see :mod:`wagtail_portal.notifications.headers`.
_OWN_ID = re.compile(r"mail-(\d{1,18})\.ticket-(\d{1,18})\.([a-z2-7]{16})@")
_NUMBER = re.compile(r"#(\d{1,18})\b")
#: Events whose emails are about an internal note.
_NOTE_EVENTS = ("note_added", "agents_mentioned")
#: Tickets and addresses of one email that are looked up.
_MOST = 20
#: Tickets that were merged one after the other.
_MERGES = 10

_AUTOMATIC = {
    Automatic.REPLY: (ReceivedState.IGNORED, Reason.AUTOMATIC),
    Automatic.BOUNCE: (ReceivedState.IGNORED, Reason.BOUNCE),
    Automatic.COMPLAINT: (ReceivedState.IGNORED, Reason.COMPLAINT),
    Automatic.RECEIPT: (ReceivedState.IGNORED, Reason.RECEIPT),
    Automatic.LIST: (ReceivedState.HELD, Reason.LIST),
    Automatic.PERHAPS: (ReceivedState.HELD, Reason.PERHAPS_AUTOMATIC),
}


@dataclass(frozen=True)
class Sorted:
    """What becomes of an email. With ``ADDED``, it's added as ``member``, as the agent ``user``, or
    opens a ticket for a visitor."""

    state: str
    reason: str = Reason.NONE
    ticket: Ticket | None = None
    #: Who wrote it, or seems to have.
    member: Member | None = None
    user: object = None
    #: Whether the agent answers an email about an internal note.
    is_note: bool = False
    verdict: str = Verdict.MISSING


def sort_email(row: ReceivedEmail, message: ReceivedMessage) -> Sorted:
    """Return what becomes of a received email."""
    settings = PortalSettings.cached(row.site)
    verdict = judge(
        message.headers,
        message.domain,
        conf.EMAIL_AUTHSERV_IDS,
        is_certain=message.sender.is_certain,
        extra=row.provider_results,
    )
    found = replace(_find(row, message, settings, verdict), verdict=verdict)
    if found.user is not None:
        found = replace(found, is_note=_answers_note(message))
    if is_mailbox_test(message):
        return replace(found, state=ReceivedState.IGNORED, reason=Reason.TEST, ticket=None)
    if _is_ours(message, settings):
        return replace(found, state=ReceivedState.IGNORED, reason=Reason.LOOP)
    automatic = message.automatic
    if row.envelope_from == "" and automatic == Automatic.NO:
        # RFC 3834 §3.3: only programs send without an address for answers.
        automatic = Automatic.REPLY
    if automatic in _AUTOMATIC:
        state, reason = _AUTOMATIC[automatic]
        return replace(found, state=state, reason=reason)
    if row.not_spam:
        return found
    if settings.blocks(message.sender.address):
        return replace(found, state=ReceivedState.SPAM, reason=Reason.BLOCKED)
    if message.is_spam:
        return replace(found, state=ReceivedState.SPAM, reason=Reason.SPAM)
    return found


def _held(reason: Reason, ticket: Ticket | None = None, member: Member | None = None) -> Sorted:
    return Sorted(ReceivedState.HELD, reason, ticket, member)


def _added(ticket: Ticket | None = None, member: Member | None = None, user: User = None) -> Sorted:
    return Sorted(ReceivedState.ADDED, Reason.NONE, ticket, member, user)


def _is_ours(message: ReceivedMessage, settings: PortalSettings) -> bool:
    """Return whether the portal itself has sent the email."""
    if _OWN_ID.match(message.message_id):
        return True
    address = message.sender.address
    return address == settings.reply_to.lower() or settings.receives_at(address)


def _find(row: Any, message: Any, settings: Any, verdict: Any) -> Sorted:
    address = message.sender.address
    signed = _signed(row, message, settings, address)
    if signed is not None:
        ticket, member = signed
        if member is not None:
            return _reply_of(member, ticket, address, verdict, row)
        return _reply_of_team(ticket, address, verdict, settings)
    if referenced := _referenced(message, row.site_id):
        return _reply_of_anyone(referenced, address, verdict, settings)
    for ticket in _numbered(message.subject, row.site_id):
        found = _reply_of_anyone(ticket, address, verdict, settings)
        # Anyone can write a number, which may mean something else. What an agent writes to a
        # colleague with a copy to the portal isn't meant for the customer.
        if found.user is not None:
            return _held(Reason.AGENT, ticket)
        if found.member is not None:
            return found
    return _new_ticket(row, address, verdict, settings)


# -- The ticket ----------------------------------------------------------------------------------


def _signed(
    row: Any, message: Any, settings: Any, address: str
) -> tuple[Ticket, Member | None] | None:
    """Return the ticket and the recipient whose signed address the email was sent to. If there are
    several, as in a reply to all, the one of the sender comes first."""
    addresses = dict.fromkeys([*row.envelope_to, *message.recipients])
    # The first one may have been another when the email was sent that they reply to.
    mailboxes = [mailbox.address for mailbox in settings.addresses]
    found: list[tuple[Ticket, Member | None]] = []
    for one in list(addresses)[: 5 * _MOST]:
        read = (read_reply_address(one, mailbox) for mailbox in mailboxes)
        known = next(filter(None, read), None)
        if known is None or len(found) >= _MOST:
            continue
        ticket = _tickets(row.site_id).filter(number=known.number).first()
        if ticket is None:
            continue
        if known.member is None:
            found.append((ticket, None))
            continue
        members = Member.objects.select_related("user", "role", "organization")
        member = members.filter(pk=known.member).first()
        if member is not None:
            found.append((ticket, member))
    own = [pair for pair in found if pair[1] is not None and _is_from(pair[1], address)]
    return next(iter([*own, *found]), None)


def _tickets(site_id: int) -> Any:
    return Ticket.objects.filter(site=site_id).select_related(
        "status", "organization", "requester__user", "site"
    )


def _referenced(message: Any, site_id: int) -> Ticket | None:
    for _email, about in _own_references(message):
        if ticket := _tickets(site_id).filter(pk=about).first():
            return ticket
    return None


def _answers_note(message: Any) -> bool:
    """Return whether an email answers one of ours about an internal note."""
    email = next((email for email, _ticket in _own_references(message)), 0)
    return Notification.objects.filter(pk=email, event__in=_NOTE_EVENTS).exists()


def _own_references(message: Any) -> Iterable[tuple[int, int]]:
    """Return the primary keys of our emails that this one replies to, the nearest first, and of
    their tickets."""
    for key in message.references:
        match = _OWN_ID.match(key)
        if match and is_own_message_id(f"{match[1]}.{match[2]}", match[3]):
            yield int(match[1]), int(match[2])


def _numbered(subject: str, site_id: int) -> Iterable[Ticket]:
    numbers = list(dict.fromkeys(int(number) for number in _NUMBER.findall(subject)))[:5]
    return _tickets(site_id).filter(number__in=numbers) if numbers else ()


# -- The sender ----------------------------------------------------------------------------------


def _is_from(member: Member, address: str) -> bool:
    return bool(address) and address in addresses_of(member.user)


def _is_participant(member: Member, ticket: Ticket) -> bool:
    if member.pk == ticket.requester_id:
        return True
    return Follower.objects.filter(ticket=ticket, member=member).exists()


def _reply_of(member: Member, ticket: Ticket, address: str, verdict: Any, row: Any) -> Sorted:
    """Return what becomes of a reply to the signed address of ``member``."""
    if not _is_from(member, address):
        # They passed it on to someone, who may take part in the ticket themselves.
        other = _participant(ticket, address)
        if other is not None and verdict == Verdict.PASS:
            return _if_allowed(other, ticket)
        return _held(Reason.OTHER_ADDRESS, ticket, other)
    # Without an email server whose results count, the signature has to do.
    has_server = bool(conf.EMAIL_AUTHSERV_IDS) and not row.is_from_provider
    is_checked = has_server or bool(row.provider_results)
    proven = {Verdict.PASS, Verdict.NONE} if is_checked else {Verdict.MISSING}
    if verdict not in proven:
        return _held(Reason.UNVERIFIED, ticket, member)
    return _if_allowed(member, ticket)


def _reply_of_team(ticket: Ticket, address: str, verdict: Any, settings: Any) -> Sorted:
    """Return what becomes of a reply to an address that agents were given."""
    user = find_owner(address) if address else None
    if user is not None and Actor.for_agent(user).may(Verb.REPLY, ticket):
        if verdict != Verdict.PASS:
            return _held(Reason.UNVERIFIED, ticket)
        if settings.agents_reply_by_email:
            return _added(ticket, user=user)
        return _held(Reason.AGENT, ticket)
    return _reply_of_anyone(ticket, address, verdict, settings)


def _reply_of_anyone(ticket: Ticket, address: str, verdict: Any, settings: Any) -> Sorted:
    """Return what becomes of a reply that was found by something that isn't secret. Only a proven
    participant, or an agent, can add it."""
    member = _participant(ticket, address)
    if member is not None:
        if verdict != Verdict.PASS:
            return _held(Reason.UNVERIFIED, ticket, member)
        return _if_allowed(member, ticket)
    user = find_owner(address) if address else None
    if user is not None and Actor.for_agent(user).may(Verb.REPLY, ticket):
        if verdict != Verdict.PASS:
            return _held(Reason.UNVERIFIED, ticket)
        if settings.agents_reply_by_email:
            return replace(_added(ticket, user=user))
        return _held(Reason.AGENT, ticket)
    return _held(Reason.NOT_INVOLVED, ticket)


def _participant(ticket: Ticket, address: str) -> Member | None:
    """Return the participant of the ticket with this address, whether that's proven or not."""
    user = find_owner(address) if address else None
    if user is None:
        return None
    members = Member.objects.select_related("user", "role", "organization")
    member = members.filter(user=user, organization=ticket.organization_id).first()
    return member if member is not None and _is_participant(member, ticket) else None


def _if_allowed(member: Member, ticket: Ticket) -> Sorted:
    """Return the reply of a proven member, to the ticket that it was merged into, if any."""
    actor = Actor.for_member(member)
    for _step in range(_MERGES):
        # It can be one of another portal.
        into = ticket.merged_into
        if into is None or not actor.may(Verb.REPLY, into):
            break
        ticket = into
    # A guest's reply must not open a ticket for them, as a follow-up would.
    is_guest = member.is_visitor and not actor.is_requester_of(ticket)
    is_locked = is_guest and PortalSettings.cached(ticket.site).locks(ticket)
    if is_locked or not actor.may(Verb.REPLY, ticket):
        return _held(Reason.NOT_ALLOWED, ticket, member)
    return _added(ticket, member)


def _new_ticket(row: Any, address: str, verdict: Any, settings: Any) -> Sorted:
    user = find_owner(address) if address else None
    member = _membership(user, address) if user is not None else None
    if verdict != Verdict.PASS:
        return _held(Reason.UNVERIFIED, member=member)
    if user is not None and member is not None:
        if not user.is_active or not Actor.for_member(member).may(Verb.OPEN):
            return _held(Reason.NOT_ALLOWED, member=member)
        return _added(member=member)
    if user is not None and not _is_visitor(user):
        # An agent, or someone whose access was removed.
        return _held(Reason.UNKNOWN)
    used = settings.find_address(row.envelope_to)
    unknown_senders = (used and used.unknown_senders) or settings.unknown_senders
    if unknown_senders == UnknownSenders.OPEN:
        return _added()
    if unknown_senders == UnknownSenders.ANSWER:
        return Sorted(ReceivedState.ANSWERED, Reason.ANSWERED)
    return _held(Reason.UNKNOWN)


def _membership(user: User, address: str) -> Member | None:
    """Return the membership with which someone opens a ticket: that of the organization with the
    verified domain of the address, or else the one that they used last."""
    members = memberships_of(user)
    if len(members) > 1 and (organization := verified_organization(address)):
        members.sort(key=lambda member: member.organization_id != organization.pk)
    return next(iter(members), None)


def _is_visitor(user: User) -> bool:
    members = list(Member.objects.filter(user=user).select_related("organization"))
    return bool(members) and user.is_active and all(member.is_visitor for member in members)
