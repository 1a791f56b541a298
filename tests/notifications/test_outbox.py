"""The outbox: when emails are sent, by which process, how often, and what the team sees of it."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import django
import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import (
    Delivery,
    FailingAddress,
    Message,
    Mute,
    Notification,
    Role,
    TicketScope,
)
from wagtail_portal.notifications import connections as connections_of_outbox
from wagtail_portal.notifications import headers, outbox
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import after_response
from wagtail_portal.utils.encryption import decrypt, encrypt
from wagtail_portal.utils.remembering import remembering

LIST = "wagtailsnippets_wagtail_portal_notification:list"
RETRY = "wagtailsnippets_wagtail_portal_notification:retry"


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, "Export fails", notify=False)


@pytest.fixture
def waiting(ticket, dana):
    """An email to Dana that hasn't been sent yet."""
    actions.reply(ticket, by=Actor.for_agent(factories.agent()), body="Try again")
    return Notification.objects.get()


def later(notification, **passed):
    """Return a clock that's stopped at the given time after the notification."""
    moment = notification.created_at + timedelta(**passed)
    return lambda: moment


class TestAttempts:
    def test_pauses_grow_until_the_email_fails_visibly(self, waiting, mail_server):
        mail_server(up=False)
        tries, now = [], waiting.created_at
        while waiting.state == Delivery.DUE:
            outbox.send_due(clock=lambda: now)  # noqa: B023 - called at once
            waiting.refresh_from_db()
            tries.append(now)
            now = waiting.due_at
        pauses = [after - before for before, after in zip(tries, tries[1:], strict=False)]
        assert pauses == sorted(pauses) and pauses[0] == timedelta(minutes=1)
        assert timedelta(hours=19) < tries[-1] - tries[0] < timedelta(hours=24)
        assert waiting.state == Delivery.FAILED and "ConnectionRefused" in waiting.error
        mail_server(up=True)
        assert outbox.send_due(clock=lambda: now + timedelta(days=3)).sent == 0

    def test_error_that_no_database_can_store_is_saved(self, waiting, monkeypatch):
        def fail(notification):
            raise LookupError("unknown encoding: \0\ud800x")

        monkeypatch.setattr(outbox, "build_email", fail)
        assert outbox.send(waiting.pk, clock=later(waiting)) is False
        waiting.refresh_from_db()
        assert waiting.error == "LookupError: unknown encoding: x" and waiting.claim is None

    def test_email_is_not_retried_before_it_is_due(self, waiting, mail_server):
        mail_server(up=False)
        outbox.send_due(clock=later(waiting))
        mail_server(up=True)
        assert outbox.send_due(clock=later(waiting, seconds=59)).sent == 0
        assert outbox.send_due(clock=later(waiting, seconds=60)).sent == 1

    def test_claim_of_a_dead_process_expires(self, waiting, settings):
        lease = timedelta(minutes=10)
        now = waiting.created_at
        assert Notification.objects.claim(waiting.pk, now=now, lease=lease)
        assert Notification.objects.claim(waiting.pk, now=now, lease=lease) is None
        assert outbox.send_due(clock=later(waiting, minutes=9)).sent == 0
        assert outbox.send_due(clock=later(waiting, minutes=10)).sent == 1
        waiting.refresh_from_db()
        assert waiting.attempts == 2

    def test_expired_claim_cannot_change_the_notification(self, waiting):
        lease, now = timedelta(minutes=10), waiting.created_at
        lost = Notification.objects.claim(waiting.pk, now=now, lease=lease)
        mine = Notification.objects.claim(waiting.pk, now=now + lease, lease=lease)
        assert not Notification.objects.settle(waiting.pk, lost, state=Delivery.FAILED)
        assert Notification.objects.settle(waiting.pk, mine, state=Delivery.SENT)

    def test_command_sends_emails_that_are_due(self, waiting, dana, capsys):
        call_command("send_emails")
        assert "1 emails sent" in capsys.readouterr().out
        assert [message.to for message in mail.outbox] == [[dana.email]]

    def test_sent_notifications_are_deleted_after_a_time(self, waiting, settings):
        settings.WAGTAIL_PORTAL = {"EMAIL_RETENTION_DAYS": 30}
        outbox.send_due(clock=later(waiting))
        outbox.send_due(clock=later(waiting, days=29))
        assert Notification.objects.exists()
        outbox.send_due(clock=later(waiting, days=31))
        assert not Notification.objects.exists()


