"""Customers correct their own messages for ten minutes."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from tests import factories
from tests.desk.conftest import ticket_url
from tests.pages.ticket.ticket_pages import events, lock, page, send, url
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, Locked, NotAllowed, TooLate
from wagtail_portal.models import EDIT_PERIOD, MessageVersion, Role, TicketLogEntry
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor


@pytest.fixture
def message(ticket, customer):
    return actions.reply(ticket, by=customer, body="The pasword is wrong")


def test_correction_is_marked_and_the_old_text_is_kept_for_the_team(
    browser, as_member, client, ticket, message, dana, acme
):
    admin = as_member(factories.member(acme, role=Role.ADMIN))
    assert f"edit/?message={message.pk}" in page(browser, ticket)
    assert "edit/?message=" not in page(admin, ticket)
    assert "The pasword is wrong" in page(browser, ticket, f"edit/?message={message.pk}")
    response = send(browser, ticket, "edit/", message=message.pk, body="The password is **wrong**")
    assert response.url == f"{url(ticket)}?message={message.pk}#message-{message.pk}"
    for reader in (browser, admin):
        html = page(reader, ticket)
        assert "The password is <strong>wrong</strong>" in html and "pasword" not in html
        assert '<span class="portal-message__edited">edited</span>' in html
    assert events(browser, ticket) == []
    found = browser.get("/support/?q=password").context["rows"]
    assert [row.ticket for row in found] == [ticket]
    client.force_login(factories.agent())
    assert "The pasword is wrong" in client.get(ticket_url("edit", ticket.pk)).content.decode()
    assert TicketLogEntry.objects.filter(action="wagtail_portal.edit_message").count() == 1


def test_correction_in_another_tab_is_not_overwritten_unnoticed(browser, ticket, message):
    def correct(html, text):
        original = re.search(r'name="original" value="([^"]+)"', html)[1]
        data = {"message": message.pk, "original": original, "body": text}
        return send(browser, ticket, "edit/", **data)

    shown = page(browser, ticket, f"edit/?message={message.pk}")
    correct(shown, "First tab")
    # As if it was sent twice.
    assert correct(shown, "First tab").status_code == 302
    refused = correct(shown, "Second tab").content.decode()
    assert "It now says: First tab" in refused and ">\nSecond tab</textarea>" in refused
    assert correct(refused, "Second tab").status_code == 302
    assert "Second tab" in page(browser, ticket)


def test_unsent_emails_have_the_new_text(ticket, message, customer, acme):
    watcher = factories.member(acme, role=Role.ADMIN)
    actions.follow(ticket, by=customer, member=watcher, notify=False)
    later = actions.reply(ticket, by=customer, body="Frist of all")
    actions.edit_message(later, by=customer, body="First of all")
    outbox.send_due()
    texts = [email.body for email in mail.outbox if "irst of all" in email.body]
    assert texts and "Frist" not in "".join(texts)


def test_only_the_author_corrects_it_and_not_too_late(
    browser, ticket, message, customer, team, acme
):
    admin = Actor.for_member(factories.member(acme, role=Role.ADMIN))
    theirs = actions.reply(ticket, by=team, body="Which one?")
    for by, other in ((admin, message), (team, message), (Actor.system(), message)):
        with pytest.raises(NotAllowed):
            actions.edit_message(other, by=by, body="x")
    with pytest.raises(NotAllowed):
        actions.edit_message(theirs, by=customer, body="x")
    with pytest.raises(Invalid):
        actions.edit_message(message, by=customer, body=" ")
    late = message.created_at + EDIT_PERIOD + timedelta(seconds=1)
    with pytest.raises(TooLate):
        actions.edit_message(message, by=customer, body="x", at=late)
    message.created_at -= EDIT_PERIOD + timedelta(seconds=1)
    message.save()
    assert f"edit/?message={message.pk}" not in page(browser, ticket)
    # What was written isn't lost.
    html = send(browser, ticket, "edit/", message=message.pk, body="Better").content.decode()
    assert "can only be edited for 10 minutes" in html and ">\nBetter</textarea>" in html
    message.refresh_from_db()
    assert (message.body, message.edited_at) == ("The pasword is wrong", None)


def test_locked_tickets_refuse_corrections(ticket, message, customer):
    actions.close_ticket(ticket, by=customer)
    lock(ticket)
    with pytest.raises(Locked):
        actions.edit_message(message, by=customer, body="x")


@pytest.mark.parametrize("way", ["erase", "anonymize", "update"])
def test_earlier_versions_are_erased_with_their_message(ticket, message, customer, dana, way):
    actions.edit_message(message, by=customer, body="Corrected")
    assert MessageVersion.objects.get().body == "The pasword is wrong"
    if way == "erase":
        actions.erase_member(dana, by=Actor.system(), remove_texts=True)
    elif way == "anonymize":
        actions.close_ticket(ticket, by=customer)
        actions.anonymize_ticket(ticket, by=Actor.system())
    else:
        ticket.messages.update(body="Erased")
    assert not MessageVersion.objects.exists()
