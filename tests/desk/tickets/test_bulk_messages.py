"""Bulk actions that change several attributes at once or send a message, and their undo."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from tests.desk.tickets.test_bulk import bulk_url
from wagtail_portal import actions
from wagtail_portal.models import BulkChange, SavedReply, Ticket, UndoStep
from wagtail_portal.notifications.outbox import send_all
from wagtail_portal.permissions import Actor


@pytest.fixture
def tickets(dana):
    """One of Dana, one of Toni."""
    toni = factories.member(factories.organization("Birk"), name="Toni Ek")
    return [factories.ticket(dana, subject="First"), factories.ticket(toni, subject="Second")]


@pytest.fixture
def macro(db):
    return SavedReply.objects.create(
        title="Known problem",
        text="Dear {requester.first_name}, we’re working on {ticket.number}.",
        set_status=factories.status("on-hold"),
        set_urgency="high",
        assign_to_user=True,
        locale=Locale.get_default(),
    )


def fresh(tickets) -> list[Ticket]:
    return list(Ticket.objects.filter(pk__in=[row.pk for row in tickets]).order_by("pk"))


def bodies(tickets) -> list[str]:
    return [ticket.messages.last().body for ticket in tickets]


def undo_url(page) -> str:
    return BeautifulSoup(page.content, "html.parser").select_one("[data-portal-undo-send]")[
        "action"
    ]


def test_several_attributes_and_a_reply_at_once(desk, tickets, agent, colleague):
    field = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
    url = bulk_url("update", *(ticket.pk for ticket in tickets))
    assert "Reply to the customers" in desk.get(url).content.decode()
    data = {
        "status": factories.status("closed").pk,
        "urgency": "low",
        "assignee": colleague.pk,
        f"field-{field.key}": "high",
        "kind": "reply",
        "body": "Hello {requester.first_name}, fixed.",
    }
    page = desk.post(url, data, follow=True)
    assert "2 tickets updated." in page.content.decode()
    for ticket in fresh(tickets):
        assert (ticket.status.key, ticket.urgency, ticket.assignee) == ("closed", "low", colleague)
        assert ticket.values == {field.key: "high"}
    assert bodies(tickets) == ["Hello Dana, fixed.", "Hello Toni, fixed."]
    # The text is only in the tickets.
    assert "Hello" not in str(BulkChange.objects.get().arguments)


def test_undo_takes_everything_back_before_the_emails_leave(desk, tickets, macro, agent):
    send_all()
    mail.outbox.clear()
    actions.change_fields(tickets[0], by=Actor.system(), values={}, urgency="low", notify=False)
    url = bulk_url("saved_reply", *(ticket.pk for ticket in tickets))
    choose = desk.get(url).content.decode()
    assert "Known problem" in choose and "Changes:" in choose and "{ticket.number}" in choose
    page = BeautifulSoup(desk.get(f"{url}&reply={macro.pk}").content, "html.parser")
    assert page.select_one("main button[type=submit].button").get_text() == "Send"
    page = desk.post(f"{url}&reply={macro.pk}", {"kind": "reply"}, follow=True)
    changed = fresh(tickets)
    assert {(row.status.key, row.urgency, row.assignee) for row in changed} == {
        ("on-hold", "high", agent)
    }
    assert bodies(tickets)[1] == f"Dear Toni, we’re working on #{tickets[1].number}."
    assert SavedReply.objects.get().uses == 2
    page = desk.post(undo_url(page), follow=True).content.decode()
    assert "Undone for 2 tickets." in page
    assert [row.urgency for row in fresh(tickets)] == ["low", "normal"]
    assert {(row.status.key, row.assignee) for row in fresh(tickets)} == {("new", None)}
    assert [ticket.messages.count() for ticket in tickets] == [1, 1]
    later = timezone.now() + timedelta(minutes=10)
    send_all(clock=lambda: later)
    assert not mail.outbox


def test_saved_reply_changes_only_what_the_agent_may_change(tickets, macro):
    group("Repliers", "view_ticket", "reply_ticket", "assign_ticket")
    user = factories.staff("Repliers")
    browser, url = signed_in(user), bulk_url("saved_reply", *(ticket.pk for ticket in tickets))
    browser.post(f"{url}&reply={macro.pk}", {"kind": "reply"})
    assert bodies(tickets)[1] == f"Dear Toni, we’re working on #{tickets[1].number}."
    assert {(row.urgency, row.assignee) for row in fresh(tickets)} == {("normal", user)}
    assert "on-hold" not in {row.status.key for row in fresh(tickets)}


def test_undo_says_what_could_not_be_undone(desk, tickets, customer):
    url = bulk_url("update", *(ticket.pk for ticket in tickets))
    page = desk.post(url, {"kind": "reply", "body": "Try again"}, follow=True)
    actions.reply(tickets[0], by=customer, body="It works")
    page = desk.post(undo_url(page), follow=True).content.decode()
    assert "Undone for 1 ticket." in page
    assert f"#{tickets[0].number}: Someone has replied since." in page
    assert [ticket.messages.count() for ticket in tickets] == [3, 1]


def test_changes_alone_can_be_undone_for_an_hour(desk, tickets, colleague):
    run_url = reverse("wagtail_portal_bulk", args=[1])
    for action, data in (
        ("assign", {"to": "someone", "assignee": colleague.pk}),
        ("status", {"status": factories.status("on-hold").pk}),
        ("close", {}),
    ):
        desk.post(bulk_url(action, *(ticket.pk for ticket in tickets)), data)
    runs = list(BulkChange.objects.order_by("pk"))
    other = factories.agent()
    # Someone else has assigned one of them since.
    actions.assign(tickets[0], by=Actor.system(), assignee=other)
    BulkChange.objects.update(created_at=timezone.now() - timedelta(minutes=50))
    assert not BeautifulSoup(desk.get(ticket_url("list")).content, "html.parser").select(
        "[data-portal-undo-send]"
    )
    page = ""
    for run in reversed(runs):
        run_url = reverse("wagtail_portal_bulk", args=[run.pk])
        assert "/undo/" in desk.get(run_url).content.decode()
        page = desk.post(f"{run_url}undo/", follow=True).content.decode()
        assert "/undo/" not in desk.get(run_url).content.decode() or run == runs[0]
    assert f"#{tickets[0].number}: Someone has changed this since." in page
    assert {row.status.key for row in fresh(tickets)} == {"new"}
    assert [row.assignee for row in fresh(tickets)] == [other, None]
    UndoStep.objects.update(expires_at=timezone.now())
    page = desk.post(f"{run_url}undo/", follow=True).content.decode()
    assert "It’s too late to undo this." in page


def test_undo_stops_a_run_that_is_still_at_work(desk, agent, tickets):
    by = Actor.for_agent(agent)
    message = {"kind": "note", "body": "Known problem"}
    keys, arguments = [row.pk for row in tickets], {"urgency": "high", "message": message}
    run = actions.begin_bulk_change(by=by, verb="update", tickets=keys, arguments=arguments)
    actions.continue_bulk_change(run, most=1)
    url = reverse("wagtail_portal_bulk", args=[run.pk])
    assert "Stop and undo" in desk.get(url).content.decode()
    desk.post(f"{url}undo/")
    assert BulkChange.objects.get(pk=run.pk).arguments["message"] is None
    # The process that was at work goes on with what it knew.
    actions.continue_bulk_change(run)
    assert {row.urgency for row in fresh(tickets)} == {"normal"}


def test_only_whoever_began_a_bulk_change_undoes_it(desk, tickets, colleague, manager):
    desk.post(bulk_url("close", tickets[0].pk))
    url = reverse("wagtail_portal_bulk_undo", args=[BulkChange.objects.get().pk])
    for user in (colleague, manager):
        assert signed_in(user).post(url).status_code == 404
    assert fresh(tickets)[0].status.key == "closed"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, "Choose what to change, or write a message."),
        ({"kind": "reply"}, "Write a message."),
        ({"body": "Hello"}, "Select whether this is a reply or a note."),
    ],
)
def test_form_says_what_is_missing(desk, tickets, data, error):
    page = desk.post(bulk_url("update", tickets[0].pk), data).content.decode()
    assert error in page and not BulkChange.objects.exists()


def test_agents_are_offered_what_they_may_do(tickets, macro):
    group("Sorters", "view_ticket", "change_ticket", "note_ticket")
    browser = signed_in(factories.staff("Sorters"))
    page = browser.get(bulk_url("update", tickets[0].pk)).content.decode()
    assert "Internal note" in page and "Reply to the customers" not in page
    assert "Assign to" not in page
    assert browser.get(bulk_url("saved_reply", tickets[0].pk)).url == "/admin/"
    data = {"kind": "reply", "body": "x"}
    assert "kind" in browser.post(bulk_url("update", tickets[0].pk), data).context["form"].errors
