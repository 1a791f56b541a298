"""Received emails in the Wagtail admin."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import FailingAddress, Reason, ReceivedEmail, ReceivedState
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.reply_addresses import sign_reply_address

from .conftest import MAILBOX
from .emails import email, multipart, part

NAMESPACE = "wagtailsnippets_wagtail_portal_receivedemail"
DAY = timedelta(days=1)


def signed_in(user) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_team_decides_about_what_waits(arrive, ticket, dana, team, acme):
    to = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    theo = factories.member(acme, "theo@acme.example", name="Theo Park")
    raw = multipart(
        "mixed",
        part("From my <b>phone</b>\n\n-- \nDana"),
        part("x", "text/plain", 'Content-Disposition: attachment; filename="a.log"'),
        to=f"{to}, {theo.email}",
        results="",
    )
    row = arrive(raw)
    browser = signed_in(team.user)
    url = reverse(f"{NAMESPACE}:view", args=[row.pk])
    listing = browser.get(reverse(f"{NAMESPACE}:list")).content.decode()
    assert url in listing
    assert str(Reason.UNVERIFIED.label) in listing
    page = browser.get(url).content.decode()
    for shown in ("Add as a reply from Dana Reyes", "From my &lt;b&gt;phone", "a.log", "Theo Park"):
        assert shown in page
    original = browser.get(reverse(f"{NAMESPACE}:original", args=[row.pk]))
    assert b"".join(original.streaming_content) == raw
    assert original["Content-Disposition"].startswith("attachment")
    decide = reverse(f"{NAMESPACE}:decide", args=[row.pk])
    assert browser.get(decide).status_code == 405
    assert browser.post(decide, {"do": "accept"}, follow=True).status_code == 200
    row.refresh_from_db()
    assert (row.state, row.decided_by) == (ReceivedState.ADDED, team.user)
    assert row.message.body == "From my <b>phone</b>"
    assert not ticket.followers.filter(pk=theo.pk).exists()
    # Nothing is left to decide.
    assert decide not in browser.get(url).content.decode()
    browser.post(decide, {"do": "discard"})
    row.refresh_from_db()
    assert row.state == ReceivedState.ADDED
    # The customer sees the quote on request.
    assert (
        "Show quoted text"
        in browser.get(
            reverse("wagtailsnippets_wagtail_portal_ticket:edit", args=[ticket.pk])
        ).content.decode()
    )


def test_email_is_processed_again_after_a_change(arrive, dana, team):
    row = arrive(email("Hello", sender="new@acme.example"))
    assert row.reason == Reason.UNKNOWN
    factories.member(dana.organization, "new@acme.example")
    actions.process_again(row, by=team)
    assert actions.process_email(row.pk)
    row.refresh_from_db()
    assert (row.state, row.ticket.requester.email) == (ReceivedState.ADDED, "new@acme.example")


def test_who_may_see_received_emails(arrive, ticket, dana, acme):
    row = arrive(
        email("Hi there", to=sign_reply_address(MAILBOX, ticket.number, dana.pk), results="")
    )
    lone = arrive(email("Hello", sender="new@evil.example", results=""))
    urls = [
        reverse(f"{NAMESPACE}:{name}", args=[row.pk]) for name in ("view", "original", "decide")
    ]
    editor = signed_in(factories.staff("Editors"))
    for url in urls:
        assert editor.post(url, {"do": "accept"}).status_code in (302, 405)
        assert b"Hi there" not in editor.get(url, follow=True).content
    limited = factories.agent()
    group = factories.Group.objects.get(name="Support agents")
    other = factories.organization("Other")
    actions.limit_group(group, by=Actor.system(), organizations=[other])
    browser = signed_in(limited)
    for one in (row, lone):
        assert browser.get(reverse(f"{NAMESPACE}:view", args=[one.pk])).status_code == 404
        assert browser.get(reverse(f"{NAMESPACE}:original", args=[one.pk])).status_code == 404
    assert browser.post(urls[2], {"do": "accept"}).status_code == 404
    assert ReceivedEmail.objects.filter(state=ReceivedState.HELD).count() == 2


def test_old_originals_are_deleted(arrive, ticket, dana):
    row = arrive(email(to=sign_reply_address(MAILBOX, ticket.number, dana.pk)))
    held = arrive(email("?", results="", message_id="<2@acme.example>"))
    for old, days in ((row, 365), (held, 40)):
        ReceivedEmail.objects.filter(pk=old.pk).update(received_at=old.received_at - days * DAY)
    assert actions.discard_received_emails() == 1
    assert ReceivedEmail.objects.get() == held
    assert ticket.messages.count() == 2


def test_agent_says_that_it_is_not_spam(arrive, ticket, dana, team):
    to = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    row = arrive(email("Buy now", to=to, headers=("X-Spam-Flag: YES",)))
    assert row.state == ReceivedState.SPAM
    browser = signed_in(team.user)
    assert "Not spam" in browser.get(reverse(f"{NAMESPACE}:view", args=[row.pk])).content.decode()
    browser.post(reverse(f"{NAMESPACE}:decide", args=[row.pk]), {"do": "not_spam"})
    actions.process_email(row.pk)
    row.refresh_from_db()
    assert (row.state, row.ticket) == (ReceivedState.ADDED, ticket)


def test_team_sees_that_emails_to_a_customer_come_back(incoming, ticket, dana):
    FailingAddress.objects.note_failure(
        dana.email, "550 No such user", at=ticket.opened_at, is_permanent=True
    )
    browser = signed_in(factories.staff("Support managers"))
    for name, pk in (("ticket", ticket.pk), ("member", dana.pk)):
        url = reverse(f"wagtailsnippets_wagtail_portal_{name}:edit", args=[pk])
        page = browser.get(url).content.decode()
        assert "have failed since" in page
        assert "550 No such user" in page
