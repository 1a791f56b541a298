"""What fails in the portal is answered with a page of the portal; the rest of the site keeps its
own pages."""

import gzip
import re
import uuid

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection
from django.test import Client

from tests import factories
from tests.pages.error_pages import without_details
from wagtail_portal import actions
from wagtail_portal.exceptions import StorageUnavailable
from wagtail_portal.pages.ticket import views

HEADER = 'class="portal-header"'
KEY = str(uuid.uuid4())


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, subject="Export fails", body="It stops.")


@pytest.fixture
def checked(dana):
    """A client of a signed-in member whose CSRF tokens are checked."""
    browser = Client(enforce_csrf_checks=True)
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    browser.force_login(dana.user, backend=backend)
    return browser


def send(browser, path, data, origin="http://testserver", **headers):
    return browser.post(path, data, headers={"Origin": origin, **headers})


class TestNotFound:
    @pytest.fixture
    def others(self, ticket):
        member = factories.member(factories.organization("Globex"), "eve@globex.example")
        return factories.ticket(member)

    def test_missing_and_hidden_tickets_read_the_same(self, browser, others):
        pages = set()
        for number in (others.number, 987654):
            response = browser.get(f"/support/tickets/{number}/")
            assert response.status_code == 404
            assert "no-store" in response["Cache-Control"]
            html = response.content.decode()
            text = f"There is no ticket #{number} that you can see. If it belongs to a colleague"
            assert text in html and HEADER in html and "Back to your tickets" in html
            pages.add(without_details(response))
        assert len(pages) == 1

    @pytest.mark.parametrize(
        "address", ["/support/nothing/here/", "/support/tickets/1001.", "/accounts/jwt/nobody/"]
    )
    def test_paths_of_the_portal_get_its_page(self, browser, ticket, address):
        response = browser.get(address)
        assert response.status_code == 404
        assert HEADER in response.content.decode()

    @pytest.mark.parametrize("address", ["/nothing/", "/nothing.html", "/supporters/"])
    def test_other_paths_keep_the_page_of_the_site(self, browser, ticket, address):
        response = browser.get(address)
        assert response.status_code == 404
        assert "portal" not in response.content.decode()

    def test_scripts_get_json(self, browser, ticket):
        response = browser.get("/support/tickets/987654/", headers={"Accept": "application/json"})
        assert response.status_code == 404
        assert response.json()["error"].startswith("There is no ticket #987654")


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        (SuspiciousOperation, 400, "We couldn’t read that request"),
        (PermissionDenied, 403, "You don’t have access to this page"),
        (StorageUnavailable, 503, "Not available right now"),
    ],
)
def test_refusals_say_what_to_do(browser, ticket, monkeypatch, error, status, heading):
    def fail(*args, **kwargs):
        raise error("SECRET")

    monkeypatch.setattr(views, "render_ticket", fail)
    response = browser.get(f"/support/tickets/{ticket.number}/")
    assert response.status_code == status
    html = response.content.decode()
    assert f'<h1 class="portal-title">{heading}</h1>' in html
    assert HEADER in html and "SECRET" not in html and "no-store" in response["Cache-Control"]
    scripted = browser.get(
        f"/support/tickets/{ticket.number}/", headers={"Accept": "application/json"}
    )
    assert scripted.status_code == status and scripted.json()["error"]
    # Elsewhere on the site, it's the site's page.
    monkeypatch.setattr("wagtail.models.Page.serve", fail)
    browser.raise_request_exception = False
    assert "portal" not in browser.get("/").content.decode()


def test_method_that_is_not_allowed(browser, ticket):
    response = browser.post("/accounts/updates/1001/")
    assert response.status_code == 405
    assert response["Allow"]
    assert HEADER in response.content.decode()


def test_too_many_attempts(home, settings):
    settings.WAGTAIL_PORTAL = {"SESSIONS_PER_CLIENT": 1}
    for number in range(2):
        response = Client().post("/accounts/login/", {"login": f"kim{number}@nowhere.example"})
    assert response.status_code == 429
    assert HEADER in response.content.decode()


