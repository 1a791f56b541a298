"""Taking back a reply before its email is sent."""

import json
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.utils import timezone

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.actions.tickets._snapshot import put_back, snapshot
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    Attachment,
    BulkChange,
    Delivery,
    Message,
    Notification,
    Status,
    Ticket,
    TicketLogEntry,
    TicketReadState,
    UndoStep,
    snooze_of,
)
from wagtail_portal.notifications.outbox import send_all
from wagtail_portal.permissions import Actor

SECONDS = timedelta(seconds=1)


def fresh(ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def logged(ticket) -> list[str]:
    entries = TicketLogEntry.objects.filter(ticket=ticket).order_by("id")
    return [entry.action.removeprefix("wagtail_portal.") for entry in entries]


def send_after(seconds: int) -> None:
    later = timezone.now() + seconds * SECONDS
    send_all(clock=lambda: later)


def bulk_change(by, ticket, **arguments) -> BulkChange:
    run = actions.begin_bulk_change(by=by, verb="update", tickets=[ticket.pk], arguments=arguments)
    return actions.continue_bulk_change(run)


@pytest.fixture
def replied(ticket, team):
    """Return ``replied(**arguments)``, which sends a reply that can be undone."""

    def reply(**arguments) -> UndoStep:
        reply = {"body": "Try again", **arguments}
        message = actions.answer_ticket(ticket, by=team, reply=reply)
        return UndoStep.objects.get(message=message)

    return reply


def test_email_waits_and_leaves_unless_the_reply_is_undone(ticket, team, replied):
    send_after(0)
    mail.outbox.clear()
    step = replied()
    send_after(8)
    assert not mail.outbox
    send_after(11)
    assert [message.to for message in mail.outbox] == [["dana@acme.example"]]
    with pytest.raises(Invalid, match="already been sent"):
        actions.undo(step, by=team)
    assert ticket.messages.count() == 2
    with pytest.raises(Invalid, match="too late"):
        actions.undo(step, by=team, at=timezone.now() + 11 * SECONDS)


def test_undoing_puts_everything_back(ticket, team, customer, replied):
    before, history = fresh(ticket), logged(ticket)
    send_after(0)
    mail.outbox.clear()
    status = factories.status("closed")
    step = replied(attachments=[factories.upload()], status=status)
    assert fresh(ticket).status == status and fresh(ticket).assignee == team.user
    step = actions.undo(step, by=team)
    after = fresh(ticket)
    for name in ("status", "assignee", "last_reply", "closed_at", "waiting_since", "updated_at"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.first_answered_at is None and after.newest_message == before.newest_message
    assert logged(ticket) == [*history, "undo"]
    # The customer's page doesn't show it any longer, nor does the search find it.
    assert not Message.objects.filter(body="Try again").exists()
    assert after.shared_revision > before.shared_revision
    # The file can be sent again.
    file = Attachment.objects.unsent_by(team.user).get()
    assert step.form["body"] == ["Try again"] and str(file.pk) in step.form["attachments-kept"][0]
    send_after(100)
    assert not mail.outbox
    # Undoing again changes nothing.
    assert actions.undo(step, by=team).form == step.form
    actions.reply(ticket, by=team, body="Once more", attachments=[file])


def test_changes_made_with_the_reply_are_undone_unless_changed_again(ticket, team, replied):
    field = factories.ticket_field("Version", type="text")
    actions.snooze(ticket, by=team)
    history = logged(ticket)
    message = actions.answer_ticket(
        ticket,
        by=team,
        reply={"body": "Fixed", "status": factories.status("closed")},
        fields={"values": {field.key: "2.0"}, "urgency": "low"},
    )
    assert snooze_of(fresh(ticket)) is None
    actions.change_fields(ticket, by=team, values={}, urgency="high")
    actions.undo(UndoStep.objects.get(message=message), by=team)
    after = fresh(ticket)
    assert after.values == {} and after.urgency == "high" and after.status.key == "on-hold"
    assert snooze_of(after).is_active
    assert logged(ticket) == [*history, "change_fields", "undo"]
    assert not Notification.objects.filter(state=Delivery.DUE, message__body="Fixed").exists()


def test_later_status_keeps_all_that_belongs_to_it(ticket, team):
    actions.snooze(ticket, by=team)
    solved = factories.status("closed")
    reply = {"body": "Fixed", "status": solved}
    message = actions.answer_ticket(ticket, by=team, reply=reply)
    also_closed = Status.objects.create(name="Rejected", key="rejected", state=solved.state)
    actions.change_status(ticket, by=team, status=also_closed)
    closed_at = fresh(ticket).closed_at
    actions.undo(UndoStep.objects.get(message=message), by=team)
    after = fresh(ticket)
    assert after.status == also_closed and snooze_of(after) is None
    assert after.closed_at == closed_at is not None and after.waiting_since is None


def test_undone_bulk_change_snoozes_the_ticket_again(ticket, team):
    until = timezone.now() + timedelta(days=1)
    actions.snooze(ticket, by=team, until=until)
    before = fresh(ticket)
    run = actions.begin_bulk_change(by=team, verb="close", tickets=[ticket.pk])
    actions.continue_bulk_change(run)
    assert snooze_of(fresh(ticket)) is None
    actions.continue_bulk_change(actions.begin_undo(run, by=team))
    after = fresh(ticket)
    assert after.status.key == "on-hold" and after.closed_at is None
    assert after.waiting_since == before.waiting_since
    assert snooze_of(after).is_active and snooze_of(after).until == until
    actions.end_due_snoozes(at=until + SECONDS)
    assert fresh(ticket).status.key != "on-hold"


def test_undone_reply_leaves_out_what_was_deleted_meanwhile(ticket, team, replied):
    status = Status.objects.create(name="Triage", label="Triage", state="waiting_on_us")
    actions.change_status(ticket, by=team, status=status)
    step = replied(status=factories.status("closed"))
    closed_at = fresh(ticket).closed_at
    status.delete()
    actions.undo(step, by=team)
    after = fresh(ticket)
    assert (after.status.key, after.closed_at) == ("closed", closed_at)
    assert after.assignee is None and after.messages.count() == 1


def test_undone_bulk_change_leaves_out_who_was_deleted_meanwhile(ticket, team):
    manager = factories.staff("Support managers")
    actions.snooze(ticket, by=Actor.for_agent(manager))
    run = actions.begin_bulk_change(by=team, verb="close", tickets=[ticket.pk])
    actions.continue_bulk_change(run)
    manager.delete()
    assert actions.continue_bulk_change(actions.begin_undo(run, by=team)).failed == 0
    assert snooze_of(fresh(ticket)).is_active
    connection.check_constraints()


def test_undone_bulk_change_brings_archived_choices_back(ticket, team):
    field = factories.ticket_field("Product", choices=[("Old", "#111111"), ("New", "#222222")])
    old, new = field.choices.all()
    actions.change_fields(ticket, by=team, values={field.key: old.key})
    factories.change([old], archived=True)
    given = {"values": {field.key: new.key}}
    run = actions.begin_bulk_change(by=team, verb="field", tickets=[ticket.pk], arguments=given)
    actions.continue_bulk_change(run)
    assert fresh(ticket).values == {field.key: new.key}
    actions.continue_bulk_change(actions.begin_undo(run, by=team))
    assert fresh(ticket).values == {field.key: old.key}


@pytest.mark.parametrize("gone", ["field", "choice"])
def test_undone_bulk_change_brings_everything_else_back(ticket, team, customer, browser, gone):
    """What was deleted is as in any other ticket that had it."""
    field = factories.ticket_field("Product", choices=[("Old", "#111111"), ("New", "#222222")])
    old, new = field.choices.all()
    actions.change_fields(ticket, by=team, values={field.key: old.key})
    given = {"values": {field.key: new.key}, "status": factories.status("closed").pk}
    run = bulk_change(team, ticket, **given)
    {"field": field, "choice": old}[gone].delete()
    undone = actions.continue_bulk_change(actions.begin_undo(run, by=team))
    assert (undone.done, undone.problems) == (1, [])
    after = fresh(ticket)
    assert after.values == {field.key: old.key} and not after.status.is_closed
    for page in (
        browser.get(f"/support/tickets/{ticket.number}/"),
        signed_in(team.user).get(ticket_url("edit", ticket.pk)),
    ):
        assert page.status_code == 200


@pytest.mark.parametrize("by_group", [False, True])
def test_undone_bulk_change_assigns_to_no_one_who_may_no_longer_reply(ticket, team, by_group):
    colleague = factories.agent()
    group = Group.objects.create(name="Former team")
    group.permissions.set(colleague.groups.get().permissions.all())
    name, first = ("group", group) if by_group else ("assignee", colleague)
    actions.assign(ticket, by=team, **{name: first})
    run = bulk_change(team, ticket, status=factories.status("closed").pk, **{name: None})
    group.permissions.clear()
    factories.change([colleague], is_active=False)
    assert actions.continue_bulk_change(actions.begin_undo(run, by=team)).problems == []
    after = fresh(ticket)
    assert getattr(after, name) is None and not after.status.is_closed


def test_undoing_a_bulk_change_twice_undoes_it_once(ticket, team):
    run = bulk_change(team, ticket, urgency="high")
    first, second = (actions.begin_undo(run, by=team) for _time in range(2))
    assert first == second
    actions.continue_bulk_change(first)
    third = actions.continue_bulk_change(actions.begin_undo(run, by=team))
    assert third == first and (third.done, third.problems) == (1, [])
    # An undone change isn't undone.
    with pytest.raises(Invalid, match="too late"):
        actions.begin_undo(third, by=team)
    assert fresh(ticket).urgency == "normal"


def test_what_was_merged_meanwhile_is_not_undone(ticket, team, dana):
    run = bulk_change(team, ticket, urgency="high")
    actions.merge_tickets(ticket, by=factories.SYSTEM, into=factories.ticket(dana))
    undone = actions.continue_bulk_change(actions.begin_undo(run, by=team))
    locked = "This ticket was merged into another ticket and is locked."
    assert undone.problems == [[ticket.number, locked]]


def test_keys_of_users_may_be_of_any_type(ticket, team):
    ticket.assignee_id = uuid.uuid4()
    stored = json.loads(json.dumps(snapshot(ticket)))
    assert stored["assignee_id"] == str(ticket.assignee_id)
    put_back(ticket, {"assignee_id": str(team.user.pk)}, {"assignee_id"})
    assert ticket.assignee_id == team.user.pk


@pytest.mark.parametrize("reason", ["replied", "read"])
def test_undoing_is_refused_once_a_customer_knows_of_it(ticket, team, customer, replied, reason):
    step = replied()
    if reason == "replied":
        actions.reply(ticket, by=customer, body="Wait")
    else:
        actions.mark_read(ticket, by=customer, message=step.message)
    with pytest.raises(Invalid, match="replied since" if reason == "replied" else "already read"):
        actions.undo(step, by=team)
    # The email still leaves.
    mail.outbox.clear()
    send_after(11)
    assert mail.outbox


def test_undoing_is_refused_while_the_email_is_being_sent(ticket, team, replied):
    step = replied()
    row = Notification.objects.get(batch=step.batch, member__isnull=False)
    later = timezone.now() + 20 * SECONDS
    assert Notification.objects.claim(row.pk, now=later, lease=SECONDS)
    with pytest.raises(Invalid, match="already been sent"):
        actions.undo(step, by=team)
    assert ticket.messages.count() == 2


def test_only_its_author_undoes_a_reply(ticket, team, replied):
    step = replied()
    with pytest.raises(NotAllowed):
        actions.undo(step, by=Actor.for_agent(factories.agent()))
    assert ticket.messages.count() == 2 and not TicketReadState.objects.exists()


def test_form_sent_twice_adds_and_changes_once(ticket, team):
    key = "0c9b0e9e-4a8e-4f57-93f3-6c9c8f0a8a11"
    reply = {"body": "Try again", "submission_key": key}
    first = actions.answer_ticket(
        ticket, by=team, reply=reply, fields={"values": {}, "urgency": "low"}
    )
    actions.change_fields(ticket, by=team, values={}, urgency="high")
    again = actions.answer_ticket(
        ticket, by=team, reply=reply, fields={"values": {}, "urgency": "low"}
    )
    assert again == first and fresh(ticket).urgency == "high"
    assert UndoStep.objects.count() == 1


def test_other_text_sent_with_the_same_form_changes_too(ticket, team):
    key = "0c9b0e9e-4a8e-4f57-93f3-6c9c8f0a8a11"
    for body, urgency in (("Try again", "low"), ("Try once more", "high")):
        actions.answer_ticket(
            ticket,
            by=team,
            reply={"body": body, "submission_key": key},
            fields={"values": {}, "urgency": urgency},
        )
        assert fresh(ticket).urgency == urgency
    assert ticket.messages.count() == 3


def test_form_sent_twice_changes_once(ticket, team):
    reply = {"body": "Try again", "submission_key": "0c9b0e9e-4a8e-4f57-93f3-6c9c8f0a8a11"}
    first = actions.answer_ticket(ticket, by=team, reply=reply)
    history = logged(ticket)
    fields = {"values": {}, "urgency": "low"}
    again = actions.answer_ticket(ticket, by=team, reply=reply, fields=fields, close=True)
    assert again == first and ticket.messages.count() == 2 and logged(ticket) == history
    assert fresh(ticket).urgency == "normal" and not fresh(ticket).status.is_closed
    assert UndoStep.objects.count() == 1


def test_without_seconds_replies_are_sent_at_once(ticket, team, settings):
    settings.WAGTAIL_PORTAL = {"UNDO_SEND_SECONDS": 0}
    actions.answer_ticket(ticket, by=team, reply={"body": "Try again"})
    assert not UndoStep.objects.exists()
    mail.outbox.clear()
    send_after(1)
    assert mail.outbox


def test_what_can_no_longer_be_undone_is_deleted(ticket, team, replied):
    replied()
    assert actions.discard_undo_steps() == 0
    assert actions.discard_undo_steps(at=timezone.now() + 11 * SECONDS) == 1
