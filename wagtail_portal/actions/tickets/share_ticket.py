"""Share a ticket with someone outside of its organization, and end that."""

from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from wagtail_portal import conf, signals
from wagtail_portal.actions._locks import lock_rows, lock_tickets
from wagtail_portal.actions._log import record
from wagtail_portal.actions.anonymous.save_visitor import visitor_of
from wagtail_portal.actions.people._guests import become_follower
from wagtail_portal.actions.people.provision_user import normalize_email
from wagtail_portal.actions.rate_limits import DAY, count, limit
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    Guest,
    Member,
    PortalSettings,
    Role,
    Ticket,
    addresses_of,
    members_by_address,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.typing import User

from ._ticket import ticket_transaction


def share_ticket(
    ticket: Ticket, *, by: Actor, email: str, at: datetime | None = None, notify: bool = True
) -> Guest:
    """Give someone who isn't a member access to one ticket, and return them as a guest. If they
    have it already, nothing happens, except that they're sent the link again until they open it.

    They're sent a link, and see nothing before they have verified the address with a code. They
    read the messages of this ticket, never a note, reply, and can leave.

    :raises NotAllowed: unless the portal lets customers share tickets and ``by`` is the ticket's
        requester, or a member who sees it and manages the organization.
    :raises Invalid: with the key ``email`` for an invalid address, for that of a member of the
        organization, and when the ticket has too many guests.
    :raises Locked: when the ticket was merged, or closed too long ago.
    :raises RateLimited: after sharing too often.
    """
    email = normalize_email(email)
    _require_sharing(ticket, by)
    if at is None:
        count(by, "SHARES_PER_HOUR")
        limit("SHARES_PER_ORGANIZATION_A_DAY", ticket.organization_id, period=DAY)
        limit("SHARES_PER_ADDRESS_A_DAY", email, period=DAY)
    with ticket_transaction("share_ticket", ticket, by=by, at=at) as at:
        _require_sharing(ticket, by)
        # Those of members who couldn't share it now wouldn't count for anyone.
        end_shares_in(ticket)
        _check(ticket, email)
        language = translation.get_language() or ""
        guest, created = Guest.objects.get_or_create(
            ticket=ticket,
            email=email,
            defaults={"added_by": cast(Member, by.member), "language": language, "created_at": at},
        )
        if created:
            record(ticket, "share_ticket", by=by, at=at)
        if guest.member_id is None:
            signals.ticket_shared.send(sender=Guest, guest=guest, at=at, by=by, notify=notify)
    return guest


def _require_sharing(ticket: Ticket, by: Actor) -> None:
    # From the database, because the settings say who may read something.
    allowed = PortalSettings.objects.filter(site=ticket.site_id, customers_share=True).exists()
    if not (allowed and by.may_share(ticket)):
        raise NotAllowed(Verb.REPLY)


def _check(ticket: Ticket, email: Any) -> None:
    members = Member.objects.filter(organization=ticket.organization_id)
    if members_by_address(members, [email]):
        text = gettext("This person belongs to your organization. Add them as a follower instead.")
        raise Invalid({"email": text})
    most, others = conf.GUESTS_PER_TICKET, ticket.guests.exclude(email=email)
    if others.count() >= most:
        text = ngettext(
            "A ticket can be shared with %(number)d person. Remove them first.",
            "A ticket can be shared with %(number)d people. Remove someone first.",
            most,
        )
        raise Invalid({"email": text % {"number": most}})


def unshare_ticket(guest: Guest, *, by: Actor, at: datetime | None = None) -> None:
    """End a guest's access to a ticket, at once. If it has ended already, nothing happens.

    :raises NotAllowed: unless ``by`` is the guest, may share the ticket, or is an agent who may
        change it.
    """
    ticket = guest.ticket
    with ticket_transaction("unshare_ticket", ticket, by=by, at=at) as at:
        is_own = by.member is not None and by.member.pk == guest.member_id
        may = by.may(Verb.CHANGE, ticket) if by.is_team else by.may_share(ticket)
        if not (is_own or may):
            raise NotAllowed(Verb.CHANGE)
        deleted, _rows = Guest.objects.filter(pk=guest.pk).delete()
        if deleted:
            record(ticket, "unshare_ticket", by=by, at=at)


def accept_shares(
    user: User, *, email: str, ticket: Ticket | None = None, at: datetime | None = None
) -> None:
    """Give ``user``, who has verified ``email``, access to the tickets that were shared with it.
    They follow those of an organization to which they belong.

    :param ticket: the only ticket that they accept; None for all.
    """
    with transaction.atomic():
        found = Guest.objects.of_address(email)
        if ticket is not None:
            found = found.filter(ticket=ticket)
        lock_tickets(set(found.order_by().values_list("ticket", flat=True)))
        memberships = Member.objects.filter(user=user).select_related("user", "role")
        members = {member.organization_id: member for member in memberships}
        for guest in found.select_related("ticket", "added_by__user"):
            if own := members.get(guest.ticket.organization_id):
                become_follower(guest, own, by=Actor.for_member(own), at=at or timezone.now())
        waiting = list(found.values_list("pk", flat=True))
        if not waiting:
            return
        member = visitor_of(user)
        language = translation.get_language() or ""
        rows = Guest.objects.filter(pk__in=waiting, member=None)
        rows.update(member=member, language=language)


def end_shares_of(member: Member) -> None:
    """End what a member shared and couldn't share now, and, without access, what was shared with
    them in their organization. Call it while the member is locked."""
    member = Member.objects.select_related("role", "organization", "user").get(pk=member.pk)
    shared = Guest.objects.filter(added_by=member)
    if member.role.gives_access and member.role.can_edit_tickets:
        kept = Ticket.objects.visible_to(member)
        if not member.role.manages_members:
            kept = kept.filter(requester=member)
        shared = shared.exclude(ticket__in=kept)
    _delete(shared)
    if not member.role.gives_access:
        theirs = Q(email__in=addresses_of(member.user)) | Q(member__user=member.user)
        _delete(Guest.objects.filter(theirs, ticket__organization=member.organization_id))


def end_shares_by_role(role: Role) -> None:
    """End what members with ``role`` couldn't share now, once the role has changed, as
    :func:`end_shares_of` does."""
    guests = Guest.objects.exclude(member=None).order_by().values("member__user")
    sharers = Guest.objects.order_by().values("added_by")
    found = Member.objects.filter(Q(pk__in=sharers) | Q(user__in=guests), role=role)
    with transaction.atomic():
        keys = list(found.filter(organization__key=None).values_list("pk", flat=True))
        locked = lock_rows(Member.objects.filter(pk__in=keys))
        for member in Member.objects.filter(pk__in=locked):
            end_shares_of(member)


def end_shares_in(ticket: Ticket, *, all_of_them: bool = False) -> None:
    """End the access of guests whom no one could give it now, once the ticket has changed. Call it
    while the ticket is locked.

    :param all_of_them: whether everyone loses it, because the ticket is no longer the same.
    """
    guests = Guest.objects.filter(ticket=ticket)
    if not all_of_them:
        sharers = Member.objects.filter(pk__in=guests.values("added_by"))
        sharers = sharers.select_related("role", "organization", "user")
        lost = [row.pk for row in sharers if not Actor.for_member(row).may_share(ticket)]
        guests = guests.filter(added_by__in=lost)
    _delete(guests)


def _delete(guests: Any) -> None:
    # Some databases don't delete from a table that the condition reads.
    keys = list(guests.values_list("pk", flat=True))
    if keys:
        Guest.objects.filter(pk__in=keys).delete()
