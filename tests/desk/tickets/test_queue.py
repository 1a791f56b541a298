"""The list that an agent works through: previous and next, and back to the same row."""

import pytest
from bs4 import BeautifulSoup

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.models import AgentPreferences
from wagtail_portal.permissions import Actor


@pytest.fixture
def tickets(dana, agent):
    found = [factories.ticket(dana, subject=f"Question {number}") for number in range(4)]
    for ticket in found[:3]:
        actions.assign(ticket, by=Actor.for_agent(agent), assignee=agent)
    return found


def links(response) -> dict[str, str]:
    """Return the URLs of the previous and next ticket, and of the list, by what they lead to."""
    nav = BeautifulSoup(response.content, "html.parser").select_one(".portal-queue")
    found = {link.get("rel", ["list"])[0]: link["href"] for link in nav.select("a")}
    position = nav.select_one(".portal-queue__position")
    return found | {"position": position and position.text}


def rows(response) -> list[str]:
    page = BeautifulSoup(response.content, "html.parser")
    return [link["href"] for link in page.select("td.title a")]


# The second one finds similar words.
@pytest.mark.parametrize("typed", ["question", "qestion"])
def test_ticket_knows_the_list_it_was_opened_from(desk, tickets, typed):
    listed = rows(desk.get(ticket_url("view", "mine") + f"?ordering=number&q={typed}"))
    assert len(listed) == 3
    first, middle, last = (links(desk.get(url)) for url in listed)
    assert [row["position"] for row in (first, middle, last)] == ["1 of 3", "2 of 3", "3 of 3"]
    assert middle["prev"] == listed[0] and middle["next"] == listed[2]
    assert "prev" not in first and "next" not in last
    back = middle["list"]
    assert back.endswith(f"#ticket-{tickets[1].pk}")
    assert rows(desk.get(back)) == listed


def test_list_shows_only_what_the_agent_may_see(desk, tickets, viewer):
    url = rows(desk.get(ticket_url("view", "mine")))[0]
    # A URL that was passed on shows the other agent's own tickets, of which there are none.
    assert links(signed_in(viewer).get(url)).keys() == {"list", "position"}
    assert "portal-queue" not in desk.get(ticket_url("edit", tickets[0].pk)).content.decode()
    for query in ("tab=nothing&status=x", "%00=%00", "tab=mine&q=" + "x" * 300):
        url = ticket_url("edit", tickets[0].pk) + f"?queue={query}"
        assert desk.get(url).status_code == 200


def test_sending_leads_to_the_next_ticket_and_is_remembered(desk, tickets, agent):
    url = rows(desk.get(ticket_url("view", "waiting-on-us") + "?ordering=number"))[0]
    for position, ticket in enumerate(tickets):
        page = BeautifulSoup(desk.get(url).content, "html.parser")
        form = page.select_one(".portal-composer__form--reply")
        chosen = form.select_one("[name=then] option[selected]")["value"]
        assert chosen == ("next" if position else "stay")
        data = {
            "reply-body": "Solved.",
            "reply-status": factories.status("closed").pk,
            "then": "next",
        }
        response = desk.post(form["action"].partition("#")[0], data)
        url = response.url
        ticket.refresh_from_db()
        assert ticket.status.key == "closed"
        if position < 3:
            assert url.startswith(ticket_url("edit", tickets[position + 1].pk))
    # After the last one, the list says so.
    assert url.startswith(ticket_url("view", "waiting-on-us"))
    html = desk.get(url).content.decode()
    assert "That was the last ticket in this list." in html
    assert f"Ticket #{tickets[3].number}" in html
    assert AgentPreferences.objects.get(user=agent).after_sending == "next"


def test_ticket_that_has_left_the_list_still_knows_the_next_one(desk, tickets):
    url = rows(desk.get(ticket_url("view", "waiting-on-us") + "?ordering=number"))[1]
    page = BeautifulSoup(desk.get(url).content, "html.parser")
    action = page.select_one("#ticket-details")["action"]
    response = desk.post(action, {"status-status": factories.status("on-hold").pk})
    found = links(desk.get(response.url))
    assert found["position"] is None
    assert found["next"].startswith(ticket_url("edit", tickets[2].pk))
    assert found["prev"].startswith(ticket_url("edit", tickets[0].pk))


@pytest.mark.parametrize(("name", "parameter"), [("merge", "into"), ("requester", "member")])
def test_list_is_kept_by_changes_that_are_confirmed(desk, tickets, dana, name, parameter):
    member = factories.member(dana.organization, name="Kim Ito")
    wanted = {"merge": tickets[3], "requester": member}[name]
    screen = rows(desk.get(ticket_url("view", "waiting-on-us") + "?ordering=number"))[1]
    page = BeautifulSoup(desk.get(screen).content, "html.parser")
    url = page.select_one(f"a[href*='/{name}/']")["href"]
    form = BeautifulSoup(desk.get(url).content, "html.parser").select_one(".portal-choose")
    sent = {field["name"]: field["value"] for field in form.select("input")}
    sent["q"] = str(wanted.number) if name == "merge" else "kim"
    [found] = BeautifulSoup(desk.get(url, sent).content, "html.parser").select(".portal-choices a")
    page = BeautifulSoup(desk.get(found["href"]).content, "html.parser")
    form = page.select_one("[data-portal-once]")
    response = desk.post(form["action"], {parameter: wanted.pk})
    assert response.url.startswith(
        ticket_url("edit", wanted.pk if name == "merge" else tickets[1].pk)
    )
    assert "list" in links(desk.get(response.url))
    # Back to the confirmation: a merged ticket is locked.
    if name == "merge":
        assert desk.get(found["href"]).url.startswith(ticket_url("edit", tickets[1].pk))


def test_deleting_leads_back_to_the_list(superuser, tickets):
    browser, page = signed_in(superuser), ticket_url("view", "waiting-on-us")
    screen = rows(browser.get(page))[1]
    url = screen.replace("/edit/", "/delete/")
    html = BeautifulSoup(browser.get(url).content, "html.parser")
    cancel = html.select_one("main a.button-secondary")["href"]
    response = browser.post(html.select_one("main form")["action"])
    for found in (cancel, response.url):
        assert found.partition("?")[0] == page
    assert len(rows(browser.get(response.url))) == 3


def test_number_of_queries_does_not_depend_on_the_list(
    desk, tickets, dana, django_assert_max_num_queries
):
    url = rows(desk.get(ticket_url("list")))[0]
    desk.get(url)
    with django_assert_max_num_queries(26) as few:
        desk.get(url)
    for number in range(8):
        factories.ticket(dana, subject=f"More {number}")
    with django_assert_max_num_queries(26) as many:
        desk.get(url)
    assert len(few) == len(many)
