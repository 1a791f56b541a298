"""An empty list says why it's empty and what to do next."""

from tests import factories
from tests.pages.ticket_list.lists import months_ago, numbers
from wagtail_portal.models import Role


def next_step(response) -> str:
    """Return the URL of the only button."""
    html = response.content.decode()
    empty = html.partition('class="portal-empty"')[2].partition("</div>")[0]
    return empty.partition('href="')[2].partition('"')[0].replace("&amp;", "&")


def test_no_tickets_yet(browser, home, dana):
    factories.form_page(home)
    response = browser.get("/support/?status=new&scope=mine")
    assert response.context["empty"] == "none"
    assert next_step(response) == "/support/new/"


def test_read_only_members_are_not_asked_to_open_a_ticket(as_member, home, acme):
    Role.objects.create(key="reader", name="R", tickets="own", can_edit_tickets=False)
    response = as_member(factories.member(acme, role="reader")).get("/support/")
    assert response.context["empty"] == "none"
    assert next_step(response) == ""


def test_all_tickets_are_older_than_the_period(browser, home, dana):
    ticket = factories.ticket(dana, at=months_ago(14))
    response = browser.get("/support/?tab=open")
    assert response.context["empty"] == "older"
    assert next_step(response) == "?tab=open&period=all"
    assert numbers(browser.get("/support/" + next_step(response))) == [ticket.number]


def test_matching_tickets_are_older_than_the_period(browser, home, dana):
    factories.ticket(dana, at=months_ago(14))
    factories.ticket(dana, status=factories.status("closed"))
    response = browser.get("/support/?status=new")
    assert response.context["empty"] == "older"
    assert "No recent tickets match your filters, but older ones do." in response.content.decode()
    assert next_step(response) == "?status=new&period=all"


def test_no_matching_tickets(browser, home, dana):
    ticket = factories.ticket(dana)
    response = browser.get("/support/?tab=open&status=closed&sort=subject")
    assert response.context["empty"] == "nothing_matches"
    assert next_step(response) == "?tab=open&sort=subject"
    assert numbers(browser.get("/support/" + next_step(response))) == [ticket.number]


def test_the_sentence_names_what_was_searched_for(browser, home, dana):
    factories.ticket(dana, "Old runner", at=months_ago(14))
    factories.ticket(dana, "New", urgency="low")
    for query, sentence in (
        ("q=zebra", "No tickets match “zebra”."),
        ("q=zebra&tab=open", "No tickets in “Open” match “zebra”."),
        ("q=zebra&status=new", "No tickets match “zebra” and all of your filters."),
        ("q=runner", "No recent tickets match “runner”, but older ones do."),
    ):
        assert sentence in browser.get(f"/support/?{query}").content.decode(), query


def test_empty_tab(browser, home, dana):
    factories.ticket(dana)
    for tab, words in (
        ("needs-reply", "No tickets are waiting for your reply."),
        ("closed", "There are no tickets in “Closed”."),
    ):
        response = browser.get(f"/support/?tab={tab}")
        assert response.context["empty"] == "tab"
        assert words in response.content.decode()
        assert next_step(response) == "?"


def test_page_after_the_last_one(browser, home, dana):
    factories.ticket(dana)
    response = browser.get("/support/?tab=open&page=7")
    assert response.context["empty"] == "page"
    assert next_step(response) == "?tab=open"
