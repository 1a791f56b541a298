"""Texts entered by customers and editors are never rendered as HTML in the admin."""

import pytest
from wagtail.models import Locale

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import (
    Attachment,
    Organization,
    SavedReply,
    Status,
    Ticket,
    TicketField,
    TicketFieldChoice,
)
from wagtail_portal.permissions import Actor

from .conftest import signed_in, ticket_url

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@pytest.fixture
def evil_ticket(dana, agent):
    field = factories.ticket_field("Severity", choices=[("High", "red")])
    ticket = factories.ticket(dana, attachments=[factories.upload()], values={"severity": "high"})
    actions.reply(ticket, by=Actor.for_agent(agent), body=EVIL)
    actions.add_note(ticket, by=Actor.for_agent(agent), body=f"[x](javascript:alert(3)) {EVIL}")
    actions.follow(ticket, by=Actor.system(), member=factories.member(dana.organization, name=EVIL))
    for user in (dana.user, agent):
        user.first_name = EVIL
        user.save()
    Organization.objects.update(name=EVIL)
    factories.change(TicketField.objects.filter(pk=field.pk), label=EVIL, help_text=EVIL)
    factories.change(TicketFieldChoice.objects.all(), label=EVIL)
    actions.change_fields(ticket, by=Actor.for_agent(agent), values={"severity": None})
    actions.change_fields(ticket, by=Actor.for_agent(agent), values={"severity": "high"})
    factories.change(Status.objects.all(), name=EVIL[:60])
    # File names can't contain a path; this is the worst that could be stored.
    Attachment.objects.update(name=EVIL.replace("/", ""))
    answer = {"id": "1", "type": "choice", "label": EVIL, "value": EVIL, "display": EVIL}
    Ticket.objects.update(subject=EVIL, form_title=EVIL, answers=[answer])
    actions.assign(ticket, by=Actor.for_agent(agent), assignee=agent)
    return ticket


def assert_harmless(html: str):
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert 'href="javascript:' not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("person", ["agent", "viewer", "manager"])
def test_listing_and_ticket_page(person, request, evil_ticket):
    browser = signed_in(request.getfixturevalue(person))
    assert_harmless(browser.get(ticket_url("list")).content.decode())
    assert_harmless(browser.get(ticket_url("edit", evil_ticket.pk)).content.decode())


def test_errors_history_and_deletion(evil_ticket, manager):
    browser = signed_in(manager)
    response = browser.post(ticket_url("note", evil_ticket.pk), {"note-body": ""})
    assert_harmless(response.content.decode())
    for name in ("history", "delete"):
        assert_harmless(browser.get(ticket_url(name, evil_ticket.pk)).content.decode())
    response = browser.post(
        ticket_url("save", evil_ticket.pk), {"status-status": factories.status("on-hold").pk}
    )
    assert_harmless(browser.get(response.url).content.decode())


@pytest.mark.parametrize("model", ["member", "organization", "status", "ticketfield"])
def test_other_listings(model, evil_ticket, manager):
    response = signed_in(manager).get(f"/admin/snippets/wagtail_portal/{model}/")
    assert_harmless(response.content.decode())


def test_ticket_actions(evil_ticket, manager, colleague, dana):
    browser, pk = signed_in(manager), evil_ticket.pk
    other = factories.ticket(evil_ticket.requester)
    Ticket.objects.filter(pk=other.pk).update(subject=EVIL)
    actions.link_tickets(evil_ticket, by=Actor.system(), target=other, kind="duplicate")
    canned = SavedReply.objects.create(
        title=EVIL, text="{requester.first_name} {ticket.subject}", locale=Locale.get_default()
    )
    colleague.first_name = EVIL
    colleague.save()
    signed_in(colleague).post(ticket_url("presence", pk), {"state": "writing"})
    assert_harmless(browser.post(ticket_url("presence", pk), {"state": "looking"}).content.decode())
    follower = evil_ticket.followers.get()
    for name, query in (
        ("edit", {}),
        ("updates", {}),
        ("merge", {}),
        ("merge", {"into": other.pk}),
        ("requester", {"q": "script"}),
        ("requester", {"member": follower.pk}),
    ):
        assert_harmless(browser.get(ticket_url(name, pk), query).content.decode())
    assert_harmless(
        browser.post(
            ticket_url("open"), {"member-typed": "script", "find": "page"}
        ).content.decode()
    )
    assert_harmless(browser.get(ticket_url("open"), {"member": dana.pk}).content.decode())
    # Placeholders become plain text, which the agent reads before sending.
    data = {"reply-saved_reply": canned.pk, "insert": "page", "reply-status": evil_ticket.status_id}
    assert_harmless(browser.post(ticket_url("reply", pk), data).content.decode())
    actions.reply(evil_ticket, by=Actor.for_agent(colleague), body=EVIL)
    data = {"reply-body": "x", "reply-status": evil_ticket.status_id, "last_read": 0}
    assert_harmless(browser.post(ticket_url("reply", pk), data).content.decode())
