"""No line of the log, and no error report, names an address, a code, a token or someone's text.

Everything is captured twice: as the portal's own formatter writes it, and as any other would.
"""

import logging
import uuid
from io import StringIO

import django
import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import DataError, IntegrityError, connection
from django.test import Client, RequestFactory
from django.utils.log import AdminEmailHandler

from tests import factories
from tests.signin.test_code import ask_for_code, code_in
from wagtail_portal import actions
from wagtail_portal.logs import (
    LineFormatter,
    describe_error,
    request_id_middleware,
    scrub,
    scrub_sentry_event,
    scrub_structlog_event,
)
from wagtail_portal.notifications import outbox

TEXT = "My password is swordfish"
VISITOR = "kim@visitor.example"
FILTER = "wagtail_portal.utils.error_reports.PrivateReportFilter"


class RefusingBackend(EmailBackend):
    """An email server that knows none of the recipients, and says so."""

    def send_messages(self, messages):
        from smtplib import SMTPRecipientsRefused

        raise SMTPRecipientsRefused({row: (550, row.encode()) for row in messages[0].to})


@pytest.fixture
def lines(settings):
    """What the portal's formatter writes."""
    yield from captured(logging.getLogger(), LineFormatter())


@pytest.fixture
def plain(settings):
    """What another formatter writes of the portal's own events."""
    formatter = logging.Formatter("%(name)s %(message)s")
    yield from captured(logging.getLogger("wagtail_portal"), formatter)


def captured(logger, formatter):
    stream, level = StringIO(), logger.level
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.setLevel(level)
    logger.removeHandler(handler)


@pytest.fixture
def reports(settings):
    """What is emailed to admins."""
    settings.ADMINS = factories.admins("admin@site.example")
    settings.DEFAULT_EXCEPTION_REPORTER_FILTER = FILTER
    logger = logging.getLogger("django.request")
    handler = AdminEmailHandler(include_html=True)
    handler.setLevel(logging.ERROR)
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


def quoting(error):
    """Let the database refuse what is written, and quote it."""

    def execute(run, sql, params, many, context):
        if sql.startswith("INSERT") and "message" in sql:
            raise error(f"refused\nDETAIL:  Failing row contains {params}.")
        return run(sql, params, many, context)

    return connection.execute_wrapper(execute)


def test_whole_scenario(
    home, dana, team, settings, lines, plain, reports, django_capture_on_commit_callbacks
):
    browser = Client(raise_request_exception=False)
    ask_for_code(browser, dana.email)
    code = code_in(mail.outbox[-1])
    confirm = "/accounts/login/code/confirm/"
    browser.post(confirm, {"code": "WRNG-CDXX", "action": "verify"})
    browser.post(confirm, {"code": code, "action": "verify"})
    ticket = factories.ticket(dana, "Printer", notify=False)
    url = f"/support/tickets/{ticket.number}/reply/"
    assert browser.post(url, {"body": TEXT, "submission_key": uuid.uuid4()}).status_code == 302
    for error in (IntegrityError, DataError, ValueError):
        with quoting(error):
            key = uuid.uuid4()
            response = browser.post(url, {"body": TEXT, "submission_key": key})
        # Someone else may just have done the same, so it can be tried again.
        assert response.status_code == (200 if error is IntegrityError else 500)

    form = factories.form_page(home)
    form.audience = "anyone"
    form.save()
    stranger = Client(raise_request_exception=False)
    data = {"subject": TEXT, "description": TEXT, "visitor-email": VISITOR}
    with django_capture_on_commit_callbacks(execute=True):
        page = stranger.post("/support/report/", data | {"submission_key": uuid.uuid4()}).url
    form_code = code_in(mail.outbox[-1])
    stranger.post(page, {"code": "WRNG-CDXX"})
    with quoting(ValueError):
        stranger.post(page, {"code": form_code})

    _invitation, token = actions.invite_member(
        dana.organization, by=factories.SYSTEM, email="lee@acme.example"
    )
    browser.get(f"/support/nothing/{token}/", {"token": token})
    browser.get(f"/support/{dana.email}/")
    actions.reply(ticket, by=team, body=TEXT)
    here = f"{__name__}.RefusingBackend"
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": here}}
    else:
        settings.EMAIL_BACKEND = here
    assert outbox.send_due().failed

    sent = [row for row in mail.outbox if row.to == ["admin@site.example"]]
    written = {"lines": lines.getvalue(), "plain": plain.getvalue()}
    written["reports"] = "\n".join(
        "\n".join([row.subject, row.body, *(html for html, _type in row.alternatives)])
        for row in sent
    )
    assert "SMTPRecipientsRefused" in written["lines"] and "IntegrityError" in written["lines"]
    assert "SMTPRecipientsRefused" in written["plain"]
    assert len(sent) >= 3
    sessions = [row.cookies["sessionid"].value for row in (browser, stranger)]
    secrets = [dana.email, VISITOR, "lee@acme", "swordfish", code, form_code, token, *sessions]
    for where, text in written.items():
        for secret in secrets:
            assert secret.lower() not in text.lower(), (where, secret)


