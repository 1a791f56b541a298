"""What can still be done to a ticket that's locked because it was merged or closed too long ago."""

import inspect
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.rollback import rolled_back
from wagtail_portal import actions
from wagtail_portal.exceptions import Locked
from wagtail_portal.models import LinkKind, PortalSettings, Ticket, TicketLogEntry
from wagtail_portal.permissions import Actor

#: Each action on a ticket, with its arguments besides the ticket and the actor.
CALLS = {
    "add_note": lambda other, elsewhere: {"body": "Noted"},
    "answer_ticket": lambda other, elsewhere: {"reply": {"body": "Hello?"}},
    "anonymize_ticket": lambda other, elsewhere: {},
    "assign": lambda other, elsewhere: {"assignee": None},
    "change_fields": lambda other, elsewhere: {"values": {}, "urgency": "low"},
    "change_requester": lambda other, elsewhere: {"requester": other.requester},
    "change_status": lambda other, elsewhere: {"status": factories.status("on-hold")},
    "change_subject": lambda other, elsewhere: {"subject": "Another one"},
    "close_ticket": lambda other, elsewhere: {},
    "delete_ticket": lambda other, elsewhere: {},
    "end_snooze": lambda other, elsewhere: {},
    "follow": lambda other, elsewhere: {"member": other.requester},
    "link_tickets": lambda other, elsewhere: {"target": other, "kind": LinkKind.RELATED},
    "merge_tickets": lambda other, elsewhere: {"into": other},
    "move_ticket": lambda other, elsewhere: {"requester": elsewhere},
    "rate_ticket": lambda other, elsewhere: {"score": "good"},
    "reopen_ticket": lambda other, elsewhere: {},
    "reply": lambda other, elsewhere: {"body": "Hello?"},
    "set_privacy": lambda other, elsewhere: {"private": True},
    "share_ticket": lambda other, elsewhere: {"email": "kim@partner.example"},
    "snooze": lambda other, elsewhere: {},
    "unfollow": lambda other, elsewhere: {"member": other.requester},
    "unlink_tickets": lambda other, elsewhere: {"target": other},
    "update_ticket": lambda other, elsewhere: {"status": {"status": factories.status("on-hold")}},
}

#: These only concern the reader, or whom they're asked about, and don't change the ticket.
PERSONAL = {
    *("mark_read", "mute", "unmute"),
    *("suggest_followers", "may_decide_suggestions", "dismiss_suggestion"),
}

LOCKED_TO_CUSTOMERS = {
    "answer_ticket",
    "change_fields",
    "reopen_ticket",
    "reply",
    "share_ticket",
}
#: The actions refused, by reason for the lock and side.
REFUSED = {
    ("merged", "team"): {
        "answer_ticket",
        "change_fields",
        "change_requester",
        "change_status",
        "change_subject",
        "end_snooze",
        "follow",
        "move_ticket",
        "reopen_ticket",
        "reply",
        "set_privacy",
        "snooze",
        "unfollow",
        "update_ticket",
    },
    ("merged", "customer"): LOCKED_TO_CUSTOMERS,
    ("expired", "team"): set(),
    ("expired", "customer"): LOCKED_TO_CUSTOMERS,
}
#: Only agents can do these, on any ticket.
TEAM_ONLY = {
    "add_note",
    "anonymize_ticket",
    "assign",
    "change_requester",
    "change_status",
    "change_subject",
    "delete_ticket",
    "end_snooze",
    "link_tickets",
    "merge_tickets",
    "move_ticket",
    "snooze",
    "unlink_tickets",
    "update_ticket",
}


def test_every_ticket_action_is_covered():
    found = {
        name
        for name, action in inspect.getmembers(actions, inspect.isfunction)
        if next(iter(inspect.signature(action).parameters), "") == "ticket"
    }
    assert found - PERSONAL == set(CALLS)


@pytest.fixture
def other(acme):
    return factories.ticket(factories.member(acme, name="Kim Ito"))


def lock(ticket, kind, other) -> Ticket:
    actions.close_ticket(ticket, by=Actor.system())
    if kind == "merged":
        actions.merge_tickets(ticket, by=Actor.system(), into=other)
    else:
        days = PortalSettings.for_site(ticket.site).reopen_days
        closed_at = timezone.now() - timedelta(days=days, minutes=1)
        Ticket.objects.filter(pk=ticket.pk).update(closed_at=closed_at)
    return ticket


def designate_urgency(ticket):
    settings = PortalSettings.for_site(ticket.site)
    settings.ask_satisfaction = settings.customers_share = True
    settings.designated_fields.create(builtin="urgency", editable=True)
    settings.save()


@pytest.mark.parametrize(("kind", "side"), list(REFUSED))
def test_each_action_refuses_locked_tickets_as_specified(ticket, other, customer, home, kind, side):
    designate_urgency(ticket)
    actions.follow(ticket, by=Actor.system(), member=other.requester)
    by = customer if side == "customer" else Actor.for_agent(factories.staff("Support managers"))
    elsewhere = factories.member(factories.organization())
    lock(ticket, kind, other)
    entries, refused = TicketLogEntry.objects.count(), set()
    others = {"customer": TEAM_ONLY, "team": {"rate_ticket", "share_ticket"}}[side]
    for name in CALLS.keys() - others:
        given = CALLS[name](other, elsewhere)
        with rolled_back():
            try:
                getattr(actions, name)(Ticket.objects.get(pk=ticket.pk), by=by, **given)
            except Locked:
                refused.add(name)
                assert TicketLogEntry.objects.count() == entries
    assert refused == REFUSED[kind, side]


def test_lock_is_checked_on_a_fresh_copy_of_the_ticket(ticket, other, customer, home):
    stale = Ticket.objects.select_related("status").get(pk=ticket.pk)
    lock(ticket, "merged", other)
    with pytest.raises(Locked):
        actions.reply(stale, by=customer, body="Hello?")


def test_system_actor_can_change_locked_tickets(ticket, other, home):
    lock(ticket, "merged", other)
    assert actions.reply(ticket, by=Actor.system(), body="From the archive")
    actions.change_subject(ticket, by=Actor.system(), subject="Another one")
