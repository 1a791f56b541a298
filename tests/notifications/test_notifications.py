"""Who is notified by email about what, and what the emails contain."""

from datetime import timedelta

import pytest
from django.core import mail

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import Notification, PortalSettings, Role, Ticket
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, "Export fails", notify=False)


def test_requester_gets_a_confirmation(home, dana, sent):
    message = sent(lambda: factories.ticket(dana, "Export fails", body="It **stops**"))[dana.email]
    assert "Export fails" in message.subject
    assert "http://localhost/support/tickets/" in message.body
    html = message.alternatives[0][0]
    assert "http://localhost/support/tickets/" in html


def test_reply_of_the_team_is_sent_to_requester_and_followers_once(ticket, team, dana, acme, sent):
    follower = factories.member(acme)
    actions.follow(ticket, by=Actor.for_member(dana), member=follower, notify=False)
    emails = sent(lambda: actions.reply(ticket, by=team, body="Try <b>again</b>, **please**"))
    assert set(emails) == {dana.email, follower.email}
    message = emails[dana.email]
    assert "Try" in message.body
    assert "<strong>please</strong>" in message.alternatives[0][0]
    assert "<b>again" not in message.alternatives[0][0]
    # Recipients don't see each other's addresses.
    assert follower.email not in message.message().as_string()
    assert all(notification.sent_at for notification in Notification.objects.all())


def test_links_in_emails_show_where_they_lead(ticket, team, dana, sent):
    body = "See [your bank](https://evil.example/x) and https://a.example/y"
    message = sent(lambda: actions.reply(ticket, by=team, body=body))[dana.email]
    html = message.alternatives[0][0]
    assert "your bank</a> (https://evil.example/x) and" in html
    assert "(https://a.example/y)" not in html
    assert body in message.body


def test_author_is_not_notified(ticket, team, dana, sent):
    actions.assign(ticket, by=team, assignee=team.user)
    emails = sent(lambda: actions.reply(ticket, by=Actor.for_member(dana), body="More"))
    assert set(emails) == {team.user.email}
    assert "/admin/" in emails[team.user.email].body


def test_internal_note_is_not_emailed(ticket, team, sent):
    assert sent(lambda: actions.add_note(ticket, by=team, body="x")) == {}


@pytest.mark.parametrize("ended", ["role", "user"])
def test_members_without_access_are_not_notified(ticket, team, dana, sent, ended):
    if ended == "role":
        dana.role = Role.objects.get(key=Role.NO_ACCESS)
        dana.save()
    else:
        dana.user.is_active = False
        dana.user.save()
    assert sent(lambda: actions.reply(ticket, by=team, body="x")) == {}


def test_team_address_is_notified_about_unassigned_tickets(home, dana, team, sent):
    settings = PortalSettings.for_site(home.get_site())
    settings.team_address = "team@company.example"
    settings.save()
    by = Actor.for_member(dana)
    opened = sent(lambda: factories.ticket(dana, "Export fails"))
    assert set(opened) == {dana.email, "team@company.example"}
    assert "/admin/" in opened["team@company.example"].body
    ticket = Ticket.objects.get()
    assert set(sent(lambda: actions.reply(ticket, by=by, body="x"))) == {"team@company.example"}
    assert set(sent(lambda: actions.reply(ticket, by=team, body="x"))) == {dana.email}
    actions.assign(ticket, by=team, assignee=team.user)
    assert set(sent(lambda: actions.reply(ticket, by=by, body="x"))) == {team.user.email}


def test_imports_notify_nobody(ticket, team, sent):
    assert sent(lambda: actions.reply(ticket, by=team, body="x", notify=False)) == {}
    assert not Notification.objects.exists()


def test_emails_about_a_ticket_form_a_thread(ticket, team, sent, dana):
    one = sent(lambda: actions.reply(ticket, by=team, body="1"))[dana.email].message()
    two = sent(lambda: actions.reply(ticket, by=team, body="2"))[dana.email].message()
    assert one["Message-ID"] != two["Message-ID"]
    assert two["In-Reply-To"] == one["Message-ID"]
    assert two["References"].split() == [*one["References"].split(), one["Message-ID"]]
    assert one["Auto-Submitted"] == "auto-generated"


def test_subject_cannot_inject_headers(home, dana, sent):
    emails = sent(lambda: factories.ticket(dana, "Hi\r\nBcc: victim@example.com"))
    message = emails[dana.email]
    assert message.message()["Bcc"] is None
    assert message.recipients() == [dana.email]
    assert "\n" not in message.subject


def test_unreachable_mail_server_does_not_undo_the_action(ticket, team, sent, mail_server, dana):
    mail_server(up=False)
    sent(lambda: actions.reply(ticket, by=team, body="kept"))
    assert ticket.messages.filter(body="kept").exists()
    notification = Notification.objects.get()
    assert notification.sent_at is None
    assert notification.attempts == 1
    assert "ConnectionRefusedError" in notification.error

    mail_server(up=True)
    for _twice in range(2):
        outbox.send_due(clock=lambda: notification.created_at + timedelta(minutes=2))
    assert [message.to for message in mail.outbox] == [[dana.email]]


def test_forms_notification_addresses_are_notified_once_about_a_new_ticket(home, dana, sent):
    settings = PortalSettings.for_site(home.get_site())
    settings.team_address = "team@company.example"
    settings.save()
    agent = factories.agent(email="robin@company.example")
    addresses = ["Team@company.example", "sales@company.example", "Robin@company.example"]
    emails = sent(
        lambda: factories.ticket(dana, "Hello", assignee=agent, notify_addresses=addresses)
    )
    assert set(emails) == {
        dana.email,
        "team@company.example",
        "sales@company.example",
        "robin@company.example",
    }
    assert Notification.objects.count() == 4
    assert "/admin/" in emails["sales@company.example"].body
    ticket = Ticket.objects.get()
    by = Actor.for_member(dana)
    assert set(sent(lambda: actions.reply(ticket, by=by, body="x"))) == {agent.email}