# -- The parts -----------------------------------------------------------------------------------


def record(message: str, *args, error=None) -> logging.LogRecord:
    info = error and (type(error), error, error.__traceback__)
    return logging.LogRecord("portal", logging.ERROR, "", 1, message, args, info)


def test_each_event_is_one_line_with_the_request_id():
    def view(request):
        try:
            raise ValueError(TEXT)
        except ValueError as error:
            response.content = LineFormatter().format(record("It\nfailed\x1b", error=error))
        return response

    response = django.http.HttpResponse()
    request = RequestFactory().get("/", headers={"X-Request-ID": "from-the-proxy"})
    answer = request_id_middleware(view)(request)
    line = answer.content.decode()
    assert answer.headers["X-Request-ID"] == "from-the-proxy"
    assert " ERROR portal [from-the-proxy] It\\nfailed?\\n" in line
    assert line.endswith("ValueError: [hidden]") and len(line.splitlines()) == 1
    forged = RequestFactory().get("/", headers={"X-Request-ID": "a\nb"})
    assert len(request_id_middleware(view)(forged).headers["X-Request-ID"]) == 32


@pytest.mark.parametrize(
    "text",
    [
        "{'dana@acme.example': (550, b'no')}",
        "/login/?email=dana%40acme.example",
        "Your code is BCDF-GHJK.",
        "/unsubscribe/WzEsMl0:1vPabc:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abc-_/",
        "jwt=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "sessionid 3fj2k4h5l6k7j8h9g0f1d2s3a4p5o6i7",
        "Duplicate entry 'Dana' for key 'name'",
    ],
)
def test_scrubbed_texts(text):
    assert "[hidden]" in scrub(text)
    hidden = ["dana@", "dana%", "GHJK", "1vPabc", "c2lnb", "3fj2", "Dana"]
    assert not any(word in scrub(text) for word in hidden)


def test_paths_of_code_are_not_hidden():
    text = 'File "/srv/wagtail_portal/actions/signin/record_address_change_2_of_everyone.py"'
    assert scrub(text) == text


def failure(message: str) -> Exception:
    try:
        try:
            raise OSError(f"{message} refused")
        except OSError as error:
            raise ValueError(message) from error
    except ValueError as error:
        return error


def test_causes_are_described_with_safe_messages():
    text = describe_error(failure("dana@acme.example"))
    assert "ValueError: [hidden]\nwhich was caused by:\n" in text
    assert text.endswith("OSError: [hidden] refused") and "in failure" in text


def test_sentry_gets_no_personal_data():
    error = failure(TEXT)
    event = {
        "event_id": "3fj2k4h5l6k7j8h9g0f1d2s3a4p5o6i7",
        "user": {"email": "dana@acme.example"},
        "request": {
            "method": "POST",
            "url": "https://site.example/support/",
            "data": {"body": TEXT},
            "query_string": f"q={TEXT}",
            "cookies": {"sessionid": "x"},
            "headers": {"Cookie": "x"},
        },
        "exception": {
            "values": [
                {"type": "OSError", "value": TEXT, "stacktrace": {"frames": [{"vars": TEXT}]}},
                {"type": "ValueError", "value": TEXT},
            ]
        },
        "breadcrumbs": {"values": [{"message": "to dana@acme.example"}]},
    }
    sent = scrub_sentry_event(event, {"exc_info": (type(error), error, None)})
    assert sent["event_id"] == event["event_id"] and sent["request"]["method"] == "POST"
    assert [row["value"] for row in sent["exception"]["values"]] == [
        "My password is swordfish refused",
        "[hidden]",
    ]
    sent["exception"]["values"].pop(0)
    assert not any(word in str(sent) for word in ("dana@", "swordfish", "cookies", "Cookie"))


def test_structlog_gets_no_personal_data():
    event = {
        "event": "sent to dana@acme.example",
        "request": "GET /invitation/?token=x",
        "request_id": "3fj2k4h5l6k7j8h9g0f1d2s3a4p5o6i7",
        "exc_info": failure(TEXT),
    }
    given = dict(event)
    sent = scrub_structlog_event(None, "error", event)
    assert sent["event"] == "sent to [hidden]" and sent["request"] == "GET /invitation/"
    assert sent["request_id"] == given["request_id"]
    assert "ValueError: [hidden]" in sent["exception"]