# Two of them begin and end the transaction in which an email is counted.
@pytest.mark.parametrize(("from_team", "each"), [(True, 7), (False, 10)])
def test_each_further_email_takes_few_queries(home, acme, from_team, each):
    agent = factories.agent()
    members = [factories.member(acme) for _number in range(11)]
    tickets = [factories.ticket(member, assignee=agent, notify=False) for member in members]

    def queries(some):
        for ticket in some:
            by = Actor.for_agent(agent) if from_team else Actor.for_member(ticket.requester)
            actions.reply(ticket, by=by, body="Try again")
        mail.outbox.clear()
        with CaptureQueriesContext(connection) as found:
            outbox.send_due()
        assert len(mail.outbox) == len(some)
        return len(found)

    queries(tickets[:1])
    assert queries(tickets[1:4]) == 14 + each * 3
    assert queries(tickets[4:]) == 14 + each * 7


def test_each_email_is_read_again_from_few_tables(home, acme):
    """Writing a query for many tables takes Django longer than the rest of the email."""
    agent = Actor.for_agent(factories.agent())
    for _number in range(3):
        actions.reply(factories.ticket(factories.member(acme)), by=agent, body="Try again")
    with CaptureQueriesContext(connection) as found:
        assert outbox.send_due().sent == 6
    table = connection.ops.quote_name(Notification._meta.db_table)
    joins = [row["sql"].count(" JOIN ") for row in found if f"FROM {table}" in row["sql"]]
    together = joins.index(max(joins))
    assert len(joins[together + 1 :]) >= 6 and max(joins[together + 1 :]) <= 5


def update(row, **values):
    type(row)._base_manager.filter(pk=row.pk).update(**values)


class TestChangedMeanwhile:
    """What's changed after an email counts for the next one, although much is read for both."""

    @pytest.fixture
    def send(self, home, acme, dana, monkeypatch):
        """Return ``send(change)``, which sends an email to someone else, passes the notification of
        Dana's to ``change``, and returns Dana's email; None if it isn't sent."""
        agent, sent = Actor.for_agent(factories.agent()), []
        for member in (factories.member(acme), dana):
            ticket = factories.ticket(member, notify=False)
            actions.reply(ticket, by=agent, body="Try again")

        def send(change):
            def note(connection, email):
                sent.append(email)
                if len(sent) == 1:
                    change(Notification.objects.get(member=dana))

            monkeypatch.setattr(connections_of_outbox.Connection, "send", note)
            outbox.send_due()
            return next(iter(sent[1:]), None)

        return send

    @pytest.mark.parametrize(
        "change",
        [
            lambda row: update(row.recipient, is_active=False),
            lambda row: update(row.member, role=Role.objects.get(key=Role.NO_ACCESS)),
            lambda row: update(row.member.role, tickets=TicketScope.NONE),
            lambda row: update(row.member, organization=factories.organization()),
            lambda row: update(row.ticket, organization=factories.organization()),
            lambda row: update(row.ticket, requester=factories.member(row.member.organization)),
            lambda row: Mute.objects.create(ticket=row.ticket, member=row.member),
            lambda row: row.message.delete(),
        ],
    )
    def test_email_is_not_sent_any_more(self, send, change):
        assert send(change) is None

    def test_email_says_what_is_true_now(self, send):
        def change(row):
            update(row.recipient, email="new@acme.example")
            update(row.ticket, subject="Solved", status=factories.status("closed"))
            Message.objects.filter(pk=row.message_id).update(body="Erased")

        email = send(change)
        assert email.to == ["new@acme.example"] and email.subject.startswith("Re: Solved")
        assert "Erased" in email.body and "Try again" not in str(email.alternatives)

    def test_stopped_address_is_noticed_if_it_is_new(self, send, dana):
        def change(row):
            now = row.created_at
            address = FailingAddress(email="new@acme.example", since=now, last_at=now)
            address.stopped_at = now
            address.save()
            update(row.recipient, email="New@acme.example")

        assert send(change) is None
        assert "are returned" in Notification.objects.get(member=dana).error


