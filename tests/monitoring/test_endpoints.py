"""What monitoring systems are told: everyone whether it works, and those with the token why."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from wagtail_portal import actions, health
from wagtail_portal.exceptions import Invalid, RateLimited
from wagtail_portal.models import PendingRequest

TOKEN = {"Authorization": "Bearer t0ken"}
LIVE, READY, WORK = "/accounts/health/live/", "/accounts/health/ready/", "/accounts/health/work/"
METRICS = "/accounts/metrics/"


@pytest.fixture
def monitor(home, settings):
    settings.WAGTAIL_PORTAL = {"MONITORING_TOKEN": "t0ken", "REPLIES_PER_HOUR": 1}
    return Client()


def down(execute, sql, params, many, context):
    raise OperationalError("dana@acme.example can't connect to 10.0.0.1")


def test_working_portal(monitor, django_assert_num_queries):
    actions.run_sweeps()
    for url in (LIVE, READY, WORK):
        response = monitor.get(url)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
    assert response.json() == {"status": "ok"}
    with django_assert_num_queries(0):
        monitor.get(LIVE)
    with django_assert_num_queries(1):
        monitor.get(READY)


def test_portal_without_a_database(monitor):
    with connection.execute_wrapper(down):
        assert monitor.get(LIVE).status_code == 200
        response = monitor.get(READY)
        assert response.status_code == 503 and response.json() == {"status": "failing"}
        (check,) = monitor.get(READY, headers=TOKEN).json()["checks"]
    assert check["key"] == "database" and check["detail"] == "Not working: OperationalError."


def test_someone_signed_in_is_answered_without_their_session(monitor):
    def no_sessions(execute, sql, params, many, context):
        if "django_session" in sql:
            raise OperationalError("no such table")
        return execute(sql, params, many, context)

    monitor.force_login(factories.staff("Support managers"))
    with connection.execute_wrapper(no_sessions):
        for url, status in ((LIVE, 200), (READY, 200), (WORK, 503), (METRICS, 404)):
            assert monitor.get(url).status_code == status


def test_overdue_work_leaves_the_process_ready(monitor, caplog):
    assert monitor.get(WORK).status_code == 503
    assert not caplog.records
    assert monitor.get(READY).status_code == 200


def test_details_are_for_those_with_the_token_or_the_permission(monitor):
    checks = monitor.get(WORK, headers=TOKEN).json()["checks"]
    assert [row["key"] for row in checks] == list(health.WORK)
    for wrong in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}):
        assert monitor.get(WORK, headers=wrong).json() == {"status": "failing"}
        assert monitor.get(METRICS, headers=wrong).status_code == 404
    monitor.force_login(factories.agent())
    assert "checks" not in monitor.get(WORK).json()
    monitor.force_login(factories.staff("Support managers"))
    assert "checks" in monitor.get(WORK).json()


def test_no_token_is_no_password(monitor, settings):
    settings.WAGTAIL_PORTAL = {}
    assert "checks" not in monitor.get(WORK, headers={"Authorization": "Bearer "}).json()


# -- Metrics -------------------------------------------------------------------------------------


def value(text: str, name: str) -> float:
    return next((float(row.split()[-1]) for row in text.splitlines() if row.startswith(name)), 0)


def test_metrics(monitor, home, customer, dana, team):
    def read() -> str:
        return monitor.get(METRICS, headers=TOKEN).content.decode()

    names = {
        "sent": 'portal_emails_total{event="reply_added",outcome="sent"}',
        "limited": 'portal_refusals_total{reason="REPLIES_PER_HOUR"}',
        "wrong": 'portal_refusals_total{reason="incorrect_code"}',
    }
    before = {key: value(read(), name) for key, name in names.items()}
    ticket = factories.ticket(dana, notify=False)
    actions.reply(ticket, by=team, body="Try again")
    text = read()
    assert value(text, 'portal_waiting{check="emails"}') == 1
    assert value(text, 'portal_waiting_seconds{check="emails"}') > 0
    assert value(text, 'portal_ok{check="worker"}') == 0
    actions.run_sweeps()
    actions.reply(ticket, by=customer, body="It works")
    with pytest.raises(RateLimited):
        actions.reply(ticket, by=customer, body="Thanks")
    request = PendingRequest.objects.create(
        form=factories.form_page(home),
        site=ticket.site,
        code_digest="x",
        code_expires_at=timezone.now() + timedelta(minutes=5),
    )
    with pytest.raises(Invalid):
        actions.confirm_request(request, code="WRNG-CODE")
    text = read()
    assert {key: value(text, name) - before[key] for key, name in names.items()} == {
        "sent": 1,
        "limited": 1,
        "wrong": 1,
    }
    assert value(text, 'portal_ok{check="worker"}') == 1


def test_request_times_name_the_view_but_no_path(monitor, settings, dana):
    settings.MIDDLEWARE = ["wagtail_portal.metrics.metrics_middleware", *settings.MIDDLEWARE]
    monitor = Client()
    monitor.force_login(dana.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    monitor.get("/support/")
    monitor.get(reverse("wagtail_portal_signin:account_login"))
    text = monitor.get(METRICS, headers=TOKEN).content.decode()
    assert 'portal_request_seconds_count{method="GET",status="200",view="portal_tickets"}' in text
    assert "/support/" not in text
