"""A portal that is unpublished, expired or never published closes, with its forms."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.pages.ticket_form.test_anonymous import CODE
from wagtail_portal.models import Ticket
from wagtail_portal.pages.models import PortalHomePage

from .conftest import text_of

CLOSED = "This form is closed"


def unpublish(editor, home):
    editor.unpublish(home)


def expire(editor, home):
    PortalHomePage.objects.filter(pk=home.pk).update(
        expire_at=timezone.now() - timedelta(minutes=1)
    )
    call_command("publish_scheduled")


def never_publish(editor, home):
    PortalHomePage.objects.filter(pk=home.pk).update(live=False, first_published_at=None)


@pytest.mark.parametrize("close", [unpublish, expire, never_publish])
def test_forms_close_with_their_portal(close, editor, home, report, contact, browser, send):
    visitor = Client()
    page = browser.get("/support/report/")
    assert page.status_code == visitor.get("/support/contact/").status_code == 200
    waiting = send(visitor, "/support/contact/", "kim@nowhere.example", subject="Sent before").url
    code = CODE.search(mail.outbox.pop().body).group()
    close(editor, home)
    assert browser.get("/support/report/").status_code == 404
    assert visitor.get("/support/contact/").status_code == 404

    for person, url, address in (
        (browser, "/support/report/", ""),
        (browser, "/support/contact/", ""),
        (visitor, "/support/contact/", "lee@nowhere.example"),
    ):
        response = send(person, url, address)
        assert response.status_code == 410
        assert CLOSED in text_of(response)
        assert "Pump fails" in text_of(response) and "A long story" in text_of(response)
        # Nothing leads to pages that are closed, too.
        assert 'href="/support/' not in text_of(response)
    # A code that was emailed before can't be entered any more, but the text is still there.
    for response in (visitor.get(waiting), visitor.post(waiting, {"code": code})):
        assert response.status_code == 410
        assert "Sent before" in text_of(response)
    assert Client().get(waiting).status_code == 404
    assert not Ticket.objects.exists()
    assert not mail.outbox


def test_reply_comes_back_if_the_portal_was_unpublished(editor, home, ticket, browser):
    assert browser.get(f"/support/tickets/{ticket.number}/").status_code == 200
    editor.unpublish(home)
    response = browser.post(f"/support/tickets/{ticket.number}/reply/", {"body": "It is the valve"})
    assert response.status_code == 410
    assert "It is the valve" in text_of(response)
    assert ticket.messages.count() == 1


def test_text_of_an_expired_session_comes_back_after_signing_in(editor, report, dana, send):
    browser = Client()
    response = send(browser, "/support/report/")
    assert response.url == "/accounts/login/?next=/support/report/"
    editor.unpublish(report)
    browser.force_login(dana.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = browser.get("/support/report/")
    assert response.status_code == 410
    assert "A long story" in text_of(response)