def test_earlier_emails_are_found_for_an_old_email_among_many_newer_ones(ticket, monkeypatch):
    monkeypatch.setattr(headers, "MAX_REFERENCES", 2)
    agent = Actor.for_agent(factories.agent())
    for number in range(9):
        actions.reply(ticket, by=agent, body=str(number))
    keys = list(Notification.objects.order_by("pk").values_list("pk", flat=True))
    rows = Notification.objects.filter(pk__in=[keys[0], keys[4], keys[8]])
    expected = {row.pk: headers._earlier_message_ids(row) for row in rows}
    with remembering():
        headers.read_ahead(rows)
        for row in rows:
            assert headers._earlier_message_ids(row) == expected[row.pk]
    assert [len(expected[pk]) for pk in sorted(expected)] == [0, 2, 2]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_concurrent_processes_send_each_email_once(ticket):
    """Each process has its own database connection."""
    agent = Actor.for_agent(factories.agent())
    lease = timedelta(minutes=10)
    for number in range(5):
        actions.reply(ticket, by=agent, body=str(number))
    Notification.objects.update(state=Delivery.DUE)
    keys = list(Notification.objects.values_list("pk", flat=True))
    now = max(Notification.objects.values_list("due_at", flat=True))
    taken, start = [], threading.Barrier(4)

    def claim_all():
        start.wait()
        for pk in keys:
            if Notification.objects.claim(pk, now=now, lease=lease):
                taken.append(pk)
        connections.close_all()

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(keys)


