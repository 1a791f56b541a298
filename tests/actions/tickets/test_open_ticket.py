"""Opening a ticket: numbers, permissions, and what's left behind when it fails."""

import threading
import uuid

import pytest
from django.db import connection, transaction

from tests import factories
from wagtail_portal import actions, signals
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Attachment, Message, Role, Ticket, TicketLogEntry, TicketNumber
from wagtail_portal.permissions import Actor


@pytest.fixture
def site(home):
    return home.get_site()


def in_threads(function, count=8):
    """Run ``function(index)`` concurrently in threads with their own database connections."""
    barrier, results, errors = threading.Barrier(count), [], []

    def work(index):
        try:
            barrier.wait()
            results.append(function(index))
        except Exception as error:  # Raised again by the caller.
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    return results


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_concurrently_opened_tickets_get_unique_numbers():
    def allocate(index):
        found = []
        for _time in range(5):
            with transaction.atomic():
                found.append(TicketNumber.allocate())
        assert found == sorted(found)
        return found

    numbers = [number for found in in_threads(allocate) for number in found]
    assert len(set(numbers)) == len(numbers) == 40
    assert min(numbers) > 1000


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_number_of_a_rolled_back_ticket_is_not_reused():
    class RollBack(Exception):
        pass

    with transaction.atomic():
        first = TicketNumber.allocate()
    with pytest.raises(RollBack), transaction.atomic():
        undone = TicketNumber.allocate()
        raise RollBack
    with transaction.atomic():
        after = TicketNumber.allocate()
    assert first < after
    assert first < undone
    if connection.vendor != "sqlite":
        # SQLite rolls back the counter with the transaction, and no one has seen that number.
        assert after > undone


def test_numbers_of_imported_tickets_are_skipped(site, dana):
    taken = factories.ticket(dana)
    taken.number += 1
    taken.save()
    assert factories.ticket(dana).number > taken.number


def test_imported_tickets_do_not_count_towards_rate_limits(site, dana, settings):
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_HOUR": 2}
    first = factories.ticket(dana)
    imported = {"site": site, "organization": dana.organization, "requester": dana}
    status = factories.status("new")
    Ticket.objects.bulk_create(
        Ticket(number=first.number + number, subject="Old", status=status, **imported)
        for number in range(1, 20)
    )
    assert factories.ticket(dana).number == first.number + 20


def test_customers_can_only_open_tickets_for_teammates_with_access(site, acme, dana):
    stranger = factories.member(factories.organization())
    for other in (stranger, factories.member(acme, role=Role.NO_ACCESS)):
        with pytest.raises(Invalid):
            factories.ticket(other, by=Actor.for_member(dana))


@pytest.mark.parametrize("role", [Role.NO_ACCESS])
def test_members_without_access_cannot_open_tickets(site, acme, role):
    with pytest.raises(NotAllowed):
        factories.ticket(factories.member(acme, role=role))


def test_inactive_users_cannot_open_tickets(site, dana):
    dana.user.is_active = False
    with pytest.raises(NotAllowed):
        factories.ticket(dana)


def test_agent_can_open_a_ticket_for_a_customer(site, dana):
    agent = factories.agent(name="Robin Vale")
    ticket = factories.ticket(dana, by=Actor.for_agent(agent), channel="desk")
    message = ticket.messages.get()
    assert message.from_team
    assert message.author == agent
    editor = factories.staff("Editors")
    with pytest.raises(NotAllowed):
        factories.ticket(dana, by=Actor.for_agent(editor))


@pytest.mark.parametrize(
    ("kwargs", "key"),
    [
        ({"subject": "  "}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"urgency": "yesterday"}, "urgency"),
        ({"body": "x" * 50_001}, "body"),
        ({"values": {"unknown": "x"}}, "field:unknown"),
        ({"values": {"team-only": "x"}}, "field:team-only"),
        ({"values": {"severity": "nope"}}, "field:severity"),
        ({"attachments": [factories.upload("x.html")]}, "attachments"),
    ],
)
def test_error_names_the_invalid_value(site, dana, kwargs, key):
    factories.ticket_field("Team only", type="text", set_by="team")
    factories.ticket_field("Severity", choices=[("High", "red")])
    with pytest.raises(Invalid) as caught:
        factories.ticket(dana, **kwargs)
    assert set(caught.value.errors) == {key}
    assert not Ticket.objects.exists()


