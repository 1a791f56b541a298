"""What bulk changes cost, and that they do the same as single changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import factories
from wagtail_portal import actions, signals
from wagtail_portal.actions.tickets._bulk_verbs import VERBS, Step
from wagtail_portal.exceptions import ActionError, Invalid
from wagtail_portal.models import (
    BulkChange,
    Mute,
    Notification,
    NotificationPreferences,
    PortalSettings,
    Snooze,
    Ticket,
    TicketLogEntry,
    UndoStep,
)
from wagtail_portal.notifications.notify import notify_event
from wagtail_portal.permissions import Actor

#: Columns that are different each time.
VOLATILE = {"id", "batch", "bulk_change_id", "created_at", "timestamp", "expires_at", "due_at"} | {
    *("retry_until", "updated_at", "team_updated_at", "closed_at", "waiting_since"),
    *("entries", "before", "after"),
}


@pytest.fixture
def tickets(home, acme):
    """Ten tickets, each of another member."""
    return [factories.ticket(factories.member(acme, name=f"Member {n}")) for n in range(10)]


@pytest.fixture
def severity(db):
    return factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])


@pytest.fixture
def arguments(severity):
    """The arguments of each bulk change."""
    closed, held, agent = factories.status("closed"), factories.status("on-hold"), factories.agent()
    return {
        "close": ("close", {}),
        "status": ("status", {"status": held.pk}),
        "assign": ("assign", {"assignee": agent.pk, "group": agent.groups.get().pk}),
        "group": ("assign", {"group": agent.groups.get().pk}),
        "urgency": ("field", {"urgency": "high"}),
        "all": (
            "update",
            {
                "urgency": "high",
                "values": {severity.key: "high"},
                "status": closed.pk,
                "assignee": agent.pk,
            },
        ),
    }


def begin(by, tickets, given) -> BulkChange:
    verb, arguments = given
    keys = [ticket.pk for ticket in tickets]
    return actions.begin_bulk_change(by=by, verb=verb, tickets=keys, arguments=arguments)


@pytest.mark.parametrize(
    ("name", "fixed"),
    # What all tickets of a transaction share.
    [
        ("close", 24),
        ("status", 24),
        ("assign", 28),
        ("group", 26),
        ("urgency", 21),
    ],
)
def test_each_ticket_costs_three_queries(team, tickets, arguments, name, fixed):
    # For each ticket, a savepoint, its end, and an update. MariaDB and MySQL lock the
    # organizations, too.
    fixed += connection.vendor == "mysql"
    counts = []
    # The first one fills the cache.
    for some in (tickets[:1], tickets[1:3], tickets[3:]):
        run = begin(team, some, arguments[name])
        with CaptureQueriesContext(connection) as queries:
            done = actions.continue_bulk_change(run)
        assert done.done == len(some), done.problems
        counts.append(len(queries))
    assert counts[1:] == [fixed + 2 * 3, fixed + 7 * 3]


def written() -> dict:
    """Return what changes have written, without times and primary keys."""
    models = (Ticket, TicketLogEntry, Notification, UndoStep, Snooze)
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in VOLATILE}
            for row in model.objects.order_by("pk").values()
        ]
        for model in models
    }


def changed_names() -> list:
    steps = UndoStep.objects.order_by("pk").values_list("before", "after")
    return [(sorted(before), sorted(after)) for before, after in steps]


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def crowd(tickets, acme, severity):
    """Followers, mutes, watchers, assignees, a snooze, and what each is limited to."""
    members = [ticket.requester for ticket in tickets]
    system = Actor.system()
    settings = PortalSettings.for_site(tickets[0].site)
    settings.ask_satisfaction = True
    settings.save()
    for ticket, follower in pairwise([*tickets, tickets[0]]):
        actions.follow(ticket, by=system, member=follower.requester, notify=False)
    for ticket, member in ((tickets[0], members[0]), (tickets[1], members[2])):
        Mute.objects.create(ticket=ticket, member=member)
    for place, (member, choices) in enumerate(
        [
            (members[3], {"status_changed": "never", "fields_changed": "at_once"}),
            (members[4], {"status_changed": "daily"}),
            (members[5], {}),
        ]
    ):
        NotificationPreferences.objects.create(member=member, choices=choices, watches=place == 2)
    admin = factories.member(acme, name="Ada Admin", role="admin")
    NotificationPreferences.objects.create(member=admin, watches=True)
    other = factories.member(factories.organization("Birk"), name="Toni Ek", role="admin")
    NotificationPreferences.objects.create(member=other, watches=True)
    watcher, mine = factories.agent(), factories.agent()
    NotificationPreferences.objects.create(agent=watcher, watches=True)
    chosen = {"status_changed": "at_once", "fields_changed": "at_once"}
    NotificationPreferences.objects.create(agent=mine, choices=chosen)
    limited = factories.agent()
    group = Group.objects.create(name="Support for Birk")
    group.permissions.set(limited.groups.get().permissions.all())
    actions.limit_group(group, by=system, organizations=[other.organization])
    limited.groups.set([group])
    for ticket, agent in ((tickets[2], mine), (tickets[3], watcher), (tickets[4], limited)):
        Ticket.objects.filter(pk=ticket.pk).update(assignee=agent)
    Ticket.objects.filter(pk=tickets[5].pk).update(private=True)
    Ticket.objects.filter(pk=tickets[6].pk).update(merged_into=tickets[7])
    actions.snooze(tickets[8], by=system)
    actions.close_ticket(tickets[9], by=system, notify=False)
    return tickets


def change_one_by_one(by, run) -> list[int]:
    """Change each ticket by itself, and return the numbers of those that couldn't be changed."""
    _permission, change = VERBS[run.verb]
    failed = []
    for pk in run.tickets:
        ticket = Ticket.objects.get(pk=pk)
        try:
            change(Step(ticket, by, run))
        except ActionError:
            failed.append(ticket.number)
    return failed


