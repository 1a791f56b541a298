"""Whether the portal works: what needs attention, in the command, the admin and the alerts."""

import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from wagtail_portal import actions, health
from wagtail_portal.models import (
    Alert,
    BulkChange,
    Delivery,
    DiscardedFile,
    Notification,
    SweepState,
)

AGO = timedelta(minutes=16)
PAGE = "wagtail_portal_system_status"


@pytest.fixture
def working(home):
    """A portal whose worker has just run."""
    call_command("portal_worker", once=True)


@pytest.fixture
def waiting(working, team, dana):
    """An email to Dana that hasn't been sent yet."""
    actions.reply(factories.ticket(dana, notify=False), by=team, body="Try again")


def problems() -> set[str]:
    return {reading.key for reading in health.check_health() if not reading.is_ok}


def has_failed():
    Notification.objects.update(state=Delivery.FAILED)


def is_stuck():
    user = factories.agent()
    BulkChange.objects.create(user=user, total=9, active_until=timezone.now() - AGO)


def test_nothing_needs_attention(waiting, capsys):
    call_command("portal_status")
    shown = capsys.readouterr().out
    assert "FAIL" not in shown
    assert all(f"ok   {key}: " in shown for key in health.CHECKS)


def test_worker_that_never_ran(home, capsys):
    with pytest.raises(CommandError, match="Needs attention: worker."):
        call_command("portal_status")
    assert "FAIL worker: The worker has never run." in capsys.readouterr().out
    call_command("portal_status", "emails", "files")
    assert capsys.readouterr().out.count("ok  ") == 2
    with pytest.raises(CommandError, match="Needs attention: worker."):
        call_command("portal_status", "worker")
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("portal_status", "workers")


def test_worker_that_has_stopped(waiting):
    long_ago = timezone.now() - AGO
    SweepState.objects.filter(pk="digests").update(due_at=long_ago)
    Notification.objects.update(due_at=long_ago)
    assert problems() == {"worker", "emails"}
    # A worker is busy with it.
    SweepState.objects.update(claimed_until=timezone.now() + AGO)
    assert problems() == {"emails"}


def test_mail_server_that_is_down(waiting, mail_server):
    mail_server(up=False)
    SweepState.objects.update(due_at=timezone.now())
    actions.run_sweeps()
    assert problems() == {"emails"}


def test_what_else_needs_attention(waiting, settings):
    has_failed()
    is_stuck()
    DiscardedFile.objects.create(name="x", attempts=99)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert problems() == {"failed_emails", "runs", "files", "cache"}
    # Failed long ago, and an address that someone has mistyped.
    Notification.objects.update(retry_until=timezone.now() - timedelta(days=2))
    secret = Notification.objects.get()
    secret.pk, secret.event, secret.message = None, "sign_in", None
    secret.retry_until = timezone.now()
    secret.save()
    assert "failed_emails" not in problems()


def test_storage_that_refuses_files(working, settings, tmp_path):
    gone = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    (tmp_path / "file").touch()
    gone["OPTIONS"] = {"location": tmp_path / "file" / "attachments"}
    settings.STORAGES = settings.STORAGES | {"portal": gone}
    assert problems() == {"storage"}


def test_missing_migration(working):
    health.require_migrations.cache_clear()
    MigrationRecorder.Migration.objects.filter(app="wagtail_portal").latest("pk").delete()
    assert problems() == {"migrations"}


# -- In the Wagtail admin ------------------------------------------------------------------------


def menu_of(user) -> str:
    browser = Client()
    browser.force_login(user)
    return browser.get(reverse("wagtailadmin_home")).content.decode()


def test_problems_are_counted_in_the_menu_of_people_in_charge(waiting):
    manager, agent = factories.staff("Support managers"), factories.agent()
    assert "System status" in menu_of(manager) and "Support (" not in menu_of(manager)
    has_failed()
    is_stuck()
    cache.clear()
    assert "Support (2)" in menu_of(manager)
    assert "Support (" not in menu_of(agent) and "System status" not in menu_of(agent)


def test_page_shows_the_same_figures_to_people_in_charge(waiting):
    has_failed()
    browser = Client()
    browser.force_login(factories.staff("Support managers"))
    page = browser.get(reverse(PAGE)).content.decode()
    for reading in health.check_health():
        assert str(reading.label) in page and reading.detail in page
    browser.force_login(factories.agent())
    assert browser.get(reverse(PAGE)).status_code == 302


# -- Alerts --------------------------------------------------------------------------------------


@pytest.fixture
def alerts(waiting, settings, django_capture_on_commit_callbacks):
    """Return ``alerts()``, which returns the alerts that are emailed now."""
    settings.WAGTAIL_PORTAL = {"ALERT_EMAILS": ["ops@site.example"]}

    def run():
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            actions.send_alerts(most=100)
        return [message for message in mail.outbox if message.to == ["ops@site.example"]]

    return run


def test_each_kind_of_problem_is_emailed_once_a_day(alerts):
    assert alerts() == []
    has_failed()
    (email,) = alerts()
    assert "something needs attention" in email.subject
    assert "1 email has failed in the last 24 hours." in email.body
    assert reverse(PAGE) in email.body
    assert alerts() == []
    is_stuck()
    (email,) = alerts()
    assert "Interrupted bulk changes" in email.body and "failed" not in email.body
    Alert.objects.update(sent_at=timezone.now() - timedelta(days=1))
    assert len(alerts()) == 1


def test_failing_outbox_is_only_logged(alerts, caplog):
    Notification.objects.update(due_at=timezone.now() - AGO)
    with caplog.at_level(logging.ERROR):
        assert alerts() == []
    (line,) = [row.getMessage() for row in caplog.records]
    assert line.startswith("Needs attention: emails. 1 is waiting")


def test_admins_are_told_if_nobody_is_named(alerts, settings):
    settings.WAGTAIL_PORTAL = {}
    settings.ADMINS = factories.admins("ops@site.example")
    has_failed()
    assert len(alerts()) == 1
