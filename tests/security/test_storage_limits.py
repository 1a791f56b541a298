"""How much space one client or one member can take up before anything is sent."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.signin.test_code import ask_for_code, code_in, enter
from tests.signin.test_everything_on import build_urlconf
from wagtail_portal.models import Attachment

LONG = "x" * 30_000


def write(browser, **data):
    return browser.post("/support/tickets/1001/reply/", {"body": LONG, **data})


def test_posts_of_a_stranger_do_not_fill_the_session_table(home, dana):
    for _number in range(40):
        response = write(Client())
        assert response.url == "/accounts/login/?next=/support/tickets/1001/"
    assert Session.objects.count() == 10
    write(Client(REMOTE_ADDR="198.51.100.1"))
    assert Session.objects.count() == 11


def test_stranger_cannot_take_a_new_network_address_each_time(home, dana):
    for number in range(40):
        write(Client(REMOTE_ADDR=f"2001:db8:1:1::{number + 1}"))
    assert Session.objects.count() == 10


def test_who_has_signed_in_before_keeps_what_they_wrote(home, dana):
    own = Client()
    ask_for_code(own, dana.email)
    enter(own, code_in(mail.outbox.pop()))
    ticket = factories.ticket(dana)
    own.post("/accounts/logout/")
    for _number in range(20):
        write(Client())
    own.post(f"/support/tickets/{ticket.number}/reply/", {"body": "My long answer"})
    ask_for_code(own, dana.email)
    enter(own, code_in(mail.outbox.pop()))
    assert "My long answer" in own.get(f"/support/tickets/{ticket.number}/").content.decode()


def test_who_writes_too_much_is_told_that_it_is_not_kept(home, dana, settings):
    settings.WAGTAIL_PORTAL = {"DRAFTS_PER_CLIENT": 1}
    write(Client())
    page = write(Client()).client.get("/accounts/login/").content.decode()
    assert "couldn’t keep what you wrote" in page


@pytest.mark.parametrize(
    "path",
    ["/accounts/login/", "/accounts/login/code/", "/accounts/oidc/acme/login/"],
)
def test_sessions_of_a_stranger_are_limited(home, settings, path, monkeypatch):
    app = {"provider_id": "acme", "name": "Acme", "client_id": "x", "secret": "x"}
    app["settings"] = {"server_url": "http://127.0.0.1:9/"}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    settings.WAGTAIL_PORTAL = {"SESSIONS_PER_CLIENT": 5}
    statuses = []
    for number in range(8):
        browser = Client(raise_request_exception=False)
        address = f"kim{number}@nowhere.example"
        statuses.append(browser.post(path, {"login": address, "email": address}).status_code)
    assert Session.objects.count() <= 5
    assert statuses[-3:] == [429] * 3 or "oidc" in path


def test_no_address_of_the_sign_in_begins_sessions_without_limit(home, settings):
    """Whatever begins one counts: by every address, and both ways of asking."""
    settings.WAGTAIL_PORTAL = {"SESSIONS_PER_CLIENT": 1}
    conf = build_urlconf()
    settings.ROOT_URLCONF = conf
    for path in ("login/", "2fa/webauthn/login/", "2fa/webauthn/signup/", "reauthenticate/"):
        for _number in range(3):
            browser = Client(raise_request_exception=False)
            headers = {"X-Requested-With": "XMLHttpRequest"}
            browser.get(f"/accounts/{path}", headers=headers)
            browser.post(f"/accounts/{path}", {"login": "kim@nowhere.example"}, headers=headers)
    assert Session.objects.count() <= 1


@pytest.fixture
def send(browser, home):
    def send(size, name="log.txt"):
        return browser.post("/support/uploads/", {"file": factories.upload(name, b"x" * size)})

    return send


def test_unsent_files_of_a_member_have_one_limit(send, browser, dana, acme, as_member, settings):
    settings.WAGTAIL_PORTAL = {"UNSENT_FILES_MB": 1}
    first = send(600_000).json()["id"]
    response = send(600_000)
    assert response.status_code == 400
    assert "without sending them" in response.json()["error"]
    assert Attachment.objects.count() == 1
    # A colleague has space of their own, and what is sent doesn't count.
    other = as_member(factories.member(acme, "rosa@acme.example"))
    file = factories.upload("a.txt", b"x" * 600_000)
    assert other.post("/support/uploads/", {"file": file}).status_code == 200
    ticket = factories.ticket(dana)
    reply = {"body": "Here it is", "attachments-kept": first}
    assert browser.post(f"/support/tickets/{ticket.number}/reply/", reply).status_code == 302
    assert send(600_000).status_code == 200


def test_files_of_old_drafts_make_room(send, dana, settings):
    settings.WAGTAIL_PORTAL = {"UNSENT_FILES_MB": 1}
    send(600_000, "old.txt")
    Attachment.objects.update(created_at=timezone.now() - timedelta(days=3))
    assert send(600_000, "new.txt").status_code == 200
    assert Attachment.objects.get().name == "new.txt"


def test_team_has_no_such_limit(home, settings):
    settings.WAGTAIL_PORTAL = {"UNSENT_FILES_MB": 1}
    from tests.factories import upload
    from wagtail_portal import actions
    from wagtail_portal.permissions import Actor

    agent = Actor.for_agent(factories.agent(is_superuser=True))
    for _number in range(2):
        actions.upload(by=agent, site=home.get_site(), file=upload("a.txt", b"x" * 600_000))
    assert Attachment.objects.count() == 2
