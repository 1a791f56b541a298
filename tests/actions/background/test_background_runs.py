"""Bulk changes and imports whose process dies, or that two processes continue."""

import pytest
from django.utils import timezone

from tests import factories
from wagtail_portal import actions, signals
from wagtail_portal.models import BulkChange, CustomerImport, Organization, Ticket
from wagtail_portal.permissions import Actor


@pytest.fixture
def tickets(home, dana):
    return [factories.ticket(dana) for _number in range(3)]


@pytest.fixture
def run(team, tickets):
    """A bulk change that closes three tickets."""
    keys = [ticket.pk for ticket in tickets]
    return actions.begin_bulk_change(by=team, verb="close", tickets=keys)


@pytest.fixture
def during_second():
    """Return ``during_second(error)``, which makes a receiver of the host fail at the second
    ticket."""
    seen, connected = [], []

    def connect(error):
        def receiver(**kwargs):
            seen.append(kwargs["ticket"])
            if len(seen) == 2:
                raise error

        connected.append(receiver)
        signals.status_changed.connect(receiver)

    yield connect
    for receiver in connected:
        signals.status_changed.disconnect(receiver)


def test_worker_continues_what_another_process_began(run, during_second):
    during_second(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        actions.continue_bulk_change(run)
    # The second ticket was neither changed nor counted.
    assert (BulkChange.objects.get().position, Ticket.objects.closed().count()) == (1, 1)
    actions.run_sweeps()
    assert Ticket.objects.closed().count() == 1
    BulkChange.objects.update(active_until=timezone.now())
    actions.continue_stale_runs(most=50)
    done = BulkChange.objects.get()
    assert (done.position, done.done, done.failed) == (3, 3, 0)
    assert done.finished_at and Ticket.objects.closed().count() == 3


def test_run_that_kills_each_process_does_not_keep_others_from_their_turn(run, team, dana):
    other = factories.ticket(dana)
    later = actions.begin_bulk_change(by=team, verb="close", tickets=[other.pk])
    BulkChange.objects.update(active_until=timezone.now())

    def kill(ticket, **kwargs):
        # As if it took all memory.
        if ticket.pk != other.pk:
            raise KeyboardInterrupt

    signals.status_changed.connect(kill)
    try:
        with pytest.raises(KeyboardInterrupt):
            actions.continue_stale_runs(most=50)
        assert actions.continue_stale_runs(most=50) == 1
    finally:
        signals.status_changed.disconnect(kill)
    assert BulkChange.objects.get(pk=later.pk).finished_at


def test_worker_continues_imports_in_batches(db):
    by = Actor.for_agent(factories.staff("Support managers"))
    rows = [
        (number, {"name": f"Customer {number}", "external_id": str(number), "domains": []})
        for number in range(5)
    ]
    actions.begin_import(by=by, kind="organizations", rows=rows)
    CustomerImport.objects.update(active_until=timezone.now())
    # What's left of a batch needn't wait for another five minutes.
    assert [actions.continue_stale_runs(most=2) for _time in range(4)] == [2, 2, 1, 0]
    assert Organization.objects.filter(name__startswith="Customer").count() == 5
    assert CustomerImport.objects.get().rows == []


def test_progress_never_runs_backwards(run):
    late = BulkChange.objects.get()
    actions.continue_bulk_change(run, most=2)
    assert actions.continue_bulk_change(late, most=1).position == 2
    assert BulkChange.objects.get().position == 2


def test_one_broken_ticket_does_not_stop_the_others(run, during_second, tickets):
    during_second(ValueError("broken"))
    done = actions.continue_bulk_change(run)
    assert (done.done, done.failed, bool(done.finished_at)) == (2, 1, True)
    problem = "Something went wrong. Nothing was changed."
    assert done.problems == [[tickets[1].number, problem]]
    assert Ticket.objects.closed().count() == 2


@pytest.mark.parametrize("most", [0, 1])
def test_run_that_is_deleted_when_its_last_step_is_made(run, most):
    actions.continue_bulk_change(run, most=2)
    if most:
        run.position = run.total
    BulkChange.objects.all().delete()
    actions.continue_bulk_change(run, most=most)
