"""What was sent after the session had ended is kept until it's sent again or discarded."""

import pytest
from django.test import Client

from tests import factories
from wagtail_portal.models import Role
from wagtail_portal.pages import drafts

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
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
