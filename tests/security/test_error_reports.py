"""What admins are emailed when a sign-in fails names no secret, code, token or address.

The reports are those of Django's ``AdminEmailHandler``, for a failure at every third query of a
request, or at each one with ``THOROUGH=1``.
"""

import logging
import uuid
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from traceback import walk_stack

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import DatabaseError, DataError, connection
from django.test import Client
from django.utils.log import AdminEmailHandler

from tests import factories
from tests.rollback import rolled_back
from tests.signin.test_code import ask_for_code, code_in
from tests.signin.test_reauthentication import needs_codes, signed_in
from tests.signin.test_reauthentication import request_code as ask_again
from tests.signin.tokens import ENTRANCE, ISSUER, ORIGIN, SECRET, token
from tests.thorough import THOROUGH
from wagtail_portal import actions, conf
from wagtail_portal.signin.jwt.issuers import find_issuer
from wagtail_portal.signin.jwt.tokens import read_token

#: As PostgreSQL names what was there already.
MESSAGE = "Nothing works any more: Key (email)=(dana@acme.example)"


class Reports(list):
    """The texts of the reports that were emailed."""

    def __init__(self, settings):
        settings.ADMINS = factories.admins("admin@site.example")
        super().__init__()

    @contextmanager
    def collected(self):
        handler, sent = AdminEmailHandler(include_html=True), len(mail.outbox)
        loggers = [logging.getLogger(name) for name in ("django.request", "django.security")]
        for logger in loggers:
            logger.addHandler(handler)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeHandler(handler)
        for message in mail.outbox[sent:]:
            if message.to == ["admin@site.example"]:
                html = [content for content, _type in message.alternatives]
                self.append("\n".join([message.subject, message.body, *html]))
        del mail.outbox[sent:]

    def at_queries(self, send, error=DatabaseError, *, in_page=False) -> None:
        """Send a request again and again, and let a later query of it fail each time.

        :param send: sends it; whatever it does is undone.
        :param in_page: whether the view is one of a page, which Wagtail finds with queries of its
            own before the view can protect anything.
        """
        for place in count(step=1 if THOROUGH else 3):
            queries = count()

            def execute(run, sql, params, many, context, place=place, queries=queries):
                is_control = sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
                if in_page and not is_in_private_view():
                    return run(sql, params, many, context)
                if not is_control and next(queries) == place:
                    raise error(MESSAGE)
                return run(sql, params, many, context)

            factories.forget_limits()
            with rolled_back(), self.collected(), connection.execute_wrapper(execute):
                send()
            if next(queries) <= place:
                return

    def hold_none_of(self, secrets) -> None:
        assert self, "Nothing failed."
        for report in self:
            for secret in secrets:
                assert secret.lower() not in report.lower(), secret


def is_in_private_view() -> bool:
    # A complete stack would read the lines of source code, too.
    frames = (frame for frame, _line in walk_stack(None))
    return any(Path(frame.f_code.co_filename).stem == "error_reports" for frame in frames)


@pytest.fixture
def reports(settings):
    return Reports(settings)


@pytest.fixture
def browser(home):
    return Client(raise_request_exception=False)


def with_session(browser) -> list[str]:
    return [cookie.value for name, cookie in browser.cookies.items() if name == "sessionid"]


def test_code_is_asked_for(reports, browser, dana):
    reports.at_queries(lambda: ask_for_code(browser, dana.email))
    reports.hold_none_of([dana.email])


def test_code_is_entered(reports, browser, dana):
    ask_for_code(browser, dana.email)
    code = code_in(mail.outbox[0])
    url = f"/accounts/login/code/confirm/?next=/support/%3Fcode={code}"
    session = browser.cookies["sessionid"].value

    def send():
        browser.cookies["sessionid"] = session
        browser.post(url, {"code": code, "action": "verify"})

    reports.at_queries(send)
    reports.hold_none_of([code, code.replace("-", ""), dana.email, session])


@needs_codes
def test_code_confirms_a_signed_in_user(reports, home, dana):
    browser = signed_in(dana)
    browser.raise_request_exception = False
    ask_again(browser, dana.email)
    code = code_in(mail.outbox[-1])
    reports.at_queries(
        lambda: browser.post("/accounts/reauthenticate/code/confirm/", {"code": code})
    )
    reports.hold_none_of([code, dana.email, *with_session(browser)])


@pytest.mark.parametrize("way", ["post", "get", "confirm"])
def test_token(reports, browser, dana, settings, way):
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [ISSUER]}
    sent = token(dana.email, name="Dana Reyes-Okafor")
    url = ENTRANCE if way == "post" else f"{ENTRANCE}confirm/"

    def send():
        if way == "get":
            browser.get(ENTRANCE, {"jwt": sent})
        else:
            browser.post(url, {"jwt": sent}, headers={"Origin": ORIGIN})
        browser.cookies.clear()

    reports.at_queries(send)
    reports.hold_none_of([sent, sent.rpartition(".")[2], SECRET, dana.email, "Reyes-Okafor"])


@pytest.mark.parametrize("method", ["get", "post"])
def test_invitation(reports, home, acme, method):
    invited = actions.invite_member(acme, by=factories.SYSTEM, email="kim@acme.example")
    _invitation, key = invited
    mail.outbox.clear()
    ask_for_code(Client(), "kim@acme.example")
    user = get_user_model().objects.get(email="kim@acme.example")
    user.emailaddress_set.update(verified=True)
    browser = Client(raise_request_exception=False)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    send = getattr(browser, method)
    reports.at_queries(lambda: send("/support/invitation/", {"token": key}), in_page=True)
    reports.hold_none_of([key, "kim@acme.example", *with_session(browser)])


def test_form_of_a_visitor(reports, browser, home, dana, django_capture_on_commit_callbacks):
    form = factories.form_page(home)
    form.audience = "anyone"
    form.save()
    data = {"subject": "x", "description": "d", "visitor-email": dana.email}
    data["submission_key"] = uuid.uuid4()
    with django_capture_on_commit_callbacks(execute=True):
        url = browser.post("/support/report/", data).url
    code = code_in(mail.outbox[0])
    session = browser.cookies["sessionid"].value
    reports.at_queries(lambda: browser.post("/support/report/", data), in_page=True)
    reports.hold_none_of([code, dana.email, session])
    reports.clear()

    def send():
        browser.cookies["sessionid"] = session
        browser.post(url, {"code": code})

    reports.at_queries(send, in_page=True)
    reports.hold_none_of([code, code.replace("-", ""), dana.email, session])


def test_report_still_says_where_it_happened(reports, browser, dana):
    reports.at_queries(lambda: ask_for_code(browser, dana.email), DataError)
    for report in reports:
        assert "DataError" in report
        assert "/accounts/login/" in report
        assert "Nothing works any more" in report
    assert any("provision_if_expected" in report for report in reports)


def test_values_are_shown_while_debugging(reports, browser, dana, settings):
    settings.DEBUG = True
    with connection.execute_wrapper(lambda *args: 1 / 0):
        page = ask_for_code(browser, dana.email).content.decode()
    assert "ZeroDivisionError" in page
    assert dana.email in page


def test_settings_name_no_secret(settings, home):
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [ISSUER]}
    issuer = find_issuer("dashboard")
    assert SECRET not in repr(issuer)
    assert SECRET not in repr(conf.load())
    claims = read_token(issuer, token("dana@acme.example", name="Dana Reyes"))
    assert "Dana" not in repr(claims)
    assert "dana@" not in repr(claims)
