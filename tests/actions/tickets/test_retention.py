"""Retention: old tickets are deleted or anonymized as the portal settings say, and nothing else."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.models import ModelLogEntry

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    Attachment,
    Member,
    PortalSettings,
    Ticket,
    TicketLogEntry,
    UndoStep,
    portal_storage,
)
from wagtail_portal.search import Query, backend

DAY = timedelta(days=1)


@pytest.fixture
def rules(home):
    """Set rules of the default site."""
    settings = PortalSettings.for_site(home.get_site())

    def change(**months):
        for name, number in months.items():
            setattr(settings, f"{name}_months", number)
        settings.save()
        return settings

    return change


def closed(member, days: int, **kwargs) -> Ticket:
    """A ticket with a file that was closed a number of days ago."""
    ticket = factories.ticket(member, attachments=[factories.upload("secret.log")], **kwargs)
    actions.close_ticket(ticket, by=factories.SYSTEM)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=timezone.now() - days * DAY)
    ticket.refresh_from_db()
    return ticket


def history() -> list[dict]:
    found = ModelLogEntry.objects.filter(action="wagtail_portal.apply_retention")
    return [row.data for row in found.order_by("pk")]


def test_nothing_happens_by_default(rules, dana):
    rules()
    closed(dana, 5000)
    assert actions.apply_retention() == 0
    assert Ticket.objects.count() == 1 and not history()


def test_old_tickets_are_deleted_with_everything(rules, dana, django_capture_on_commit_callbacks):
    rules(delete=24)
    old, young = closed(dana, 800), closed(dana, 600)
    reopened = closed(dana, 800)
    actions.reopen_ticket(reopened, by=factories.SYSTEM)
    name = old.messages.get().attachments.get().file.name
    assert portal_storage().exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.apply_retention() == 1
    assert set(Ticket.objects.all()) == {young, reopened}
    assert not TicketLogEntry.objects.filter(ticket=old.pk).exists()
    assert not portal_storage().exists(name)
    assert [{**row, "side": ""} for row in history()] == [{"side": "", "deleted": 1}]
    assert actions.apply_retention() == 0
    assert len(history()) == 1


def test_batches_go_on_where_the_last_one_stopped(rules, dana):
    rules(delete=1)
    for _number in range(3):
        closed(dana, 90)
    assert [actions.apply_retention(most=2) for _run in range(3)] == [2, 1, 0]
    assert [row["deleted"] for row in history()] == [2, 1]


def test_legal_hold_keeps_tickets_and_people(rules, dana, acme, caplog):
    acme.legal_hold = True
    acme.save()
    rules(delete=1, anonymize=1, attachments=1, log=1)
    ticket = closed(dana, 90)
    assert actions.apply_retention() == 0
    with pytest.raises(Invalid, match="legal hold"):
        actions.delete_ticket(ticket, by=factories.SYSTEM)
    with pytest.raises(Invalid, match="legal hold"):
        actions.anonymize_ticket(ticket, by=factories.SYSTEM)
    with pytest.raises(Invalid, match="legal hold"):
        actions.erase_member(dana, by=factories.SYSTEM, remove_texts=False)


def test_anonymized_ticket_keeps_only_what_reports_count(rules, dana, team):
    choice = factories.ticket_field("Severity", choices=[("High", "red")])
    text = factories.ticket_field("Contact", type="text")
    key = choice.choices.get().key
    ticket = closed(
        dana, 90, subject="Quillfeather", values={choice.key: key, text.key: "Quillfeather"}
    )
    UndoStep.objects.create(
        ticket=ticket,
        user=team.user,
        form={"body": ["Quillfeather"]},
        expires_at=timezone.now() + DAY,
    )
    rules(anonymize=1)
    assert actions.apply_retention() == 1
    assert actions.apply_retention() == 0
    assert not UndoStep.objects.exists()
    before = ticket.number, ticket.closed_at, ticket.organization
    ticket.refresh_from_db()
    assert (ticket.number, ticket.closed_at, ticket.organization) == before
    assert ticket.subject == "Erased" and ticket.values == {choice.key: key}
    message = ticket.messages.get()
    assert message.body == "Erased" and message.author is None
    assert not Attachment.objects.exists()
    assert not TicketLogEntry.objects.for_instance(ticket).exists()
    assert ticket.requester.name == "Former member"
    assert not Ticket.objects.visible_to(Member.objects.get(pk=dana.pk)).exists()
    assert not list(backend().find(Ticket.objects.all(), Query.parse("Quillfeather"), notes=True))

    # One former member stands for all.
    closed(dana, 90)
    actions.apply_retention()
    assert Ticket.objects.values("requester").distinct().count() == 1


def test_what_is_written_in_an_anonymized_ticket_is_erased_in_its_time(rules, dana):
    ticket = closed(dana, 90)
    rules(anonymize=1)
    assert actions.apply_retention() == 1
    actions.reply(ticket, by=factories.SYSTEM, body="Quillfeather")
    actions.close_ticket(ticket, by=factories.SYSTEM)
    Ticket.objects.update(closed_at=timezone.now() - 80 * DAY)
    assert actions.apply_retention() == 0
    past = timezone.now() - 80 * DAY
    Ticket.objects.update(team_updated_at=past, anonymized_at=past - DAY)
    assert [actions.apply_retention() for _run in range(2)] == [1, 0]
    assert {message.body for message in ticket.messages.all()} == {"Erased"}


def test_attachments_and_history_can_be_deleted_alone(rules, dana):
    ticket = closed(dana, 90)
    rules(attachments=1, log=4)
    assert actions.apply_retention() == 1
    assert not Attachment.objects.exists()
    assert TicketLogEntry.objects.for_instance(ticket).exists()
    rules(log=2)
    assert actions.apply_retention() == 1
    assert not TicketLogEntry.objects.for_instance(ticket).exists()
    ticket.refresh_from_db()
    assert ticket.messages.get().body == "Help!"


@pytest.mark.parametrize("error", [Invalid("Broken"), RuntimeError("Search is down")])
def test_one_ticket_that_fails_does_not_stop_the_others(rules, dana, monkeypatch, caplog, error):
    rules(delete=1)
    first = closed(dana, 91)
    closed(dana, 90)
    delete = Ticket.delete

    def fail(self, *args, **kwargs):
        if self.pk == first.pk:
            raise error
        return delete(self, *args, **kwargs)

    monkeypatch.setattr(Ticket, "delete", fail)
    with caplog.at_level(logging.CRITICAL):
        assert actions.apply_retention() == 1
    assert set(Ticket.objects.all()) == {first}


def test_as_many_that_fail_as_a_batch_leave_the_others_their_turn(rules, dana, monkeypatch, caplog):
    rules(delete=1)
    failing = {closed(dana, days).pk for days in (92, 91)}
    closed(dana, 90)
    delete = Ticket.delete

    def fail(self, *args, **kwargs):
        if self.pk in failing:
            raise RuntimeError("Search is down")
        return delete(self, *args, **kwargs)

    monkeypatch.setattr(Ticket, "delete", fail)
    with caplog.at_level(logging.CRITICAL):
        # Two of three are tried each time.
        assert sum(actions.apply_retention(most=2) for _run in range(40)) == 1
    assert set(Ticket.objects.values_list("pk", flat=True)) == failing