@pytest.mark.skipif(django.VERSION < (6, 1), reason="there are no mailers before")
def test_configured_mailer_is_used(waiting, settings, dana):
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    nobody = {"BACKEND": smtp, "OPTIONS": {"host": "127.0.0.1", "port": 1}}
    locmem = {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    settings.MAILERS = {"default": nobody, "portal": locmem}
    settings.WAGTAIL_PORTAL = {"MAILER": "portal"}
    assert outbox.send_due(clock=later(waiting)).sent == 1
    assert [message.to for message in mail.outbox] == [[dana.email]]


class TestCodes:
    """Emails with sign-in codes."""

    def test_code_is_encrypted_while_queued_and_deleted_once_sent(self, client, home, dana):
        with held_back() as rows:
            client.post("/accounts/login/", {"login": dana.email})
        row = Notification.objects.get(pk=rows[0])
        code = decrypt(row.encrypted)["context"]["code"]
        table = str(list(Notification.objects.values()))
        assert code not in table and code.replace("-", "") not in table
        assert outbox.send_due().sent == 1
        assert code in mail.outbox[0].body
        assert not Notification.objects.exists()

    def test_expired_code_is_not_sent(self, client, home, dana, mail_server, settings):
        mail_server(up=False)
        client.post("/accounts/login/", {"login": dana.email})
        row = Notification.objects.get()
        assert (row.state, row.attempts) == (Delivery.DUE, 1)
        outbox.send_due(clock=later(row, minutes=14))
        row.refresh_from_db()
        assert row.state == Delivery.FAILED and row.encrypted == ""
        mail_server(up=True)
        assert outbox.send_due(clock=later(row, minutes=14, seconds=30)).sent == 0
        assert mail.outbox == []

    def test_code_queued_by_a_dead_process_expires(self, client, home, dana):
        with held_back() as rows:
            client.post("/accounts/login/", {"login": dana.email})
        row = Notification.objects.get(pk=rows[0])
        assert outbox.send_due(clock=later(row, minutes=15)).sent == 0
        row.refresh_from_db()
        assert (row.state, row.encrypted) == (Delivery.FAILED, "")

    def test_code_is_sent_after_the_response(self, client, home, dana):
        """Sending must not delay the response, because the delay would reveal whether the address
        is known."""
        answered = []

        class Watched(client.handler.__class__):
            def get_response(self, request):
                response = super().get_response(request)
                answered.append(len(mail.outbox))
                return response

        client.handler = Watched(enforce_csrf_checks=False)
        client.post("/accounts/login/", {"login": dana.email})
        assert answered == [0] and len(mail.outbox) == 1

    def test_encrypted_text_can_only_be_decrypted_with_the_sites_keys(self, settings):
        sealed = encrypt({"code": "LZPS-BGTP"})
        assert "LZPS" not in sealed and encrypt({"code": "LZPS-BGTP"}) != sealed
        old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
        with pytest.raises(ValueError, match="No key"):
            decrypt(sealed)
        settings.SECRET_KEY_FALLBACKS = [old]
        assert decrypt(sealed) == {"code": "LZPS-BGTP"}
        changed = ("A" if sealed[5] != "A" else "B").join([sealed[:5], sealed[6:]])
        with pytest.raises(ValueError, match="No key"):
            decrypt(changed)


@contextmanager
def held_back():
    """Leave emails in the outbox, as if the process had died before sending them."""
    rows: list = []

    def die(waiting):
        rows.extend(Notification.objects.values_list("pk", flat=True))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(after_response, "_work", die)
        yield rows


class TestInTheAdmin:
    @pytest.fixture
    def failed(self, waiting, mail_server):
        mail_server(up=False)
        outbox.send_due(clock=later(waiting))
        mail_server(up=True)
        waiting.refresh_from_db()
        return waiting

    @pytest.fixture
    def manager(self, client):
        user = factories.staff("Support managers")
        client.force_login(user)
        return user

    def test_list_shows_undelivered_emails_with_the_error(self, client, failed, manager, dana):
        page = client.get(reverse(LIST)).content.decode()
        assert dana.email in page and "<bdi>ConnectionRefusedError" in page
        Notification.objects.update(state=Delivery.SENT)
        page = client.get(reverse(LIST)).content.decode()
        assert dana.email not in page and "filter by state" in page
        assert dana.email in client.get(reverse(LIST), {"state": "sent"}).content.decode()

    def test_button_retries_an_email(
        self, client, failed, manager, dana, django_capture_on_commit_callbacks
    ):
        Notification.objects.update(state=Delivery.FAILED)
        url = reverse(RETRY, args=[failed.pk])
        assert url in client.get(reverse(LIST)).content.decode()
        url = f"{url}?state=failed"
        assert url in client.get(reverse(LIST), {"state": "failed", "p": 1}).content.decode()
        assert client.get(url).status_code == 405
        with django_capture_on_commit_callbacks(execute=True):
            # Back in the list as it was filtered.
            assert client.post(url).url == f"{reverse(LIST)}?state=failed"
        assert [message.to for message in mail.outbox] == [[dana.email]]
        with django_capture_on_commit_callbacks(execute=True):
            client.post(url)
        assert len(mail.outbox) == 1

    def test_permission_is_required(self, client, failed):
        url = reverse(RETRY, args=[failed.pk])
        for user in (factories.agent(), factories.staff("Editors")):
            client.force_login(user)
            assert client.get(reverse(LIST)).status_code == 302
            assert client.post(url).status_code in (302, 403)
            failed.refresh_from_db()
            assert failed.due_at > failed.created_at
            with pytest.raises(NotAllowed):
                actions.retry_emails(Notification.objects.all(), by=Actor.for_agent(user))

    def test_notifications_cannot_be_added_or_deleted(self, client, failed):
        client.force_login(factories.staff(is_superuser=True))
        page = client.get(reverse(LIST)).content.decode()
        assert "/notification/add/" not in page and "/notification/delete/" not in page

    def test_emails_with_codes_cannot_be_retried(self, client, home, dana, manager, mail_server):
        mail_server(up=False)
        client.logout()
        client.post("/accounts/login/", {"login": dana.email})
        client.force_login(manager)
        row = Notification.objects.get()
        assert reverse(RETRY, args=[row.pk]) not in client.get(reverse(LIST)).content.decode()
        before = row.due_at
        client.post(reverse(RETRY, args=[row.pk]))
        row.refresh_from_db()
        assert row.due_at == before

    def test_number_of_queries_does_not_depend_on_the_number_of_emails(
        self, client, failed, manager
    ):
        def queries():
            with CaptureQueriesContext(connection) as found:
                client.get(reverse(LIST))
            return len(found)

        queries()
        one = queries()
        agent = Actor.for_agent(factories.agent())
        for number in range(10):
            actions.reply(failed.ticket, by=agent, body=str(number))
        Notification.objects.update(attempts=1, error="x")
        assert queries() == one <= 20
