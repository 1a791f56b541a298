"""What was sent after the session had ended is kept until it's sent again or discarded."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from wagtail_portal.models import Role
from wagtail_portal.pages import drafts

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
KEY = str(uuid.uuid4())
NOT_SENT = "This wasn’t sent, because you had to sign in again."


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana)


@pytest.fixture
def visitor():
    return Client()


def sign_in(browser, member):
    browser.force_login(member.user, backend=BACKEND)
    return browser


def text_of(browser, address) -> str:
    return browser.get(address).content.decode()


def test_reply_is_kept_until_it_is_sent(visitor, dana, ticket):
    url = f"/support/tickets/{ticket.number}/"
    data = {"body": "Words", "attachments": [factories.upload("run.log")]}
    page = visitor.post(f"{url}reply/", data, follow=True)
    assert "We’ve kept what you wrote. Sign in" in page.content.decode()

    sign_in(visitor, dana)
    for _reload in range(2):
        page = text_of(visitor, url)
        assert NOT_SENT in page and "Attach these files again: run.log." in page
        assert "Words</textarea>" in page
    visitor.post(f"{url}reply/", {"body": "Words"})
    page = text_of(visitor, url)
    assert NOT_SENT not in page and "Words</textarea>" not in page


def test_draft_can_be_discarded_without_a_script(visitor, dana, ticket):
    url = f"/support/tickets/{ticket.number}/"
    visitor.post(f"{url}reply/", {"body": "Words"})
    sign_in(visitor, dana)
    response = visitor.post(f"{url}reply/", {"body": "Words", "discard": "yes"})
    assert response.url == url
    assert "Words</textarea>" not in text_of(visitor, url)
    assert ticket.messages.count() == 1


def test_answers_are_kept(visitor, dana, home):
    factories.form_page(home)
    visitor.post("/support/report/", {"subject": "The pump is loud"})
    page = text_of(sign_in(visitor, dana), "/support/report/")
    assert NOT_SENT in page and "The pump is loud" in page


def test_invitations_are_kept(visitor, acme, home):
    admin = factories.member(acme, role=Role.ADMIN)
    visitor.post("/support/members/invite/", {"addresses": "new@acme.example"})
    assert "new@acme.example</textarea>" in text_of(sign_in(visitor, admin), "/support/members/")


def test_text_that_is_too_long_to_keep_is_announced(visitor, ticket):
    data = {"body": "x" * (drafts.MAX_CHARACTERS + 1)}
    page = visitor.post(f"/support/tickets/{ticket.number}/reply/", data, follow=True)
    assert "We couldn’t keep what you wrote" in page.content.decode()


def test_nothing_is_said_about_a_button(visitor, ticket):
    address = f"/support/tickets/{ticket.number}/following/"
    page = visitor.post(address, {"choice": "follow"}, follow=True)
    assert "kept what you wrote" not in page.content.decode()


class TestConfirmation:
    """The browser deletes its draft once a cookie names the form's key."""

    @pytest.fixture
    def sent(self, browser):
        """Return the keys in the cookie after sending a form."""

        def post(address, data, browser=browser):
            response = browser.post(address, {"submission_key": KEY, **data})
            cookie = response.cookies.get("wagtail_portal_sent")
            return cookie.value.split(".") if cookie else []

        return post

    def test_reply_is_confirmed_if_it_was_added(self, sent, ticket):
        address = f"/support/tickets/{ticket.number}/reply/"
        assert sent(address, {"body": ""}) == []
        assert sent(address, {"body": "Words", "preview": "page"}) == []
        assert sent(address, {"body": "Words"}) == [KEY]
        # The browser has not been to a page with the script yet.
        other = str(uuid.uuid4())
        assert sent(address, {"body": "More words", "submission_key": other}) == [KEY, other]

    def test_form_is_confirmed_under_the_key_that_the_browser_knows(self, sent, home):
        factories.form_page(home)
        assert sent("/support/report/", {"subject": "A pump"}) == []
        assert sent("/support/report/", {"subject": "A pump", "description": "Loud"}) == [KEY]

    def test_message_from_an_agent_is_confirmed(self, sent, ticket):
        browser = Client()
        browser.force_login(factories.agent(), backend=BACKEND)
        address = reverse("wagtailsnippets_wagtail_portal_ticket:note", args=[ticket.pk])
        data = {"note-body": "For us", "note-submission_key": KEY}
        assert sent(address, data, browser) == [KEY]
