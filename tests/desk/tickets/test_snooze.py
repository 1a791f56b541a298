"""Snoozing a ticket from its screen, and finding it in the inbox."""

from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.desk.tickets.snooze_form import suggested_times
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import Actor


def tab(browser, key: str) -> str:
    response = browser.get(ticket_url("view", key))
    page = BeautifulSoup(response.content, "html.parser")
    return " ".join(" ".join(row.text.split()) for row in page.select("tbody tr td.title"))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"snooze-until": "reply"}, "Snoozed until the customer replies"),
        ({"snooze-until": "tomorrow"}, "Snoozed until "),
        ({"snooze-until": "reply", "snooze-time": "2040-05-06T07:30"}, "6 May 2040, 7:30 a.m."),
        ({"snooze-time": "2040-05-06T07:30"}, "6 May 2040, 7:30 a.m."),
    ],
)
def test_ticket_is_snoozed_and_listed_under_snoozed(desk, ticket, data, text):
    response = desk.post(ticket_url("snooze", ticket.pk), data, follow=True)
    assert text in response.content.decode()
    assert text in tab(desk, "snoozed") and text in tab(desk, "on-hold")
    assert not tab(desk, "waiting-on-us")
    response = desk.post(ticket_url("end_snooze", ticket.pk), follow=True)
    assert "The ticket is back in the list." in response.content.decode()
    assert "Snooze was ended" in tab(desk, "waiting-on-us") and not tab(desk, "snoozed")


def test_ticket_comes_back_at_the_top_with_the_reason(desk, ticket, agent, customer, dana):
    by = Actor.for_agent(agent)
    actions.snooze(ticket, by=by, until=timezone.now() + timedelta(hours=1))
    factories.ticket(dana, subject="Another one")
    assert "export" not in tab(desk, "waiting-on-us")
    actions.reply(Ticket.objects.get(pk=ticket.pk), by=customer, body="Any news?")
    assert tab(desk, "waiting-on-us").startswith(f"Customer replied Unread #{ticket.number}")
    page = BeautifulSoup(desk.get(ticket_url("edit", ticket.pk)).content, "html.parser")
    side = page.select_one(".portal-ticket__side").text
    assert "Back from snooze: Customer replied" in " ".join(side.split())


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, "Choose how long to snooze the ticket."),
        ({"snooze-time": "tomorrow"}, "Enter a date and a time."),
        ({"snooze-time": "2020-01-01T10:00"}, "Enter a time in the future."),
    ],
)
def test_form_says_what_is_missing(desk, ticket, data, error):
    page = desk.post(ticket_url("snooze", ticket.pk), data).content.decode()
    assert error in page and '<details class="portal-more" open>' in page
    assert not tab(desk, "snoozed")


def test_snoozing_needs_the_permission(viewer, ticket):
    browser = signed_in(viewer)
    assert (
        ticket_url("snooze", ticket.pk)
        not in browser.get(ticket_url("edit", ticket.pk)).content.decode()
    )
    for name in ("snooze", "end_snooze"):
        response = browser.post(ticket_url(name, ticket.pk), {"snooze-until": "reply"})
        assert response.url == "/admin/"
    assert not tab(browser, "snoozed")


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_three_hours_are_three_hours_although_the_clock_changes(day):
    now = datetime.fromisoformat(f"{day}T00:30+00:00")
    with timezone.override("Europe/Berlin"):
        _label, soon = suggested_times(timezone.localtime(now))["soon"]
    assert (soon - now) / timedelta(hours=1) == 3
