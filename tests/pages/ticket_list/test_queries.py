"""The list takes the same number of queries for any number of tickets, columns and filters."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.pages.ticket_list.lists import designate, numbers
from wagtail_portal import actions
from wagtail_portal.models import Message, Role, Ticket
from wagtail_portal.pages.ticket_list import COUNT_LIMIT
from wagtail_portal.permissions import Actor

MOST = 10

LISTS = [
    "",
    "?tab=needs-reply",
    "?tab=open&scope=mine",
    "?f-field-0=a&f-field-0=b&status=new&active_from=2020-01-01",
    "?sort=f-field-0&period=all",
    "?sort=-subject&page=2",
    "?requester=1&form=1&requester_name=p",
    "?assignee=1&urgency=low",
    "?f-field-0=b",
]


def multiply(ticket, count):
    """Create ``count`` copies of the ticket, each with a reply, without the cost of actions."""
    start = Ticket.objects.latest("number").number + 1
    fields = {
        field.attname: getattr(ticket, field.attname)
        for field in Ticket._meta.concrete_fields
        if field.name not in ("id", "number", "submission_key", "last_reply")
    }
    made = [Ticket(**fields | {"number": start + number}) for number in range(count)]
    made = Ticket.objects.bulk_create(made)
    made = list(Ticket.objects.filter(number__gte=start))
    author = ticket.messages.first().author
    Message.objects.bulk_create(
        [Message(ticket=row, body="x", author=author, member=ticket.requester) for row in made]
    )


@pytest.fixture
def count(as_member, acme, home):
    """Return ``count(query)``, which returns the number of queries of the list."""
    browser = as_member(factories.member(acme, role=Role.ADMIN))

    def count(query):
        browser.get(f"/support/{query}")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"/support/{query}").status_code == 200
        return len(captured)

    return count


def test_number_of_queries_does_not_depend_on_tickets_columns_and_filters(count, home, acme, dana):
    fields = [
        factories.ticket_field(f"Field {n}", choices=[("A", "red"), ("B", "")]) for n in range(20)
    ]
    values = {field.key: "a" for field in fields}
    designate(home, fields[0], "assignee", "urgency", as_filter=True)
    agent = factories.agent()
    ticket = factories.ticket(dana, values=values, assignee=agent, form=factories.form_page(home))
    waiting = factories.status("waiting-on-customer")
    actions.change_status(ticket, by=Actor.system(), status=waiting)
    one = {query: count(query) for query in LISTS}
    assert max(one.values()) <= MOST, one

    multiply(ticket, 24)
    assert {query: count(query) for query in LISTS} == one
    multiply(ticket, 475)
    for _number in range(5):
        # Opened by the system, which has no hourly limit.
        factories.ticket(factories.member(acme), values=values, by=Actor.system())
    designate(home, *fields[1:], as_filter=True)
    assert {query: count(query) for query in LISTS} == one


def test_badge_stops_counting_at_its_limit(as_member, home, dana):
    ticket = factories.ticket(dana, status=factories.status("waiting-on-customer"))
    multiply(ticket, COUNT_LIMIT + 5)
    browser = as_member(dana)
    response = browser.get("/support/")
    assert response.context["tabs"][0]["count"] == "99+"
    assert response.context["list"].total == COUNT_LIMIT + 1
    assert f"1–25 of more than {COUNT_LIMIT}" in response.content.decode()
    with CaptureQueriesContext(connection) as captured:
        browser.get("/support/")
    for row in captured:
        # Every count has a limit.
        assert "COUNT(*)" not in row["sql"] or "LIMIT 100" in row["sql"]


def test_badge_counts_what_the_tab_shows(as_member, home, acme, dana):
    admin = factories.member(acme, role=Role.ADMIN)
    waiting = factories.status("waiting-on-customer")
    factories.ticket(dana, status=waiting)
    factories.ticket(admin, status=waiting, urgency="high")
    factories.ticket(admin, status=waiting)
    designate(home, "urgency", as_filter=True)
    browser = as_member(admin)
    for query, wanted in (
        ("", 2),
        ("?scope=followed", 0),
        ("?urgency=high", 1),
        ("?urgency=low", 0),
    ):
        tab = browser.get(f"/support/{query}").context["tabs"][0]
        assert tab["count"] == (wanted or None)
        assert len(numbers(browser.get(f"/support/{tab['url']}"))) == wanted
