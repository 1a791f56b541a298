"""Back to the list that a ticket was opened from, and on to the tickets around it."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.pages.ticket.ticket_pages import send, url
from tests.pages.ticket_list.lists import months_ago
from wagtail_portal import actions
from wagtail_portal.models import Role
from wagtail_portal.permissions import Actor


def links(browser, ticket, referer: str = "") -> tuple:
    """Return where the links to the list, to the previous and to the next ticket lead."""
    headers = {"Referer": f"http://testserver{referer}"} if referer else {}
    response = browser.get(url(ticket), headers=headers)
    nav = BeautifulSoup(response.content, "html.parser").select_one(".portal-ticket__nav")
    found = {" ".join(link.get("rel") or ["list"]): link["href"] for link in nav.select("a")}
    return found["list"], found.get("prev"), found.get("next")


@pytest.fixture
def tickets(home, dana):
    """Four tickets, the newest first."""
    return [
        factories.ticket(dana, f"{4 - months} export", at=months_ago(months))
        for months in (1, 2, 3, 4)
    ]


def test_reader_returns_to_the_same_list(browser, tickets):
    lists = "/support/?tab=open&q=export&sort=subject&page=2"
    assert links(browser, tickets[1], lists)[0] == lists
    # Also after a reply, when the browser comes from the ticket itself.
    send(browser, tickets[1], "reply/", body="Any news?")
    assert links(browser, tickets[1], url(tickets[1]))[0] == lists
    assert links(browser, tickets[0]) == ("/support/", None, None)
    other_site = browser.get(url(tickets[2]), headers={"Referer": "http://evil.example/support/?x"})
    assert 'rel="next"' not in other_site.content.decode()


@pytest.mark.parametrize(
    "referer", ["https://[", "http://testserver/support/tickets/" + "9" * 5000 + "/", "\ud800"]
)
def test_malformed_referer_is_ignored(browser, tickets, referer):
    browser.get(url(tickets[0]), headers={"Referer": "http://testserver/support/?tab=open"})
    response = browser.get(url(tickets[1]), headers={"Referer": referer})
    assert response.status_code == 200


def test_neighbors_are_those_of_the_list(browser, tickets, dana):
    first, second, third, last = tickets
    assert links(browser, second, "/support/") == ("/support/", url(first), url(third))
    assert links(browser, last, "/support/")[1:] == (url(third), None)
    # By way of another ticket.
    assert links(browser, third, url(second))[1:] == (url(second), url(last))
    # A reply moves the ticket up in the list, but not its reader.
    actions.reply(second, by=Actor.for_member(dana), body="Any news?")
    assert links(browser, second)[1:] == (url(first), url(third))
    actions.close_ticket(third, by=Actor.for_member(dana))
    assert links(browser, second, "/support/?tab=open&sort=subject")[1:] == (url(last), url(first))


def test_neighbors_are_visible_to_the_reader(as_member, tickets, acme, dana):
    reader = factories.member(acme)
    for ticket in (tickets[0], tickets[3]):
        actions.follow(ticket, by=Actor.for_member(dana), member=reader)
    browser = as_member(reader)
    assert links(browser, tickets[0], "/support/")[1:] == (None, url(tickets[3]))
    admin = as_member(factories.member(acme, role=Role.ADMIN))
    actions.set_privacy(tickets[1], by=Actor.for_member(dana), private=True)
    assert links(admin, tickets[0], "/support/")[1:] == (None, url(tickets[2]))


@pytest.mark.parametrize("query", ["", "?tab=open&q=export"])
def test_neighbors_take_one_query(browser, tickets, query):
    links(browser, tickets[0])

    def count(referer):
        with CaptureQueriesContext(connection) as queries:
            links(browser, tickets[1], referer)
        return len(queries)

    plain = count("")
    # On PostgreSQL, a search looks at the newest tickets first.
    looks = connection.vendor == "postgresql" and "q=" in query
    assert count(f"/support/{query}") == plain + 1 + looks


@pytest.mark.parametrize("cookie", ["", "x", "eyJhIjoxfQ:1", "[]"])
def test_foreign_cookies_are_ignored(browser, tickets, cookie):
    browser.cookies["wagtail_portal_lists"] = cookie
    assert links(browser, tickets[0]) == ("/support/", None, None)
