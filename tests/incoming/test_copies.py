"""People in Cc: members who could follow a ticket, and addresses to which the team sends a copy."""

from email import message_from_bytes

from django.core import mail
from django.test import Client
from django.urls import reverse

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Delivery, MessageKind, Notification, Reason, ReceivedState
from wagtail_portal.notifications import outbox
from wagtail_portal.notifications.emails import build_email
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.reply_addresses import sign_reply_address

from .conftest import MAILBOX
from .emails import email, passed

SUPPLIER = "supplier@parts.example"


def signed_in(user) -> Client:
    browser = Client()
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return browser


def desk_url(name, ticket) -> str:
    return reverse(f"wagtailsnippets_wagtail_portal_ticket:{name}", args=[ticket.pk])


def as_customer(member):
    return Actor.for_member(member)


def test_team_adds_a_member_who_got_a_copy(arrive, ticket, dana, team, acme):
    theo = factories.member(acme, "theo@acme.example", name="Theo Park")
    lee = factories.member(acme, "lee@acme.example", name="Lee Ode")
    factories.member(factories.organization("Evil"), "mallory@evil.example", name="Mallory")
    to = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    people = f"Cc: {theo.email}, LEE@acme.example, mallory@evil.example, x@evil.example"
    arrive(email(to=to, headers=(people,)))
    assert not ticket.followers.exists()
    browser = signed_in(team.user)
    page = browser.get(desk_url("edit", ticket)).content.decode()
    assert "Theo Park" in page and "Lee Ode" in page and "Mallory" not in page
    url = desk_url("suggestion", ticket)
    browser.post(url, {"follow": theo.pk})
    browser.post(url, {"dismiss": lee.pk})
    assert list(ticket.followers.all()) == [theo]
    assert "Lee Ode" not in browser.get(desk_url("edit", ticket)).content.decode()
    # Only someone who was suggested can be added like this.
    browser.post(url, {"follow": lee.pk})
    assert list(ticket.followers.all()) == [theo]


def test_requester_decides_and_others_are_not_asked(arrive, home, ticket, dana, acme):
    theo = factories.member(acme, "theo@acme.example", name="Theo Park")
    other = factories.member(acme, "olu@acme.example", "admin", name="Olu Bee")
    actions.follow(ticket, by=as_customer(dana), member=other)
    to = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    arrive(email(to=to, headers=(f"Cc: {theo.email}",)))
    url = f"{home.url}tickets/{ticket.number}/"
    words = "1 teammate got an email about this ticket"
    assert words in signed_in(dana.user).get(url).content.decode()
    assert words not in signed_in(other.user).get(url).content.decode()
    followers = home.portal_url(None, "portal_ticket_followers", ticket.number)
    signed_in(other.user).post(followers, {"dismiss": theo.pk})
    browser = signed_in(dana.user)
    assert "Theo Park" in browser.get(followers).content.decode()
    browser.post(followers, {"follow": theo.pk})
    assert ticket.followers.filter(pk=theo.pk).exists()
    assert words not in browser.get(url).content.decode()


def test_team_sends_a_copy_that_reveals_nothing_else(
    incoming, home, ticket, dana, team, arrive, settings, django_capture_on_commit_callbacks
):
    settings.WAGTAIL_PORTAL = {**getattr(settings, "WAGTAIL_PORTAL", {}), "UNDO_SEND_SECONDS": 0}
    actions.add_note(ticket, by=team, body="They are angry.")
    mail.outbox.clear()
    browser = signed_in(team.user)
    sent = {"reply-body": "Which part fits?", "reply-copies": f"{SUPPLIER}; {dana.email}"}
    sent["reply-status"] = ticket.status_id
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(desk_url("reply", ticket), sent).status_code == 302
    boxes = {message.to[0]: message for message in mail.outbox}
    assert set(boxes) == {SUPPLIER, dana.email}
    copy = boxes[SUPPLIER]
    raw = str(copy.message())
    assert "Which part fits?" in copy.body
    assert "our support team sent you a copy" in copy.body
    for hidden in ("angry", dana.email, "Dana Reyes", "/support/", "unsubscribe"):
        assert hidden not in raw
    assert SUPPLIER not in str(boxes[dana.email].message())
    # The team sees to whom it went, customers don't.
    assert (
        f'Copy to: <bdi dir="ltr">{SUPPLIER}'
        in browser.get(desk_url("edit", ticket)).content.decode()
    )
    page = signed_in(dana.user).get(f"{home.url}tickets/{ticket.number}/").content.decode()
    assert "Which part fits?" in page and SUPPLIER not in page
    # What they answer waits for the team, and goes to the ticket.
    row = arrive(
        email("Part 7", sender=SUPPLIER, to=copy.reply_to[0], results=passed("parts.example"))
    )
    assert (row.state, row.reason, row.ticket) == (
        ReceivedState.HELD,
        Reason.NOT_INVOLVED,
        ticket,
    )
    assert actions.accept_email(row, by=team).kind == MessageKind.NOTE