@pytest.mark.parametrize("name", ["close", "status", "assign", "group", "urgency", "all"])
def test_result_is_the_same_as_of_single_changes(team, crowd, arguments, name):
    with rolled_back():
        failed = change_one_by_one(team, begin(team, crowd, arguments[name]))
        alone = written(), changed_names(), failed
    with rolled_back():
        run = actions.continue_bulk_change(begin(team, crowd, arguments[name]))
        together = written(), changed_names(), [number for number, _problem in run.problems]
    assert together == alone
    # A merged ticket can be closed and assigned.
    is_refused = name not in ("close", "assign", "group")
    assert together[2] == ([crowd[6].number] if is_refused else [])
    assert together[0]["Notification"] and len(together[0]["UndoStep"]) >= 8


@pytest.fixture
def receiving():
    """Return ``receiving(receiver)``, which connects a receiver of the host to a changed status."""
    connected = []

    def connect(receiver):
        connected.append(receiver)
        signals.status_changed.connect(receiver)

    yield connect
    for receiver in connected:
        signals.status_changed.disconnect(receiver)


def test_receivers_can_change_the_ticket_too(team, tickets, arguments, receiving):
    _verb, given = arguments["all"]
    colleague = factories.agent()

    def change(ticket, **kwargs):
        actions.assign(Ticket.objects.get(pk=ticket.pk), by=team, assignee=colleague)
        actions.change_fields(ticket, by=team, values={}, urgency="low")
        with pytest.raises(ActionError):
            actions.assign(ticket, by=team, assignee=ticket.requester.user)

    receiving(change)
    run = actions.continue_bulk_change(begin(team, tickets, ("update", given)))
    assert run.done == len(tickets)
    for ticket in Ticket.objects.all():
        assert (ticket.assignee, ticket.urgency) == (colleague, "low")
        assert ticket.status.is_closed and ticket.values
        assert TicketLogEntry.objects.filter(ticket=ticket, action__endswith="assign").count() == 2
    step = UndoStep.objects.first()
    assert (step.after["assignee_id"], step.after["urgency"]) == (colleague.pk, "low")


def test_rows_that_cannot_be_stored_stop_only_their_ticket(team, tickets, arguments, receiving):
    def announce(ticket, by, **kwargs):
        if ticket.pk == tickets[4].pk:
            notify_event("status_changed", by=by, ticket=ticket, data={"bad": object()})

    receiving(announce)
    run = actions.continue_bulk_change(begin(team, tickets, arguments["close"]))
    problem = [tickets[4].number, "Something went wrong. Nothing was changed."]
    assert (run.done, run.position, run.problems) == (9, 10, [problem])
    assert Ticket.objects.closed().count() == 9
    assert TicketLogEntry.objects.filter(action__endswith="close_ticket").count() == 9
    assert Notification.objects.filter(event="status_changed").count() == 9


def test_ticket_that_fails_leaves_nothing_behind(team, tickets, arguments, receiving):
    def refuse(ticket, **kwargs):
        if ticket.pk == tickets[4].pk:
            raise Invalid("Not this one.")

    receiving(refuse)
    run = actions.continue_bulk_change(begin(team, tickets, arguments["all"]))
    assert run.problems == [[tickets[4].number, "Not this one."]]
    refused = Ticket.objects.get(pk=tickets[4].pk)
    assert (refused.urgency, refused.assignee, refused.values) == ("normal", None, {})
    for model in (UndoStep, TicketLogEntry, Notification):
        rows = model.objects.exclude(ticket=tickets[4])
        assert rows.exists()
    assert not UndoStep.objects.filter(ticket=tickets[4]).exists()
    assert not TicketLogEntry.objects.filter(ticket=tickets[4], user=team.user).exists()


def test_tickets_of_limited_agents_cost_no_more(team, tickets, arguments, acme):
    group = Group.objects.create(name="Support for Acme")
    group.permissions.set(team.user.groups.get().permissions.all())
    actions.limit_group(group, by=Actor.system(), organizations=[acme])
    team.user.groups.set([group])
    actor = Actor.for_agent(type(team.user).objects.get(pk=team.user.pk))
    counts = []
    for some in (tickets[:1], tickets[1:3], tickets[3:]):
        run = begin(actor, some, arguments["close"])
        with CaptureQueriesContext(connection) as queries:
            assert actions.continue_bulk_change(run).done == len(some)
        counts.append(len(queries))
    assert counts[2] - counts[1] == 5 * 3