def test_followers_must_belong_to_the_organization(site, dana):
    outsider = factories.member(factories.organization())
    with pytest.raises(Invalid):
        factories.ticket(dana, followers=[outsider])


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_is_saved_when_a_signal_receiver_raises(portal_files):
    home = factories.portal_home()
    dana = factories.member(factories.organization())

    def refuse(**kwargs):
        raise Invalid("not today")

    files = sorted(portal_files.rglob("*"))
    signals.ticket_opened.connect(refuse)
    try:
        with pytest.raises(Invalid):
            factories.ticket(dana, site=home.get_site(), attachments=[factories.upload()])
    finally:
        signals.ticket_opened.disconnect(refuse)
    assert not Ticket.objects.exists()
    assert not Message.objects.exists()
    assert not Attachment.objects.exists()
    assert not TicketLogEntry.objects.exists()
    assert [path for path in sorted(portal_files.rglob("*")) if path.is_file()] == [
        path for path in files if path.is_file()
    ]


def test_signal_receiver_can_reject_a_file(site, dana):
    def scan(file, **kwargs):
        raise Invalid({"attachments": "A virus."})

    signals.file_received.connect(scan)
    try:
        with pytest.raises(Invalid, match="A virus"):
            factories.ticket(dana, attachments=[factories.upload()])
    finally:
        signals.file_received.disconnect(scan)


def test_another_text_with_the_same_key_is_not_dropped(site, dana):
    key = uuid.uuid4()

    def send(body, subject="Export", **kwargs):
        return factories.ticket(
            dana, site=site, subject=subject, body=body, submission_key=key, **kwargs
        )

    tickets = [send(body) for body in ("First", "First", "Second", "Second", "First")]
    first, second = tickets[0], tickets[2]
    assert tickets == [first, first, second, second, first] and first != second
    assert second.messages.get().body == "Second"
    other = send("First", subject="Import")
    answer = {"id": "a", "type": "text", "label": "Why?", "value": "Because", "display": "Because"}
    answered = send("First", answers=[answer])
    assert len({first, second, other, answered}) == Ticket.objects.count() == 4
    # A double click stays one ticket, although the team was quick.
    actions.change_subject(first, by=Actor.system(), subject="Export of invoices")
    assert send("First") == first


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_form_submitted_concurrently_opens_one_ticket():
    home = factories.portal_home()
    dana = factories.member(factories.organization())
    key, site = uuid.uuid4(), home.get_site()

    def send(index):
        return factories.ticket(dana, site=site, submission_key=key).number

    assert len(set(in_threads(send, 4))) == 1
    assert Ticket.objects.count() == Message.objects.count() == 1


def test_opening_a_ticket_takes_a_fixed_number_of_queries(
    site, dana, django_assert_max_num_queries
):
    factories.ticket(dana)
    follower = factories.member(dana.organization)
    # The queries for a whole form submission are counted in
    # tests/pages/ticket_form/test_settings.py.
    # MariaDB and MySQL lock the organization with a query of its own.
    with django_assert_max_num_queries(13 + (connection.vendor == "mysql")):
        actions.open_ticket(
            requester=dana,
            by=Actor.for_member(dana),
            site=site,
            subject="The export is stuck",
            body="Help!",
            followers=[follower],
        )


def test_body_is_not_too_long_with_placeholders_filled_in(dana, site, settings):
    settings.WAGTAIL_PORTAL = {"MESSAGE_MAX_LENGTH": 30}
    agent = Actor.for_agent(factories.agent())
    opening = {"site": site, "requester": dana, "by": agent, "subject": "Hello"}
    with pytest.raises(Invalid) as error:
        actions.open_ticket(**opening, body="{agent}" * 4, saved_replies=[1])
    assert "body" in error.value.errors and not Ticket.objects.exists()
    actions.open_ticket(**opening, body="{agent}", saved_replies=[1])
