"""A site whose addresses begin with the language, and whose pages have no translations."""

import re

import pytest
from django.core import mail

from tests import factories
from tests.signin.test_code import ask_for_code, code_in, enter
from wagtail_portal import actions
from wagtail_portal.models import Role
from wagtail_portal.permissions import Actor

pytestmark = pytest.mark.urls("tests.hosts.localized_urls")
CURRENT = re.compile(r'href="([^"]*)"[^>]*aria-current="page"')


@pytest.fixture
def reader(acme, settings):
    """Someone who reads the portal in German."""
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    member = factories.member(acme, "kim@acme.example", role=Role.ADMIN)
    actions.change_profile(by=Actor.for_member(member), name="Kim", language="de")
    return member


@pytest.mark.parametrize("language", ["en", "de"])
def test_tab_of_the_page_is_the_current_one(home, reader, as_member, language):
    browser = as_member(reader)
    for path in ("", "members/"):
        response = browser.get(f"/{language}/support/{path}", follow=True)
        html = response.content.decode()
        assert 'lang="de"' in html
        assert CURRENT.findall(html)[:1] == [f"/de/support/{path}"]
    assert CURRENT.findall(browser.get(f"/{language}/support/profile/").content.decode()) == []


def test_reply_and_list_work_in_either_language(home, reader, as_member):
    ticket = factories.ticket(reader)
    browser = as_member(reader)
    for language in ("en", "de"):
        url = f"/{language}/support/tickets/{ticket.number}/"
        assert browser.get(url, headers={"referer": f"http://testserver/{language}/support/"})
        response = browser.post(f"{url}reply/", {"body": f"In {language}"}, follow=True)
        assert response.status_code == 200
        assert f"In {language}" in response.content.decode()
    assert ticket.messages.count() == 3


def test_sign_in_leads_back_to_the_address(home, reader, client):
    url = "/en/support/tickets/"
    ticket = factories.ticket(reader)
    response = client.get(f"{url}{ticket.number}/")
    ask_for_code(client, reader.user.email, response.url)
    (message,) = (one for one in mail.outbox if "code" in one.subject.lower())
    confirm = f"/accounts/login/code/confirm/?next={url}{ticket.number}/"
    response = enter(client, code_in(message), confirm)
    assert response.url == f"{url}{ticket.number}/"
    assert client.get(response.url).status_code == 200
