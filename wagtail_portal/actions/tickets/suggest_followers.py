"""Suggest members as followers of a ticket, and dismiss a suggestion."""

from collections.abc import Iterable

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Member, SuggestedFollower, Ticket, members_by_address
from wagtail_portal.permissions import Actor, Verb

#: Members of one email who are suggested.
MOST = 10


def suggest_followers(ticket: Ticket, addresses: Iterable[str], *, sender: Member | None) -> None:
    """Suggest the members with these addresses, as far as they're in the ticket's organization,
    have access, and don't take part yet.

    :param addresses: those in To and Cc of an email, in lower case.
    :param sender: the member who sent it; None for an agent.
    """
    if ticket.organization.is_for_visitors:
        return
    known = ticket.participant_ids()
    members = Member.objects.with_access().filter(organization=ticket.organization_id)
    found = members_by_address(members, list(addresses)[:100])
    others = {member.pk: member for _address, member in found if member.pk not in known}
    rows = [
        SuggestedFollower(ticket=ticket, member=member, sender=sender) for member in others.values()
    ]
    SuggestedFollower.objects.bulk_create(rows[:MOST], ignore_conflicts=True)


def may_decide_suggestions(ticket: Ticket, by: Actor) -> bool:
    """Return whether the actor decides who of the suggested members follows: the team and the
    requester do."""
    if by.is_team:
        return by.may(Verb.CHANGE, ticket)
    return by.is_requester_of(ticket) and by.may(Verb.REPLY, ticket)


def dismiss_suggestion(ticket: Ticket, *, by: Actor, member: Member) -> None:
    """Don't suggest ``member`` any longer.

    :raises NotAllowed: unless ``by`` may change the ticket as an agent, or requested it.
    """
    if not may_decide_suggestions(ticket, by):
        raise NotAllowed(Verb.CHANGE)
    SuggestedFollower.objects.filter(ticket=ticket, member=member).delete()