def test_form_that_is_too_large(checked, ticket, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = send(checked, f"/support/tickets/{ticket.number}/reply/", {"body": "x" * 2000})
    assert response.status_code == 413
    assert "too large to send" in response.content.decode()


class TestServerError:
    @pytest.fixture
    def failing(self, monkeypatch, browser):
        def fail(*args, **kwargs):
            raise RuntimeError("Nothing works any more")

        monkeypatch.setattr(views, "render_ticket", fail)
        monkeypatch.setattr(actions, "reply", fail)
        browser.raise_request_exception = False
        return browser

    def test_page_needs_no_database_and_the_error_is_reported_once(
        self, failing, ticket, settings, monkeypatch
    ):
        settings.ADMINS = factories.admins("admin@site.example")

        def fail(*args, **kwargs):
            def refuse(*args, **kwargs):
                raise AssertionError("The error page used the database")

            monkeypatch.setattr(connection, "cursor", refuse)
            raise RuntimeError("Nothing works any more")

        monkeypatch.setattr(views, "render_ticket", fail)
        response = failing.get(f"/support/tickets/{ticket.number}/")
        monkeypatch.undo()
        assert response.status_code == 500
        html = response.content.decode()
        assert HEADER in html and "Something went wrong" in html
        assert 'href="/support/"' in html
        assert len(mail.outbox) == 1
        assert "Nothing works any more" in mail.outbox[0].body

    def test_what_was_written_can_be_sent_again(self, failing, ticket):
        data = {"body": "My only copy", "submission_key": KEY}
        response = send(failing, f"/support/tickets/{ticket.number}/reply/", data)
        assert response.status_code == 500
        html = response.content.decode()
        assert "My only copy</div>" in html
        assert f'name="submission_key" value="{KEY}"' in html
        assert "Send again" in html

    def test_rest_of_the_site_keeps_its_page(self, failing, ticket, settings, monkeypatch):
        def fail(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr("wagtail.models.Page.serve", fail)
        response = failing.get("/")
        assert response.status_code == 500
        assert "portal" not in response.content.decode()


class TestCsrf:
    def test_reply_with_an_old_token_can_be_sent_again(self, checked, ticket):
        address = f"/support/tickets/{ticket.number}/reply/"
        data = {"body": "My only <copy>", "submission_key": KEY, "attachments-kept": "abc/run.log"}
        response = send(checked, address, {**data, "csrfmiddlewaretoken": "a" * 64})
        html = response.content.decode()
        assert response.status_code == 403
        assert HEADER in html and "Nothing was sent yet" in html
        assert "My only &lt;copy&gt;" in html and "Attached: run.log" in html
        assert ticket.messages.count() == 1

        form = html.partition('class="portal-kept"')[2]
        inputs = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        assert inputs["submission_key"] == KEY and inputs["attachments-kept"] == "abc/run.log"
        del inputs["attachments-kept"]
        response = send(checked, address, {**inputs, "body": data["body"]})
        assert response.status_code == 302
        assert response.cookies["wagtail_portal_sent"].value == KEY
        assert ticket.messages.last().body == "My only <copy>"

    def test_files_have_to_be_attached_again(self, checked, ticket):
        data = {"body": "See below", "attachments": [factories.upload("run.log")]}
        response = send(checked, f"/support/tickets/{ticket.number}/reply/", data)
        html = response.content.decode()
        assert "Attach “run.log” again" in html
        assert 'name="attachments" required' in html

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
    def test_form_of_another_site_cannot_be_sent_again(self, checked, ticket, origin):
        headers = {"Origin": origin} if origin else {}
        data = {"body": "Close my account", "submission_key": KEY}
        response = checked.post(f"/support/tickets/{ticket.number}/reply/", data, headers=headers)
        html = response.content.decode()
        assert response.status_code == 403
        assert ("Close my account" in html) == (origin is None)
        assert HEADER in html and "Send again" not in html
        assert KEY not in html

    def test_button_leads_back_to_its_page(self, checked, ticket):
        response = send(checked, f"/support/tickets/{ticket.number}/close/", {})
        html = response.content.decode()
        assert response.status_code == 403
        assert f'href="/support/tickets/{ticket.number}/"' in html
        assert "Send again" not in html

    def test_sign_in_page_never_repeats_what_was_entered(self, home):
        browser = Client(enforce_csrf_checks=True)
        response = send(browser, "/accounts/login/code/confirm/", {"code": "ABC 123"})
        html = response.content.decode()
        assert response.status_code == 403
        assert "Nothing was sent yet" in html and "ABC 123" not in html

    def test_other_pages_keep_the_page_of_the_site(self, checked, ticket):
        response = send(checked, "/", {"body": "A comment"})
        assert response.status_code == 403
        assert "CSRF verification failed" in response.content.decode()

    def test_valid_token_is_accepted(self, checked, ticket):
        page = checked.get(f"/support/tickets/{ticket.number}/").content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        data = {"body": "On time", "csrfmiddlewaretoken": token}
        response = send(checked, f"/support/tickets/{ticket.number}/reply/", data)
        assert response.status_code == 302


class TestCompression:
    PAGE = "wagtail_portal.middleware.CompressionMiddleware"

    @pytest.fixture
    def compressed(self, settings, dana):
        settings.MIDDLEWARE = [self.PAGE, *settings.MIDDLEWARE]
        browser = Client(headers={"Accept-Encoding": "gzip"})
        backend = "allauth.account.auth_backends.AuthenticationBackend"
        browser.force_login(dana.user, backend=backend)
        return browser

    def test_pages_are_compressed_and_padded_at_random(self, compressed, ticket):
        path = f"/support/tickets/{ticket.number}/"
        answers = [compressed.get(path) for _time in range(6)]
        assert {answer["Content-Encoding"] for answer in answers} == {"gzip"}
        assert "It stops." in gzip.decompress(answers[0].content).decode()
        # Django adds up to a hundred bytes, so that the length tells nothing.
        assert len({len(answer.content) for answer in answers}) > 1
        plain = compressed.get(path, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain
        assert "It stops." in plain.content.decode()

    def test_files_are_sent_as_they_are(self, compressed, home, dana):
        file = factories.upload("log.txt", b"again and again " * 100)
        ticket = factories.ticket(dana, attachments=[file])
        path = f"/support/files/{ticket.messages.get().attachments.get().pk}/"
        for headers, status in (({}, 200), ({"Range": "bytes=0-9"}, 206)):
            response = compressed.get(path, headers=headers)
            assert response.status_code == status
            assert response.get("Content-Encoding") != "gzip"
            assert b"".join(response.streaming_content).startswith(b"again and "[:10])
