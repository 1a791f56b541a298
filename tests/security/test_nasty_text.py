"""Text that no database takes, at every place where text comes in: none of it is an error of ours.

NUL can't be stored by PostgreSQL, and lone surrogates by no database. Browsers send neither, but
programs do: in JSON, percent-encoded, in headers and in names of files.
"""

import uuid
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.rollback import rolled_back
from tests.signin.tokens import ENTRANCE, ISSUER, ORIGIN, claims, forge
from wagtail_portal.models import Attachment, Organization, Role
from wagtail_portal.signin.scope import portal_scope
from wagtail_portal.utils.text import is_storable, storable

pytestmark = pytest.mark.long

NASTY = ("\0", "a\0b\ud800\uffff\u202e\x1b%00")
#: As URLs and forms carry it: surrogates are no valid UTF-8 and arrive as other characters.
texts = st.text(st.sampled_from([*"\0\ud800\udfff\u200b\u202e\uffff\x1b\r\n", *"aé 1@.#\"'%{}🙂"]))
fuzzed = settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def nasty(test):
    """Give a test nasty texts, one after the other, of which none leaves anything behind."""
    for text in NASTY:
        test = example(text)(test)
    return fuzzed(given(texts)(test))


def encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


@pytest.fixture
def site(home, dana, acme):
    """A portal in which a bit of everything can be asked for."""
    form = factories.form_page(home)
    form.audience = "anyone"
    form.save()
    ticket = factories.ticket(dana, attachments=[factories.upload()])
    return {"form": form, "ticket": ticket, "number": ticket.number}


def check(response) -> None:
    assert response.status_code < 500, getattr(response, "exc_info", None)
    b"".join(response.streaming_content) if response.streaming else response.content.decode()


# Single sign-on


@nasty
def test_claims(home, dana, settings, text):
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [{**ISSUER, "new_members": True}]}
    Organization.objects.filter(pk=dana.organization_id).update(external_id="acme")
    names = ("email", "jti", "name", "organization", "iss", "aud", "sub", "iat", "email_verified")
    for name in names:
        with rolled_back():
            browser = Client(raise_request_exception=False)
            said = claims(dana.email, organization="acme", **{} if name == "email" else {})
            said[name] = text
            if name == "name":
                said["email"] = "new@acme.example"
            for sent in (forge(said), forge(said, kid=text), forge(said, alg=text)):
                check(browser.post(ENTRANCE, {"jwt": sent}, headers={"Origin": ORIGIN}))
                check(browser.get(ENTRANCE, {"jwt": sent}))
            check(browser.get("/support/"))


@nasty
def test_attributes_of_a_provider(home, dana, settings, text):
    # (allauth itself refuses an empty ID.)
    app = {"provider_id": "acme", "name": "Acme", "client_id": "x", "secret": "x"}
    app["settings"] = {"server_url": "http://127.0.0.1:9/"}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    for name in ("sub" if text else "email", "email", "name", "given_name", "picture", "other"):
        with rolled_back():
            response = arrive_from_provider(
                {"sub": "1", "email": dana.email, "email_verified": True, name: text}
            )
            check(response)
            for row in SocialAccount.objects.all():
                assert storable(row.extra_data) == row.extra_data
                assert is_storable(row.uid)


def arrive_from_provider(said: dict):
    """Sign in with what an OpenID provider says, and return the response."""
    request = RequestFactory().get("/accounts/oidc/acme/login/callback/")
    request.user = AnonymousUser()
    SessionMiddleware(lambda request: None).process_request(request)
    MessageMiddleware(lambda request: None).process_request(request)
    with current.request_context(request), portal_scope(request):
        provider = get_adapter().get_provider(request, "acme")
        try:
            login = provider.sociallogin_from_response(request, {"userinfo": said})
            login.state = {"process": "login"}
            return complete_social_login(request, login)
        except ImmediateHttpResponse as error:
            return error.response


# Forms, addresses, headers


@nasty
def test_forms_of_the_sign_in(home, dana, text):
    EmailAddress.objects.get_or_create(user=dana.user, email=dana.email, verified=True)
    for path, names in {
        "login/": ["login", "next"],
        "login/code/": ["email", "next"],
        "login/code/confirm/": ["code", "action", "next"],
        "jwt/dashboard/": ["jwt", "return_to"],
        "logout/": ["next"],
    }.items():
        for name in names:
            factories.forget_limits()
            browser = Client(raise_request_exception=False)
            if "confirm" in path:
                browser.post("/accounts/login/", {"login": dana.email})
            check(browser.post(f"/accounts/{path}", {"login": dana.email, name: as_sent(text)}))
            check(browser.get(f"/accounts/{path}?{name}={encoded(text)}"))


def as_sent(text: str) -> str:
    """Return text as a form carries it."""
    return text.encode("utf-8", "replace").decode()


