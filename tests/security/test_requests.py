"""Unusual requests from browsers, scripts and attackers."""

import json

import pytest

from tests import factories
from wagtail_portal import actions


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "٣", "", "x", "-1", "\x00"])
def test_invalid_membership_cannot_be_chosen(as_member, home, dana, number):
    response = as_member(dana).post("/support/organization/", {"member": number})
    assert response.status_code == 200


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 25, "9" * 5000])
def test_invalid_ticket_number_is_not_found(as_member, home, dana, number):
    browser = as_member(dana)
    assert browser.get(f"/support/tickets/{number}/").status_code == 404
    assert browser.post(f"/support/tickets/{number}/reply/", {"body": "x"}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=9999", "page=99999999999", "page=%00", "page=٣"),
        *("tab=x", "tab=%00", "period=%F0%9F%A6%89", "tab=open&tab=closed", "page=1e3"),
    ],
)
def test_invalid_list_parameters_are_ignored(as_member, home, dana, query):
    assert as_member(dana).get(f"/support/?{query}").status_code == 200


def test_responses_for_hidden_and_missing_objects_are_not_cached(as_member, home, dana):
    foreign = factories.ticket(factories.member(factories.organization()))
    browser = as_member(dana)
    for path in (
        f"tickets/{foreign.number}/",
        "tickets/99999/",
        "uploads/",
        "files/00000000-0000-4000-8000-000000000000/",
    ):
        response = browser.get(f"/support/{path}")
        assert response.status_code == 404
        assert "no-store" in response["Cache-Control"]
        assert "private" in response["Cache-Control"]


def test_visitor_cannot_fill_the_session_store(client, home):
    for path in ("/support/", "/support/new/", "/support/tickets/1001/reply/"):
        client.post(path, {f"{'k' * 240}{number}": "x" for number in range(5000)})
    assert len(json.dumps(dict(client.session))) < 200_000


def test_ticket_of_ones_other_organization_can_be_opened(as_member, home, dana):
    other = actions.create_member(
        factories.organization("Globex"), by=factories.SYSTEM, email=dana.email
    )
    ticket = factories.ticket(other, subject="Of Globex", attachments=[factories.upload()])
    file = ticket.messages.get().attachments.get()
    browser = as_member(dana)
    page = browser.get(f"/support/tickets/{ticket.number}/")
    assert page.status_code == 200
    assert "Globex" in page.content.decode()
    download = browser.get(f"/support/files/{file.pk}/")
    assert b"".join(download.streaming_content).startswith(b"line 1")
    reply = browser.post(f"/support/tickets/{ticket.number}/reply/", {"body": "Here"})
    assert reply.status_code == 302
    assert ticket.messages.latest("id").member == other
    # The list still shows the current organization.
    assert "Of Globex" not in browser.get("/support/").content.decode()
