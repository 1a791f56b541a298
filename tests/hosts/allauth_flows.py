"""Use the accounts of a site, and print every response and email as JSON.

``python -m tests.hosts.allauth_flows``, with ``tests.hosts.allauth_site`` as settings.
"""

import hmac
import json
import re
import struct
import sys
import time
from base64 import b32decode
from hashlib import sha1

import django

#: What differs each time.
RANDOM = [
    (r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1…"),
    (r"confirm-email/[-:\w]+", "confirm-email/…"),
    (r"password/reset/key/[-\w]+", "password/reset/key/…"),
    (r"state=\w+", "state=…"),
    (r"\b[A-Z2-7]{32}\b", "SECRET"),
    (r"data:image/svg[^\"]+", "data:…"),
    (r"challenge\": \"[-\w]+", "challenge…"),
    (r"\?v=\w+", "?v=…"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*|\w+\.? \d+, \d{4}, \d+(:\d+)? [ap]\.m\.", "TIME"),
    (r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "TIME"),
]


def cleaned(text: str) -> str:
    for pattern, replacement in RANDOM:
        text = re.sub(pattern, replacement, text)
    return text


class Visitor:
    """A browser that records what it gets."""

    def __init__(self, log: list):
        from django.test import Client

        self.client, self.log = Client(), log

    def get(self, url: str):
        return self._record("GET", url, self.client.get(url))

    def post(self, url: str, **data):
        return self._record("POST", url, self.client.post(url, data))

    def _record(self, method, url, response):
        from django.core import mail

        headers = {name: cleaned(value) for name, value in response.headers.items()}
        headers.pop("Content-Length", None)
        cookies = {
            name: {key: bool(value) if key == "expires" else value for key, value in row.items()}
            for name, row in response.cookies.items()
        }
        emails = [
            [cleaned(text) for text in (row.subject, row.from_email, *row.to, row.body)]
            for row in mail.outbox
        ]
        self.last_email = mail.outbox[-1].body if mail.outbox else ""
        mail.outbox.clear()
        body = cleaned(response.content.decode())
        request = f"{method} {cleaned(url)}"
        self.log.append([request, response.status_code, headers, cookies, body, emails])
        return response

    def link(self) -> str:
        """Return the link in the last email."""
        return re.search(r"http://testserver(/\S+)", self.last_email)[1]


def code_of(secret: str) -> str:
    """Return the code that an authenticator app shows now (RFC 6238)."""
    digest = hmac.new(b32decode(secret), struct.pack(">Q", int(time.time()) // 30), sha1).digest()
    (number,) = struct.unpack(">I", digest[digest[-1] & 15 :][:4])
    return f"{(number & 0x7FFFFFFF) % 10**6:06}"


def sign_up(log):
    visitor, password = Visitor(log), "corner-lathe-42"
    visitor.get("/accounts/")
    visitor.get("/accounts/signup/?next=/welcome/")
    visitor.post("/accounts/signup/", username="kim", email="no address")
    data = {"username": "kim", "email": "kim@site.example"}
    visitor.post("/accounts/signup/", **data, password1=password, password2=password)
    link = visitor.link()
    visitor.get("/accounts/confirm-email/")
    visitor.get("/accounts/login/")
    visitor.get(link)
    visitor.post(link)
    visitor.get("/accounts/login/?next=/welcome/")
    visitor.post("/accounts/login/", login="kim", password="wrong")
    visitor.post("/accounts/login/", login="kim", password=password)
    visitor.get("/welcome/")
    visitor.get("/accounts/login/")
    visitor.get("/accounts/email/")
    visitor.post("/accounts/email/", action_add="", email="kim@other.example")
    visitor.post("/accounts/email/", action_remove="", email="kim@other.example")
    visitor.get("/accounts/password/change/")
    visitor.get("/accounts/sessions/")
    visitor.get("/accounts/logout/")
    visitor.post("/accounts/logout/")
    visitor.post("/accounts/signup/", **data, password1=password, password2=password)
    visitor.get("/welcome/")


def reset_password(log):
    visitor = Visitor(log)
    visitor.get("/accounts/password/reset/")
    visitor.post("/accounts/password/reset/", email="unknown@site.example")
    visitor.post("/accounts/password/reset/", email="kim@site.example")
    url = visitor.get(visitor.link()).url
    visitor.get(url)
    visitor.post(url, password1="planer-spruce-7", password2="planer-spruce-7")
    visitor.post("/accounts/login/", login="kim", password="planer-spruce-7", remember="on")
    visitor.get("/welcome/")


def social_login(log):
    visitor = Visitor(log)
    visitor.get("/accounts/dummy/login/")
    url = visitor.post("/accounts/dummy/login/?next=/welcome/").url
    visitor.get(url)
    data = {"id": "7", "email": "sam@site.example", "email_verified": "on", "username": "sam"}
    visitor.post(url, **data)
    visitor.get("/welcome/")
    visitor.get("/accounts/3rdparty/")
    visitor.post("/accounts/logout/")
    url = visitor.post("/accounts/dummy/login/").url
    visitor.post(url, action="cancel")
    url = visitor.post("/accounts/dummy/login/").url
    # The provider knows no address, so allauth asks for one.
    url = visitor.post(url, id="8").url
    visitor.get(url)


def second_factor(log):
    from django.core.cache import cache

    visitor, login = Visitor(log), {"login": "kim", "password": "planer-spruce-7"}
    visitor.get("/accounts/2fa/")
    visitor.post("/accounts/login/", **login)
    visitor.get("/accounts/2fa/")
    url = visitor.get("/accounts/2fa/totp/activate/").url
    visitor.get(url)
    visitor.post(url, password=login["password"])
    page = visitor.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r"\b[A-Z2-7]{32}\b", page)[0]
    visitor.post("/accounts/2fa/totp/activate/", code="000000")
    visitor.post("/accounts/2fa/totp/activate/", code=code_of(secret))
    visitor.get("/accounts/2fa/")
    visitor.post("/accounts/logout/")
    visitor.post("/accounts/login/", **login)
    visitor.get("/accounts/2fa/authenticate/")
    visitor.post("/accounts/2fa/authenticate/", code=code_of(secret))
    # It was used already, and allauth remembers that in the cache.
    cache.clear()
    visitor.post("/accounts/2fa/authenticate/", code=code_of(secret))
    visitor.get("/welcome/")
    visitor.get("/accounts/reauthenticate/?next=/welcome/")
    visitor.get("/accounts/2fa/reauthenticate/")


def everything_else(log):
    visitor = Visitor(log)
    for url in ("/nowhere/", "/accounts/nowhere/", "/accounts/inactive/"):
        visitor.get(url)
    visitor.post("/admin/login/", username="kim", password="planer-spruce-7")


def main():
    django.setup()
    from django.apps import apps
    from django.conf import settings
    from django.core import mail
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    # Tables are made from the models, which takes a tenth of the time of all migrations.
    settings.MIGRATION_MODULES = {row.label: None for row in apps.get_app_configs()}
    # A debug page lists all URLs.
    setup_test_environment(debug=False)
    call_command("migrate", run_syncdb=True, verbosity=0)
    mail.outbox, log = [], []
    for flow in (sign_up, reset_password, social_login, second_factor, everything_else):
        flow(log)
    json.dump(log, sys.stdout)


if __name__ == "__main__":
    main()
