"""Merge a ticket into another one."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._locks import with_locked_tickets
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Follower, Member, Mute, State, Status, Ticket
from wagtail_portal.permissions import Actor, Verb

from ._snooze import update_snooze
from ._ticket import STATUS_FIELDS, lock, record_status, save, set_status
from .add_note import write_note
from .share_ticket import end_shares_in


def no_closed_status() -> str:
    """Return why tickets can't be merged when editors have deleted all closed statuses."""
    return gettext("There is no closed status, so tickets can’t be merged. Add one first.")


def are_of_strangers(ticket: Ticket, into: Ticket) -> bool:
    """Return whether the tickets are of two visitors, who have nothing to do with each other."""
    return ticket.organization.is_for_visitors and ticket.requester_id != into.requester_id


def different_visitors() -> str:
    """Return why tickets of two visitors can't be merged."""
    return gettext("The tickets are from different visitors, so they can’t be merged.")


def who_follows(ticket: Ticket, into: Ticket) -> QuerySet[Member]:
    """Return the participants of ``ticket`` who'll follow the ticket ``into``: those who don't take
    part in it yet, and weren't erased."""
    others = ticket.participant_ids() - into.participant_ids()
    return Member.objects.filter(pk__in=others, user__is_active=True).order_by("pk")


def merge_tickets(
    ticket: Ticket,
    *,
    by: Actor,
    into: Ticket,
    note: dict | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Ticket:
    """Merge ``ticket`` into the ticket ``into``, and return that one.

    Both keep their conversations. ``ticket`` is closed, locked, and points to the other one, which
    its requester and followers follow from then on, muted if they've muted this one. Guests lose
    their access. If it's merged there already, only the note is added.

    :param note: the arguments of :func:`add_note`, for an internal note in the ticket that's kept.
    :raises NotAllowed: unless ``by`` may merge both tickets.
    :raises Invalid: with the key ``into`` for a ticket of another organization or visitor, for the
        same one, when one of them was merged before, and when there is no closed status.
    """
    by.require(Verb.MERGE)

    def related() -> set[int]:
        """Return the tickets that are changed: also those merged into ``ticket`` before."""
        merged = Ticket.objects.filter(merged_into=ticket.pk).values_list("pk", flat=True)
        return {ticket.pk, into.pk, *merged}

    def merge() -> Ticket:
        _merge(ticket, into, by, at, notify)
        if note is not None:
            write_note(into, by=by, at=at, notify=notify, **note)
        return into

    return with_locked_tickets(related, merge, by=by, after=lambda: lock(ticket, into))


def _merge(ticket: Ticket, into: Ticket, by: Actor, at: datetime | None, notify: bool) -> None:
    for one in (ticket, into):
        by.require(Verb.MERGE, one)
    at = at or timezone.now()
    if ticket.merged_into_id == into.pk:
        return
    if words := _refusal(ticket, into):
        raise Invalid({"into": words})
    closed = ticket.status if ticket.status.is_closed else Status.objects.first_of(State.CLOSED)
    if closed is None:
        raise Invalid({"into": no_closed_status()})
    ticket.merged_into = into
    change = set_status(ticket, closed, at)
    save(ticket, at, seen_by_customers=True, fields=["merged_into", *STATUS_FIELDS])
    # Tickets that were merged into this one now point to the other one, too.
    Ticket.objects.filter(merged_into=ticket).update(merged_into=into)
    _add_followers(ticket, into, by, at)
    end_shares_in(ticket, all_of_them=True)
    save(into, at, seen_by_customers=True)
    if change:
        record_status(ticket, change, by=by, at=at, notify=False)
        update_snooze(ticket, by=by, at=at)
    record(ticket, "merge_tickets", by=by, at=at, into=into.number)
    record(into, "merge_tickets", by=by, at=at, merged=ticket.number)
    signals.tickets_merged.send(sender=Ticket, ticket=into, merged=ticket, by=by, notify=notify)


def _refusal(ticket: Ticket, into: Ticket) -> str:
    if ticket.pk == into.pk:
        return gettext("These are the same ticket.")
    if ticket.merged_into_id is not None or into.merged_into_id is not None:
        return gettext("One of these tickets has already been merged into another ticket.")
    if ticket.organization_id != into.organization_id:
        return gettext("That ticket belongs to another organization. Move this ticket there first.")
    return different_visitors() if are_of_strangers(ticket, into) else ""


def _add_followers(ticket: Ticket, into: Ticket, by: Actor, at: datetime) -> None:
    new = list(who_follows(ticket, into).values_list("pk", flat=True))
    Follower.objects.bulk_create(
        Follower(ticket=into, member_id=pk, added_by=by.user, created_at=at) for pk in new
    )
    # They've heard enough of it, wherever it goes on.
    muted = Mute.objects.filter(ticket=ticket, member__in=new).values_list("member", flat=True)
    Mute.objects.bulk_create(
        [Mute(ticket=into, member_id=pk, created_at=at) for pk in muted], ignore_conflicts=True
    )
