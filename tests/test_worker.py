"""The worker: everything that has to happen regularly, and what it reports."""

import os
import signal
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.actions.background import run_sweeps
from wagtail_portal.models import FormDraft, Invitation, SweepState
from wagtail_portal.permissions import Actor
from wagtail_portal.sweeps import MINUTE, SWEEPS, Sweep

DAY = timedelta(days=1)


@pytest.fixture
def waiting(home, team, dana):
    """An email to Dana that hasn't been sent yet."""
    ticket = factories.ticket(dana, notify=False)
    actions.reply(ticket, by=team, body="Try again")


def only(monkeypatch, *sweeps):
    monkeypatch.setattr(run_sweeps, "SWEEPS", sweeps)


def stop(*, most) -> int:
    """Stand for a sweep during which the process is told to stop."""
    os.kill(os.getpid(), signal.SIGTERM)
    return most


def test_one_run_does_everything_and_remembers_it(waiting, dana):
    begun = timezone.now()
    call_command("portal_worker", once=True)
    assert [message.to for message in mail.outbox] == [[dana.email]]
    states = SweepState.objects.in_bulk()
    assert set(states) == {sweep.name for sweep in SWEEPS}
    assert all(state.last_success_at >= begun and not state.error for state in states.values())
    assert states["drafts"].due_at > begun + DAY - MINUTE
    # Nothing is due now.
    assert actions.run_sweeps() == (False, [])


def test_failure_is_reported_and_stops_nothing_else(waiting, mail_server):
    mail_server(up=False)
    with pytest.raises(CommandError, match="Failed: emails"):
        call_command("portal_worker", once=True)
    emails, others = SweepState.objects.get(pk="emails"), SweepState.objects.exclude(pk="emails")
    assert "none could be sent" in emails.error and emails.last_success_at is None
    assert not others.filter(last_success_at=None).exists()


@pytest.mark.parametrize("command", ["send_emails", "send_digests"])
def test_command_fails_if_no_email_gets_through(waiting, mail_server, command):
    mail_server(up=False)
    with pytest.raises(CommandError, match="none could be sent"):
        call_command(command)
    # It isn't due again yet, so nothing fails.
    call_command(command)


def test_another_worker_has_the_sweep(waiting):
    SweepState.objects.create(name="emails")
    now = timezone.now()
    claim = SweepState.objects.claim("emails", now=now, lease=MINUTE)
    assert claim and SweepState.objects.claim("emails", now=now, lease=MINUTE) is None
    actions.run_sweeps()
    assert not mail.outbox
    # That worker has died.
    SweepState.objects.update(claimed_until=now)
    actions.run_sweeps()
    assert len(mail.outbox) == 1
    assert not SweepState.objects.settle("emails", claim, error="late")


def test_worker_stops_after_the_batch_when_it_is_told_to(db, monkeypatch):
    stopping = Sweep("stopping", "Stop", MINUTE, "tests.test_worker.stop")
    only(monkeypatch, stopping, Sweep("other", "Other", MINUTE, "tests.test_worker.stop"))
    before = signal.getsignal(signal.SIGTERM)
    call_command("portal_worker")
    assert SweepState.objects.get(pk="stopping").last_success_at
    assert SweepState.objects.get(pk="other").last_success_at is None
    assert signal.getsignal(signal.SIGTERM) == before


def test_large_work_is_done_in_batches(db, monkeypatch):
    for number in range(5):
        Session.objects.create(session_key=f"s{number}", expire_date=timezone.now() - DAY)
    Session.objects.create(session_key="new", expire_date=timezone.now() + DAY)
    function = "wagtail_portal.signin.sessions.discard_sessions"
    only(monkeypatch, Sweep("sessions", "Sessions", DAY, function, most=2))
    assert actions.run_sweeps() == (True, [])
    assert Session.objects.count() == 4
    call_command("portal_worker", once=True)
    assert Session.objects.get().session_key == "new"


def test_old_drafts_and_expired_invitations_are_deleted(home, acme, dana, customer):
    form = factories.form_page(home)
    actions.save_form_draft(form, by=customer, data={"subject": ["My export"]})
    actions.invite_member(acme, by=Actor.system(), email="kim@acme.example")
    actions.run_sweeps()
    assert FormDraft.objects.exists() and Invitation.objects.exists()
    long_ago = timezone.now() - 91 * DAY
    FormDraft.objects.update(updated_at=long_ago)
    Invitation.objects.update(expires_at=long_ago)
    SweepState.objects.update(due_at=long_ago)
    actions.run_sweeps()
    assert not FormDraft.objects.exists() and not Invitation.objects.exists()
