"""Undo send: the confirmation beside the message, and the reply back in the composer."""

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from wagtail_portal.models import Attachment, Ticket, UndoStep


def parsed(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def send(browser, ticket, query="", **data):
    data = {
        "reply-body": "All done,\n\n  *really*",
        "reply-status": factories.status("closed").pk,
        "reply-status_was": Ticket.objects.get(pk=ticket.pk).status_id,
        **data,
    }
    return browser.post(ticket_url("reply", ticket.pk) + query, data, follow=True)


def test_confirmation_is_beside_the_message_with_undo(desk, ticket):
    more = {"reply-attachments": factories.upload(), "reply-copies": "kim@partner.example"}
    page = parsed(send(desk, ticket, **more))
    sent = page.select_one("[data-portal-sent]")
    assert "Your reply was sent." in sent.text and sent.find_previous("article").select_one("em")
    assert 1 <= int(sent["data-portal-seconds"]) <= 10
    step = sent.select_one("[name=step]")["value"]
    url = sent.select_one("form")["action"]
    page = parsed(desk.post(url, {"step": step}, follow=True))
    assert "Your reply was taken back and wasn’t sent." in page.text
    form = page.select_one("#tab-reply form")
    assert form.select_one("textarea").text.strip("\n") == "All done,\n\n  *really*"
    assert form.select_one("select[name=reply-status] option[selected]").text == "Closed"
    assert form.select_one(".portal-file-list__name").text == "log.txt"
    assert form.select_one("[name=reply-copies]")["value"] == "kim@partner.example"
    assert len(page.select("article")) == 1
    # Sent again as it is, it arrives with its file.
    fields = {row["name"]: row.get("value", "") for row in form.select("input[type=hidden]")}
    fields = {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}
    send(desk, ticket, **fields)
    assert ticket.messages.count() == 2 and Attachment.objects.get().message.body


def test_undo_is_offered_on_the_page_that_comes_next(desk, ticket, dana):
    other = factories.ticket(dana, subject="Another one")
    # Opened from a list, after which the agent goes back to it.
    response = send(desk, ticket, "?queue=tab%3Dall", **{"then": "list"})
    page = parsed(response)
    assert "Your reply was sent." in page.text and "is about to be sent" in page.text
    assert parsed(desk.get(ticket_url("edit", other.pk))).select_one("[data-portal-undo-send]")
    UndoStep.objects.update(expires_at=timezone.now())
    assert not parsed(desk.get(ticket_url("list"))).select_one("[data-portal-sent]")


def test_undo_says_why_it_is_too_late(desk, ticket, colleague):
    send(desk, ticket)
    step = UndoStep.objects.get()
    url = ticket_url("undo", ticket.pk)
    page = parsed(signed_in(colleague).post(url, {"step": step.pk}, follow=True))
    assert "It’s too late to undo this." in page.text
    UndoStep.objects.update(expires_at=timezone.now())
    page = parsed(desk.post(url, {"step": step.pk}, follow=True))
    assert "It’s too late to undo this." in page.text and ticket.messages.count() == 2


@pytest.mark.parametrize("step", ["", "x", "999"])
def test_malformed_undo_changes_nothing(desk, ticket, step):
    send(desk, ticket)
    assert desk.post(ticket_url("undo", ticket.pk), {"step": step}).status_code == 302
    assert desk.get(ticket_url("edit", ticket.pk) + f"?draft={step}&sent={step}").status_code == 200
    assert ticket.messages.count() == 2
