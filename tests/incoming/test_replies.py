"""Replies by email: which ticket they belong to, who wrote them, and that each is added once."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.utils import parseaddr

import pytest
from django.core import mail
from django.urls import reverse

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    Channel,
    Member,
    MessageKind,
    Notification,
    Reason,
    ReceivedEmail,
    ReceivedState,
)
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.reply_addresses import (
    read_reply_address,
    sign_message_id,
    sign_reply_address,
)

from .conftest import MAILBOX
from .emails import email, multipart, part, passed


def reply_address(ticket, member=None) -> str:
    return sign_reply_address(MAILBOX, ticket.number, member and member.pk)


def texts(ticket) -> list[str]:
    return list(ticket.messages.order_by("pk").values_list("body", flat=True))


def test_reply_to_the_signed_address_is_added_as_the_recipient(arrive, ticket, dana):
    text = "It works now, thanks.\n\n-- \nDana\n\nOn Mon, Robin wrote:\n> Try again\n"
    row = arrive(email(text, to=reply_address(ticket, dana), subject="Re: anything"))
    assert (row.state, row.ticket, row.member) == (ReceivedState.ADDED, ticket, dana)
    message = ticket.messages.latest("pk")
    assert (message.body, message.author, message.member) == (
        "It works now, thanks.",
        dana.user,
        dana,
    )
    assert "Try again" in message.quoted
    assert "Dana" in message.quoted


def test_same_email_is_added_once_however_often_it_arrives(arrive, ticket, dana):
    raw = email(to=reply_address(ticket, dana))
    first = arrive(raw)
    again = arrive(b"Received: from elsewhere\r\n" + raw.replace(b"\r\n", b"\n"))
    assert first == again
    assert actions.process_email(first.pk) is None
    # As if the process had died before it could note that it was done.
    ReceivedEmail.objects.update(state=ReceivedState.WAITING)
    assert actions.process_email(first.pk)
    assert texts(ticket).count("It works now, thanks.") == 1


def test_waiting_for_a_limit_is_no_failed_attempt(arrive, ticket, dana, settings):
    settings.WAGTAIL_PORTAL = {**settings.WAGTAIL_PORTAL, "REPLIES_PER_HOUR": 1}
    for number in (1, 2):
        row = arrive(email(f"Reply {number}", to=reply_address(ticket, dana)))
    assert (row.state, row.attempts) == (ReceivedState.WAITING, 0)
    ReceivedEmail.objects.filter(pk=row.pk).update(due_at=row.received_at)
    settings.WAGTAIL_PORTAL = {**settings.WAGTAIL_PORTAL, "REPLIES_PER_HOUR": 0}
    assert actions.process_email(row.pk)
    assert texts(ticket)[-2:] == ["Reply 1", "Reply 2"]


def test_reply_in_the_thread_and_reply_with_the_number_need_a_proven_participant(
    arrive, ticket, dana, team, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.reply(ticket, by=team, body="Try again.")
    ours = message_from_bytes(mail.outbox[-1].message().as_bytes(), policy=policy.default)
    thread = (f"In-Reply-To: {ours['Message-ID']}",)
    assert arrive(email("one", headers=thread)).ticket == ticket
    assert arrive(email("two", subject=f"AW: export (#{ticket.number})")).ticket == ticket
    assert texts(ticket)[-2:] == ["one", "two"]
    other = factories.member(dana.organization, "theo@acme.example")
    held = arrive(email("three", sender=other.email, headers=thread))
    assert (held.state, held.reason) == (ReceivedState.HELD, Reason.NOT_INVOLVED)
    forged = (f"In-Reply-To: <mail-1.ticket-{ticket.pk}.aaaaaaaaaaaaaaaa@testserver>",)
    # A Message-ID that isn't ours says nothing, so this opens a ticket.
    assert arrive(email("four", headers=forged)).ticket != ticket
    assert "three" not in texts(ticket)


@pytest.mark.parametrize("others", [30, 350])
@pytest.mark.parametrize("is_first", [True, False])
def test_email_of_ours_is_found_in_a_long_thread(arrive, ticket, dana, others, is_first):
    key = sign_message_id(f"1.{ticket.pk}")
    ours = f"<mail-1.ticket-{ticket.pk}.{key}@testserver>"
    thread = [
        f"<{number}.0123456789abcdef0123456789abcdef@mail.acme.example>" for number in range(others)
    ]
    thread.insert(0 if is_first else others, ours)
    row = arrive(email("In a long thread", headers=("References: " + "\r\n ".join(thread),)))
    assert (row.state, row.ticket) == (ReceivedState.ADDED, ticket)


def test_member_opens_a_ticket(arrive, incoming, dana):
    group = factories.Group.objects.get(name="Support agents")
    incoming.incoming_group, incoming.incoming_status = group, factories.status("in-progress")
    incoming.save()
    row = arrive(email("My printer is on fire.", subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?="))
    ticket = row.ticket
    assert (ticket.subject, ticket.channel, ticket.requester) == ("Grüße", Channel.MAIL, dana)
    assert (ticket.group, ticket.status.key) == (group, "in-progress")
    # The confirmation appears in the sender's own thread.
    assert "<one@acme.example>" in mail.outbox[-1].extra_headers["References"]


def test_unknown_sender_waits_or_opens_a_ticket(arrive, incoming):
    stranger = {"sender": "Kim <kim@new.example>", "results": passed("new.example")}
    held = arrive(email("Hello", **stranger))
    assert (held.state, held.reason) == (ReceivedState.HELD, Reason.UNKNOWN)
    incoming.unknown_senders = "open"
    incoming.save()
    row = arrive(email("Hello again", **stranger))
    assert row.ticket.requester.is_visitor
    assert row.ticket.requester.email == "kim@new.example"
    unproven = arrive(email("Hello?", sender="eva@new.example", results=""))
    assert (unproven.state, unproven.reason) == (ReceivedState.HELD, Reason.UNVERIFIED)
    assert not Member.objects.filter(user__email="eva@new.example").exists()


def test_visitor_replies(arrive, incoming, django_capture_on_commit_callbacks, team):
    visitor = actions.save_visitor("kim@new.example")
    ticket = factories.ticket(visitor, by=Actor.system())
    with django_capture_on_commit_callbacks(execute=True):
        actions.reply(ticket, by=team, body="Which version?")
    (sent,) = (message for message in mail.outbox if message.to == ["kim@new.example"])
    assert "reply to this email" in sent.body
    assert "Reply above this line" in sent.body
    found = read_reply_address(sent.reply_to[0], MAILBOX)
    assert (found.number, found.member) == (ticket.number, visitor.pk)
    sender = {"sender": "kim@new.example", "results": passed("new.example")}
    arrive(email("Version 8.", to=sent.reply_to[0], **sender))
    assert texts(ticket)[-1] == "Version 8."


def test_agent_replies_and_writes_a_note(arrive, incoming, ticket, team):
    to, sender = reply_address(ticket), team.user.email
    agent = {"to": to, "sender": sender, "results": passed("company.example")}
    held = arrive(email("Not yet", **agent))
    assert (held.state, held.reason) == (ReceivedState.HELD, Reason.AGENT)
    incoming.agents_reply_by_email = True
    incoming.save()
    arrive(email("Try again.\n\nOn Mon, Kim wrote:\n> secret note\n", **agent))
    arrive(email("#note\nThey are angry.", **agent))
    forged = arrive(email("Refund them.", **{**agent, "results": ""}))
    assert (forged.state, forged.reason) == (ReceivedState.HELD, Reason.UNVERIFIED)
    reply, note = ticket.messages.order_by("pk")[1:]
    assert (reply.body, reply.quoted, reply.from_team) == ("Try again.", "", True)
    assert (note.body, note.kind) == ("They are angry.", MessageKind.NOTE)


def test_closed_ticket_gets_a_follow_up(arrive, incoming, ticket, dana, team):
    actions.close_ticket(ticket, by=team)
    ticket.closed_at = ticket.opened_at - timedelta(days=2000)
    ticket.save()
    row = arrive(email("Again.", to=reply_address(ticket, dana)))
    assert row.ticket != ticket
    assert row.ticket.follow_up_to == ticket
    assert row.ticket.subject == ticket.subject


def test_reply_to_a_merged_ticket_goes_where_it_went_on(arrive, ticket, dana, team):
    into = factories.ticket(dana, "Another one")
    actions.merge_tickets(ticket, into=into, by=team)
    assert arrive(email("Again.", to=reply_address(ticket, dana))).ticket == into


def test_reply_goes_on_in_a_ticket_of_another_portal(arrive, ticket, dana, team):
    root = factories.Site.objects.get().root_page
    page = root.copy(update_attrs={"slug": "other"}, recursive=False)
    other = factories.Site.objects.create(hostname="other.example", root_page=page)
    into = factories.ticket(dana, site=other)
    actions.merge_tickets(ticket, into=into, by=team)
    row = arrive(email("Again.", to=reply_address(ticket, dana)))
    assert (row.state, row.ticket) == (ReceivedState.ADDED, into)


def test_files_are_attached_and_refused_ones_named(arrive, ticket, dana):
    raw = multipart(
        "mixed",
        part("See the log."),
        part("line\n", "text/plain", 'Content-Disposition: attachment; filename="app.log"'),
        part(
            "MZ\x90",
            "application/x-msdownload",
            'Content-Disposition: attachment; filename="x.exe"',
        ),
        to=reply_address(ticket, dana),
    )
    row = arrive(raw)
    message = ticket.messages.latest("pk")
    assert [file.name for file in message.attachments.all()] == ["app.log"]
    assert "x.exe" in message.body
    assert "x.exe" in row.detail


def test_automatic_emails_add_nothing(arrive, ticket, dana):
    to = reply_address(ticket, dana)
    before, state = texts(ticket), ticket.status
    for headers, reason in (
        (("Auto-Submitted: auto-replied",), Reason.AUTOMATIC),
        (("Precedence: auto_reply",), Reason.AUTOMATIC),
        (("X-Precedence: auto_reply",), Reason.AUTOMATIC),
        (("Preference: auto_reply",), Reason.AUTOMATIC),
        (
            ("Delivered-To: support@company.example", "Delivered-To: Autoresponder"),
            Reason.AUTOMATIC,
        ),
        (("List-Id: <all.acme.example>",), Reason.LIST),
        (("X-Spam-Flag: YES",), Reason.SPAM),
        (("Return-Path: <>",), Reason.AUTOMATIC),
    ):
        row = arrive(email(f"Away {headers}", to=to, headers=headers))
        assert row.reason == reason
    mail.outbox.clear()
    assert arrive(email("Loop", sender=f"Acme <{MAILBOX}>")).reason == Reason.LOOP
    ticket.refresh_from_db()
    assert (texts(ticket), ticket.status, mail.outbox) == (before, state, [])


def test_blocked_sender(arrive, incoming, dana):
    incoming.blocked_senders = "someone@else.example\nacme.example"
    incoming.save()
    row = arrive(email("Hello"))
    assert (row.state, row.reason) == (ReceivedState.SPAM, Reason.BLOCKED)


def test_bounces_stop_emails_to_an_address(
    arrive, incoming, ticket, dana, team, django_capture_on_commit_callbacks
):
    incoming.team_address = "team@company.example"
    incoming.save()
    actions.assign(ticket, by=team, assignee=team.user)
    for number in range(4):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            actions.reply(ticket, by=team, body=f"Reply {number}")
        sent = [message for message in mail.outbox if message.to == [dana.email]]
        if number == 3:
            assert sent == []
            break
        report = (
            "Reporting-MTA: dns; mx.acme.example\r\n\r\nFinal-Recipient: rfc822; dana@acme.example"
            "\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 No such user\r\n"
        )
        original = f"Message-ID: {sent[0].extra_headers['Message-ID']}\r\nSubject: x\r\n"
        raw = multipart(
            'report; report-type="delivery-status"',
            part("Sorry"),
            part(report, "message/delivery-status"),
            part(original, "text/rfc822-headers"),
            sender="MAILER-DAEMON@acme.example",
            message_id=f"<bounce{number}@acme.example>",
        )
        # One that anybody could write changes nothing.
        forged = original.replace("@", "x@")
        arrive(raw.replace(original.encode(), forged.encode()))
        row = arrive(raw)
        assert (row.reason, row.ticket) == (Reason.BOUNCE, ticket)
        assert "No such user" in row.detail
    # The assignee and the team were told, once.
    told = Notification.objects.filter(event="address_failed")
    assert sorted(row.to for row in told) == sorted([team.user.email, "team@company.example"])
    arrive(email("I can read again", to=reply_address(ticket, dana)))
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        actions.reply(ticket, by=team, body="Good")
    assert [message.to for message in mail.outbox] == [[dana.email]]


def test_team_decides(arrive, ticket, dana, team, home):
    to = reply_address(ticket, dana)
    mine = arrive(email("From my phone", to=to, results=""))
    other = arrive(
        email("From a stranger", to=to, sender="x@y.example", results=passed("y.example"))
    )
    assert [mine.reason, other.reason] == [Reason.UNVERIFIED, Reason.OTHER_ADDRESS]
    added = actions.accept_email(mine, by=team)
    assert (added.body, added.author, added.from_team) == ("From my phone", dana.user, False)
    note = actions.accept_email(other, by=team)
    assert note.kind == MessageKind.NOTE
    assert "x@y.example" in note.body
    with pytest.raises(Invalid):
        actions.accept_email(mine, by=team)


def test_keys_can_be_rotated(arrive, ticket, dana, settings):
    to = reply_address(ticket, dana)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert arrive(email(to=to.upper())).state == ReceivedState.ADDED
    settings.SECRET_KEY_FALLBACKS = []
    assert arrive(email("again", to=to, results="")).reason == Reason.UNVERIFIED


def test_catch_all_domain(arrive, incoming, ticket, dana):
    incoming.incoming_address = "@reply.company.example"
    incoming.save()
    to = sign_reply_address(incoming.incoming_address, ticket.number, dana.pk)
    assert re.fullmatch(r"\d+\.[0-9a-z]+@reply\.company\.example", to)
    assert parseaddr(to)[1] == to
    assert arrive(email(to=to)).ticket == ticket


def test_email_for_nobody_is_refused(home):
    with pytest.raises(Invalid):
        actions.receive_email(email())


def test_ten_turns_between_portal_and_inboxes(
    arrive, incoming, dana, team, django_capture_on_commit_callbacks
):
    """A customer who only uses email and an agent who also uses the portal: one thread by RFC 5322
    in both inboxes, and one conversation in the portal."""
    incoming.agents_reply_by_email = True
    incoming.save()
    opening = email("Turn 0", message_id="<start@acme.example>")
    ticket = arrive(opening).ticket
    ticket.assignee = team.user
    ticket.save()
    box = {dana.email: [], team.user.email: []}

    def collect():
        for message in mail.outbox:
            if message.to[0] in box:
                raw = message.message().as_bytes()
                box[message.to[0]].append(message_from_bytes(raw, policy=policy.default))
        mail.outbox.clear()

    collect()
    for turn in range(1, 10):
        by_agent = turn % 2 == 1
        if turn == 1 or turn == 5:
            with django_capture_on_commit_callbacks(execute=True):
                actions.reply(ticket, by=team, body=f"Turn {turn}")
        else:
            address = team.user.email if by_agent else dana.email
            last = box[address][-1]
            assert "Reply above this line" in last.get_body(("plain",)).get_content()
            quoted = last.get_body(("plain",)).get_content().replace("\n", "\n> ")
            arrive(
                email(
                    f"Turn {turn}\n\nOn Monday, somebody wrote:\n> {quoted}",
                    sender=address,
                    to=last["Reply-To"],
                    subject=f"Re: {last['Subject']}",
                    results=passed(address.partition("@")[2]),
                    headers=(
                        f"In-Reply-To: {last['Message-ID']}",
                        f"References: {last['References']} {last['Message-ID']}",
                    ),
                    message_id=f"<turn{turn}@{address.partition('@')[2]}>",
                )
            )
        collect()
    assert texts(ticket) == [f"Turn {turn}" for turn in range(10)]
    sides = ticket.messages.order_by("pk").values_list("from_team", flat=True)
    assert list(sides) == [False, True] * 5
    for messages in box.values():
        roots = {message["References"].split()[0] for message in messages}
        assert len(roots) == 1
        for parent, message in zip(messages, messages[1:], strict=False):
            assert message["In-Reply-To"] == parent["Message-ID"]
            assert parent["Message-ID"] in message["References"].split()
    assert all("<start@acme.example>" in message["References"] for message in box[dana.email])
    assert "Turn 9" in box[dana.email][-1].get_body(("plain",)).get_content()


def test_team_sees_what_became_of_each_email(
    arrive, ticket, dana, team, client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.reply(ticket, by=team, body="Try again.")
    url = reverse("wagtailsnippets_wagtail_portal_ticket:edit", args=[ticket.pk])
    client.force_login(team.user, "django.contrib.auth.backends.ModelBackend")
    assert "Emailed to: Dana Reyes" in client.get(url).content.decode()
    key = mail.outbox[-1].extra_headers["Message-ID"]
    raw = multipart(
        "report; report-type=feedback-report",
        part("Spam"),
        part("Feedback-Type: abuse\r\n", "message/feedback-report"),
        part(f"Message-ID: {key}\r\nSubject: x\r\n\r\nTry again.", "message/rfc822"),
        sender="fbl@mail.example",
        results="",
    )
    # Only a report about an email of ours counts.
    assert arrive(raw.replace(key.encode(), key.replace(".", "..").encode())).ticket is None
    row = arrive(raw.replace(b"Spam", b"Spam!"))
    assert (row.reason, row.ticket) == (Reason.COMPLAINT, ticket)
    page = client.get(url).content.decode()
    assert "Reported as spam by: Dana Reyes" in page
    assert "Emailed to: Dana Reyes" not in page


def test_guest_replies_by_email_while_the_ticket_is_shared(arrive, ticket, customer, incoming):
    incoming.customers_share = True
    incoming.save()
    guest = actions.share_ticket(ticket, by=customer, email="kim@partner.example", notify=False)
    actions.accept_shares(
        actions.provision_user("kim@partner.example"), email="kim@partner.example"
    )
    guest.refresh_from_db()
    to, sender = reply_address(ticket, guest.member), "kim@partner.example"

    def email_from(sender, text, **kwargs):
        results, key = passed("partner.example"), f"<{text.replace(' ', '-')}@partner.example>"
        return arrive(email(text, sender=sender, results=results, message_id=key, **kwargs))

    row = email_from(sender, "From outside", to=to)
    assert (row.state, row.member) == (ReceivedState.ADDED, guest.member)
    assert texts(ticket)[-1] == "From outside"
    # Their address alone isn't enough, nor is the one that was given to them for anyone else.
    row = email_from(sender, "Again", to=MAILBOX, subject=f"Re: #{ticket.number}")
    assert row.state == ReceivedState.HELD
    row = email_from("someone@partner.example", "Me too", to=to)
    assert row.state == ReceivedState.HELD
    # Once the ticket is locked, they open none of their own.
    incoming.reopen_days = 0
    incoming.save()
    actions.close_ticket(ticket, by=customer, notify=False)
    row = email_from(sender, "Much later", to=to)
    assert (row.state, row.reason) == (ReceivedState.HELD, Reason.NOT_ALLOWED)
    assert not guest.member.requested_tickets.exists()
    incoming.reopen_days = 14
    incoming.save()
    actions.unshare_ticket(guest, by=customer)
    row = email_from(sender, "Too late", to=to)
    assert (row.state, row.reason) == (ReceivedState.HELD, Reason.NOT_ALLOWED)
    assert texts(ticket)[-1] == "From outside"