def test_addresses_that_customers_see_are_in_everyones_cc(
    incoming, home, ticket, dana, team, settings, django_capture_on_commit_callbacks
):
    settings.WAGTAIL_PORTAL = {**settings.WAGTAIL_PORTAL, "UNDO_SEND_SECONDS": 0}
    ticket.assignee = factories.agent()
    ticket.save()
    mail.outbox.clear()
    browser, other = signed_in(team.user), "store@parts.example"
    sent = {"reply-body": "Which part fits?", "reply-copies": f"{SUPPLIER}, {other}"}
    sent |= {"reply-status": ticket.status_id, "reply-copies_shown": "on"}
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(desk_url("reply", ticket), sent).status_code == 302
    raws = {
        message.to[0]: message_from_bytes(message.message().as_bytes()) for message in mail.outbox
    }
    assert set(raws) == {SUPPLIER, other, dana.email, ticket.assignee.email}
    assert raws[dana.email]["Cc"] == f"{SUPPLIER}, {other}"
    assert (raws[SUPPLIER]["Cc"], raws[other]["Cc"]) == (other, SUPPLIER)
    assert raws[ticket.assignee.email]["Cc"] is None
    # Each email goes to one person, with an address for replies of their own.
    assert all(len(message.recipients()) == 1 for message in mail.outbox)
    assert len({raw["Reply-To"] for raw in raws.values()}) >= 2
    assert not any(dana.email in str(raws[address]) for address in (SUPPLIER, other))
    page = signed_in(dana.user).get(f"{home.url}tickets/{ticket.number}/").content.decode()
    assert SUPPLIER in page and other in page
    assert "customers see this" in browser.get(desk_url("edit", ticket)).content.decode()


def test_providers_get_no_cc_header(incoming, ticket, dana, team, monkeypatch):
    """Some of their APIs refuse it, and the email with it."""
    actions.reply(ticket, by=team, body="Hi", copies=[SUPPLIER], copies_shown=True)
    row = Notification.objects.get(event="reply_added", recipient=dana.user)
    assert build_email(row).extra_headers["Cc"] == SUPPLIER
    monkeypatch.setattr("wagtail_portal.notifications.headers._uses_an_api", lambda: True)
    assert "Cc" not in build_email(row).extra_headers


def test_copies_are_checked(ticket, dana, team):
    for wrong in (["no address"], [f"a{number}@parts.example" for number in range(11)]):
        try:
            actions.reply(ticket, by=team, body="Hi", copies=wrong)
        except Invalid as error:
            assert list(error.errors) == ["copies"]
        else:
            raise AssertionError(wrong)
    # Customers send no copies.
    actions.reply(ticket, by=as_customer(dana), body="Hi", copies=[SUPPLIER])
    assert not Notification.objects.filter(email=SUPPLIER).exists()


def test_copy_that_has_to_wait_is_sent_later_and_not_in_a_digest(ticket, dana, team, settings):
    settings.WAGTAIL_PORTAL = {"EMAILS_PER_ADDRESS": 1}
    for number in range(2):
        actions.reply(ticket, by=team, body=f"Copy {number}", copies=[SUPPLIER])
    outbox.send_due()
    sent, waiting = Notification.objects.filter(email=SUPPLIER).order_by("pk")
    assert (sent.state, waiting.state) == (Delivery.SENT, Delivery.DUE)
    factories.forget_limits()
    Notification.objects.filter(pk=waiting.pk).update(due_at=waiting.created_at)
    outbox.send_due()
    assert "Copy 1" in [row for row in mail.outbox if row.to == [SUPPLIER]][-1].body
