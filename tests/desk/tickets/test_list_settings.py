"""What agents choose to see in the inbox: columns, density, saved views as tabs, and the peek."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.models import InboxPreferences, SavedFilter
from wagtail_portal.permissions import Actor

SYSTEM = Actor.system()
SETTINGS = "wagtail_portal_list"


def headings(response) -> list[str]:
    page = BeautifulSoup(response.content, "html.parser")
    return [cell.get_text(strip=True) for cell in page.select("#listing-results th")][1:]


def choose(browser, *columns, url=None, **data):
    """Choose columns in this order."""
    url = url or reverse(SETTINGS)
    form = browser.get(url).context["form"]
    data = {"density": "compact", **data}
    for place, name in enumerate(columns):
        data |= {f"show-{name}": "on", f"position-{name}": place + 1}
    assert set(columns) <= {row[0] for row in form.rows}
    return browser.post(url, data)


def saved(user, name, **kwargs) -> SavedFilter:
    query = {"query": "tab=all&urgency=high", **kwargs}
    return actions.save_filter(by=Actor.for_agent(user), name=name, **query)


def tabs(browser) -> list[str]:
    page = BeautifulSoup(browser.get(ticket_url("list")).content, "html.parser")
    return [link.get_text(" ", strip=True) for link in page.select(".portal-inbox__tab")]


def change(browser, view, what):
    return browser.post(reverse("wagtail_portal_view_change", args=[view.pk, what]))


def test_columns_are_chosen_and_ordered_by_each_agent(desk, ticket, colleague):
    machine = factories.ticket_field("Machine", type="text")
    actions.change_fields(ticket, by=SYSTEM, values={machine.key: "Turbine 7"})
    usual = headings(desk.get(ticket_url("list")))
    choose(desk, f"f-{machine.key}", "status")
    response = desk.get(ticket_url("list"))
    assert headings(response) == ["Ticket", "Machine", "Status", "Last updated"]
    assert "Turbine 7" in response.content.decode()
    assert headings(signed_in(colleague).get(ticket_url("list"))) == usual
    machine.archived = True
    machine.save()
    assert headings(desk.get(ticket_url("list"))) == ["Ticket", "Status", "Last updated"]
    choose(desk, reset="")
    assert headings(desk.get(ticket_url("list"))) == usual


def test_saved_view_has_columns_of_its_own(desk, agent, colleague, ticket):
    view = saved(agent, "Urgent", shared=True)
    url = f"{reverse(SETTINGS)}?view={view.pk}"
    factories.ticket(ticket.requester, urgency="high")
    choose(desk, "urgency", url=url)
    for browser in (desk, signed_in(colleague)):
        shown = headings(browser.get(ticket_url("list"), {"urgency": "high"}))
        assert shown == ["Ticket", "Urgency", "Last updated"]
    assert len(headings(desk.get(ticket_url("list")))) > 3
    # Only its owner changes it, and others don't learn of private views.
    other = signed_in(colleague)
    assert other.post(url, {"show-status": "on"}).status_code in (302, 403)
    view.refresh_from_db()
    assert view.columns == ["urgency"]
    private = saved(agent, "Private")
    assert other.get(f"{reverse(SETTINGS)}?view={private.pk}").status_code == 404


def test_density_is_chosen_by_each_agent(desk, ticket, colleague):
    choose(desk, "status", density="comfortable")
    assert "portal-inbox--comfortable" in desk.get(ticket_url("list")).content.decode()
    other = signed_in(colleague)
    assert "portal-inbox--compact" in other.get(ticket_url("list")).content.decode()
    assert desk.post(reverse(SETTINGS), {"density": "tiny"}).status_code == 200


def test_saved_views_are_tabs_in_the_agents_order(desk, agent, colleague):
    first, second = saved(agent, "First"), saved(colleague, "Second", shared=True)
    assert "First" not in tabs(desk)
    for view in (first, second):
        change(desk, view, "pin")
    assert tabs(desk)[-2:] == ["First", "Second"]
    change(desk, second, "up")
    assert tabs(desk)[-2:] == ["Second", "First"]
    change(desk, second, "up")
    assert tabs(desk)[-2:] == ["Second", "First"]
    change(desk, second, "down")
    assert tabs(desk)[-2:] == ["First", "Second"]
    # Each agent has their own.
    assert "Second" not in tabs(signed_in(colleague))
    change(desk, first, "unpin")
    assert tabs(desk)[-1] == "Second"
    change(signed_in(colleague), first, "pin")
    assert not InboxPreferences.objects.filter(user=colleague).exclude(pinned_views=[]).exists()


def test_rows_show_the_beginning_of_the_last_message(desk, ticket, agent):
    actions.reply(ticket, by=Actor.for_agent(agent), body="Please try the **new** version.")
    html = desk.get(ticket_url("list")).content.decode()
    assert "Please try the new version." in html


def test_peek_shows_the_last_messages_and_leaves_the_ticket_unread(desk, ticket, agent, colleague):
    actions.add_note(ticket, by=Actor.for_agent(colleague), body="Look at *this*.")
    html = desk.get(ticket_url("peek", ticket.pk)).content.decode()
    assert "It <strong>never</strong> ends." in html and "<em>this</em>" in html
    assert "Sam Colleague" in html
    assert desk.get(ticket_url("list")).context["object_list"][0].is_unread


@pytest.mark.parametrize("name", [SETTINGS])
def test_settings_need_the_permission_to_see_tickets(editor, name):
    assert signed_in(editor).get(reverse(name)).status_code in (302, 403)
