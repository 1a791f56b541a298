"""What agents write by email, and what the team decides about later."""

from django.core import mail

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError
from wagtail_portal.models import MessageKind, Reason, ReceivedState
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.reply_addresses import sign_reply_address

from .conftest import MAILBOX
from .emails import email, passed


def test_agents_answer_to_an_internal_note_is_a_note(
    arrive, incoming, ticket, team, django_capture_on_commit_callbacks
):
    incoming.agents_reply_by_email = True
    incoming.save()
    ticket.assignee = team.user
    ticket.save()
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        actions.add_note(ticket, by=Actor.for_agent(factories.agent()), body="Are they angry?")
    (sent,) = (message for message in mail.outbox if message.to == [team.user.email])
    raw = email(
        "Very.",
        sender=team.user.email,
        to=sent.reply_to[0],
        results=passed("company.example"),
        headers=(f"In-Reply-To: {sent.extra_headers['Message-ID']}",),
    )
    row = arrive(raw)
    assert (row.state, row.message.kind) == (ReceivedState.ADDED, MessageKind.NOTE)
    assert row.message.body == "Very."


def test_agents_email_with_nothing_but_the_number_waits(arrive, incoming, ticket, team):
    incoming.agents_reply_by_email = True
    incoming.save()
    row = arrive(
        email(
            "What do you think of this customer?",
            sender=team.user.email,
            to=f"colleague@company.example, {MAILBOX}",
            subject=f"#{ticket.number}",
            results=passed("company.example"),
        )
    )
    assert (row.state, row.reason, row.ticket) == (ReceivedState.HELD, Reason.AGENT, ticket)
    assert ticket.messages.count() == 1


def test_refused_reply_is_still_accepted_into_its_ticket(arrive, ticket, dana, team, monkeypatch):
    def refuse(*args, **kwargs):
        raise ActionError

    with monkeypatch.context() as patch:
        patch.setattr("wagtail_portal.actions.email.process_email.add_email", refuse)
        row = arrive(email(to=sign_reply_address(MAILBOX, ticket.number, dana.pk)))
    assert (row.state, row.reason) == (ReceivedState.HELD, Reason.REFUSED)
    assert (row.ticket, row.member, row.verdict) == (ticket, dana, "pass")
    added = actions.accept_email(row, by=team)
    assert (added.ticket, added.member) == (ticket, dana)


def test_email_with_the_null_sender_is_automatic(arrive, ticket, dana):
    to = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    for number, sender in enumerate(("", "<>", "MAILER-DAEMON")):
        row = arrive(email(f"I'm away. {number}", to=to), envelope_from=sender)
        assert (row.state, row.reason) == (ReceivedState.IGNORED, Reason.AUTOMATIC)
    assert arrive(email("I'm back.", to=to)).state == ReceivedState.ADDED