FORMS = {
    "tickets/{number}/reply/": ["body", "attachments-kept", "preview", "submission_key"],
    "tickets/{number}/rating/": ["choice", "comment", "do"],
    "tickets/{number}/following/": ["choice", "following", "do"],
    "tickets/{number}/followers/": ["addresses", "followers", "remove"],
    "tickets/{number}/privacy/": ["private"],
    "tickets/{number}/fields/": ["severity"],
    "tickets/{number}/close/": ["body"],
    "tickets/{number}/reopen/": ["body"],
    "filters/": ["name", "query", "do", "tab"],
    "members/invite/": ["emails", "addresses", "note", "role"],
    "organization/": ["member", "next"],
    "profile/": ["name", "first_name", "language", "time_zone", "timezone"],
    "notifications/": ["own", "level", "do"],
    "invitation/": ["token"],
    "uploads/": ["form", "question"],
    "report/": ["subject", "description", "followers", "submission_key", "source", "visitor-email"],
    "view-as/": ["member", "q"],
    "new/": ["x"],
}


@nasty
@pytest.mark.parametrize("signed_in", [True, False])
def test_forms_of_the_portal(site, dana, acme, as_member, settings, signed_in, text):
    admin = factories.member(acme, f"{uuid.uuid4().hex}@acme.example", role=Role.ADMIN)
    browser = as_member(admin) if signed_in else Client()
    browser.raise_request_exception = False
    for path, names in FORMS.items():
        for name in names:
            factories.forget_limits()
            data = {"subject": "x", "description": "d", "body": "b", "name": "n"}
            data |= {name: as_sent(text), as_sent(text): "x"}
            with rolled_back():
                check(browser.post(f"/support/{path.format(**site)}", data))


PAGES = {
    "": ["q", "tab", "page", "period", "sort", "order", "columns", "status", "requester", "x"],
    "export/csv/": ["q", "tab", "status"],
    "filters/": ["name", "query", "tab"],
    "members/": ["q", "page", "role"],
    "members/history/": ["q", "page", "who"],
    "tickets/{number}/": ["page", "after", "q"],
    "invitation/": ["token"],
    "organization/": ["next"],
    "report/": ["subject", "description", "step", "source"],
    "view-as/": ["q"],
    "new/": ["q"],
    "profile/": ["next"],
    "notifications/": ["token"],
}


@nasty
def test_query_strings_and_paths(site, acme, as_member, text):
    admin = factories.member(acme, f"{uuid.uuid4().hex}@acme.example", role=Role.ADMIN)
    browser = as_member(admin)
    browser.raise_request_exception = False
    for path, names in PAGES.items():
        for name in names:
            response = browser.get(f"/support/{path.format(**site)}?{name}={encoded(text)}")
            check(response)
    for path in ("{}/", "tickets/{}/", "files/{}/", "export/{}/", "filters/{}/", "report/{}/"):
        check(browser.get("/support/" + path.format(encoded(text))))
        check(Client(raise_request_exception=False).get("/support/" + path.format(encoded(text))))


HEADERS = [
    *("User-Agent", "Referer", "Accept", "Accept-Language", "Origin", "Range", "If-Range"),
    *("If-None-Match", "If-Modified-Since", "X-Forwarded-For", "X-Requested-With"),
]


@nasty
def test_headers(site, dana, as_member, text):
    # As servers give headers to Django.
    value = text.encode("utf-8", "surrogatepass").decode("latin-1")
    file = Attachment.objects.first()
    browser = as_member(dana)
    browser.raise_request_exception = False
    browser.cookies["wagtail_portal_browser"] = browser.cookies["messages"] = value
    paths = ["", f"tickets/{site['number']}/", f"files/{file.pk}/", "report/"]
    for headers in [{name: value} for name in HEADERS] + [dict.fromkeys(HEADERS, value)]:
        for path in paths if len(headers) > 1 else paths[1:3]:
            check(browser.get(f"/support/{path}", headers=headers))
    check(browser.post(f"/support/{paths[1]}reply/", {"body": "x"}, headers=headers))
    stranger = Client(raise_request_exception=False)
    check(stranger.post("/accounts/login/", {"login": dana.email}, headers=headers))


@nasty
def test_names_of_files(site, dana, as_member, text):
    browser = as_member(dana)
    browser.raise_request_exception = False
    name = f"{as_sent(text)}.txt"
    for path, field in (("uploads/", "file"), (f"tickets/{site['number']}/reply/", "attachments")):
        for sent in (name, f"C:\\{name}", f"a.{as_sent(text)}"):
            file = SimpleUploadedFile("x.txt", b"text")
            file._name = sent
            with rolled_back():
                check(browser.post(f"/support/{path}", {field: file, "body": "x"}))


# The team


@nasty
def test_imports(home, text):
    browser = Client(raise_request_exception=False)
    browser.force_login(factories.agent(is_superuser=True))
    for kind in ("organizations", "members"):
        url = reverse("wagtail_portal_import", args=[kind])
        head = f"Name,Email,Organization,External ID,Role,{text}"
        content = f"{head}\n{text},{text}@x.example,{text},{text},{text}"
        data = content.encode("utf-8", "replace")
        with rolled_back():
            check(browser.post(url, {"file": SimpleUploadedFile("a.csv", data)}))
            check(browser.post(url, {"text": data.decode()}))
