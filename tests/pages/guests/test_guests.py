"""Tickets that are shared with someone outside of the organization, from both sides."""

import re
import uuid

import pytest
from django.core import mail
from django.test import Client

from tests import factories
from tests.pages.guests.conftest import KIM
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed, RateLimited
from wagtail_portal.models import Guest, Member, Notification, Role
from wagtail_portal.permissions import Actor


def text_of(response) -> str:
    return response.content.decode()


def send(browser, url, body="From outside", **data):
    return browser.post(
        f"{url}reply/", {"body": body, "submission_key": uuid.uuid4(), **data}, follow=True
    )


def test_from_sharing_to_a_reply_and_back(
    portal, ticket, browser, guests_url, url, run, enter, team
):
    page = text_of(browser.get(f"/support/tickets/{ticket.number}/"))
    assert "Share with someone outside your organization" in page
    page = text_of(run(lambda: browser.post(guests_url, {"email": KIM}, follow=True)))
    assert f"We’ve sent a link to {KIM}." in page and "hasn’t opened it yet" in page
    # The email shows nothing of the ticket, because anyone could own the address.
    email = mail.outbox[-1]
    assert email.to == [KIM] and f"http://localhost{url}" in email.body
    for part in (email.subject, email.body, email.alternatives[0][0]):
        assert ticket.subject not in part and "Help!" not in part
    assert "Dana Reyes shared ticket" in email.body
    # Nothing is sent to an unverified address, and nothing can be read there.
    run(lambda: actions.reply(ticket, by=team, body="Try again"))
    assert [row for message in mail.outbox for row in message.to].count(KIM) == 1
    assert Client().get(url).status_code == 302
    guest = enter(url)
    page = text_of(guest.get(url))
    assert ticket.subject in page and "Help!" in page and "Try again" in page
    mail.outbox.clear()
    page = text_of(run(lambda: send(guest, url)))
    assert "Your reply was sent." in page and "From outside" in page
    assert ticket.messages.latest("pk").member.user.email == KIM
    assert {row for message in mail.outbox for row in message.to} >= {"dana@acme.example"}
    assert KIM not in {row for message in mail.outbox for row in message.to}
    # Everyone who sees the ticket sees who else does.
    page = text_of(browser.get(f"/support/tickets/{ticket.number}/"))
    assert f"{KIM}, who isn’t at Acme" in page and ">Guest</span>" in page
    assert "You shared this ticket with someone outside the organization" in page
    mail.outbox.clear()
    run(lambda: actions.reply(ticket, by=team, body="Thanks, Kim"))
    email = next(message for message in mail.outbox if message.to == [KIM])
    assert f"http://localhost{url}#message-" in email.body and "Leave this ticket" in email.body
    assert "/notifications/" not in email.body and "List-Unsubscribe" not in email.extra_headers
    # Removed, at once.
    key = Guest.objects.get().pk
    page = text_of(browser.post(guests_url, {"remove": key}, follow=True))
    assert f"{KIM} no longer has access to this ticket." in page
    assert guest.get(url).status_code == 404
    page = send(guest, url, "Too late")
    assert page.status_code == 404 and "Too late" in text_of(page)
    mail.outbox.clear()
    run(lambda: actions.reply(ticket, by=team, body="Just us"))
    assert KIM not in {row for message in mail.outbox for row in message.to}


def test_off_by_default(home, ticket, browser, customer, guests_url, url):
    page = text_of(browser.get(f"/support/tickets/{ticket.number}/"))
    assert "outside your organization" not in page
    assert browser.get(guests_url).url == f"/support/tickets/{ticket.number}/"
    assert browser.post(guests_url, {"email": KIM}).status_code == 404
    with pytest.raises(NotAllowed):
        actions.share_ticket(ticket, by=customer, email=KIM)
    assert not Guest.objects.exists()


def test_only_the_requester_and_admins_share(portal, acme, ticket, customer, team):
    admin = factories.member(acme, role=Role.ADMIN)
    colleague = factories.member(acme)
    actions.follow(ticket, by=customer, member=colleague, notify=False)
    stranger = factories.member(factories.organization(), role=Role.ADMIN)
    for by in (Actor.for_member(colleague), Actor.for_member(stranger), team):
        with pytest.raises(NotAllowed):
            actions.share_ticket(ticket, by=by, email=KIM)
    actions.share_ticket(ticket, by=Actor.for_member(admin), email=KIM)
    # An admin who no longer sees the ticket doesn't share it any longer, either.
    actions.set_privacy(ticket, by=customer, private=True)
    assert not Guest.objects.exists()
    with pytest.raises(NotAllowed):
        actions.share_ticket(ticket, by=Actor.for_member(admin), email=KIM)
    actions.share_ticket(ticket, by=customer, email=KIM)
    actions.set_privacy(ticket, by=customer, private=False)
    assert Guest.objects.count() == 1


def test_colleagues_are_not_guests_and_the_number_is_limited(
    portal, acme, ticket, customer, settings
):
    factories.member(acme, "theo@acme.example")
    revoked = factories.member(acme, "former@acme.example", role=Role.NO_ACCESS)
    for address in ("THEO@acme.example", revoked.email, "nonsense"):
        with pytest.raises(Invalid):
            actions.share_ticket(ticket, by=customer, email=address)
    settings.WAGTAIL_PORTAL = {"GUESTS_PER_TICKET": 2, "SHARES_PER_HOUR": 8}
    for number in range(2):
        actions.share_ticket(ticket, by=customer, email=f"guest{number}@partner.example")
    # The same one again changes nothing.
    actions.share_ticket(ticket, by=customer, email="Guest1@partner.example")
    with pytest.raises(Invalid, match="can be shared with 2 people"):
        actions.share_ticket(ticket, by=customer, email=KIM)
    assert Guest.objects.count() == 2
    with pytest.raises(RateLimited):
        for number in range(9):
            actions.share_ticket(ticket, by=customer, email=f"guest{number}@partner.example")


def test_guest_leaves(guest, ticket, url, portal):
    page = text_of(guest.post(f"{url}leave/", follow=True))
    assert f"You no longer have access to ticket #{ticket.number}." in page
    assert guest.get(url).status_code == 404 and not Guest.objects.exists()


def test_text_survives_the_end_of_the_session(guest, url, enter):
    guest.post("/accounts/logout/")
    response = guest.post(f"{url}reply/", {"body": "A long answer from outside"})
    assert response.url.startswith("/accounts/login/?next=")
    enter(f"{url}reply/", browser=guest)
    page = text_of(guest.get(f"{url}reply/", follow=True))
    assert "A long answer from outside</textarea>" in page
    assert "This wasn’t sent, because you had to sign in again" in page
    page = text_of(guest.post(f"{url}reply/", {"discard": "yes"}, follow=True))
    assert "A long answer from outside" not in page


def test_address_that_was_verified_before(portal, ticket, customer, url, enter, dana):
    """Someone who is signed in anyway opens the ticket with a button."""
    other = factories.ticket(dana, "Another one")
    actions.share_ticket(ticket, by=customer, email=KIM, notify=False)
    browser = enter(url)
    actions.share_ticket(other, by=customer, email=KIM, notify=False)
    url = f"/support/shared/{other.number}/"
    page = text_of(browser.get(url))
    assert "was shared with you" in page and "Another one" not in page
    assert Guest.objects.get(ticket=other).member is None
    page = text_of(browser.post(f"{url}accept/", follow=True))
    assert "Another one" in page
    # Others with a session can't.
    late = factories.member(factories.organization())
    elsewhere = Client()
    elsewhere.force_login(late.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    actions.share_ticket(ticket, by=customer, email=late.email, notify=False)
    hidden = elsewhere.post(f"/support/shared/{ticket.number}/accept/", follow=True)
    assert hidden.status_code == 404
    assert f"There is no ticket #{ticket.number} that you can see" in text_of(hidden)


def test_preview_and_errors_keep_the_text(guest, url, ticket):
    page = text_of(send(guest, url, "Some **bold** text", preview="page"))
    assert "<strong>bold</strong>" in page and "Some **bold** text</textarea>" in page
    page = send(guest, url, "")
    assert "Write a message or attach a file." in text_of(page)
    page = text_of(
        send(guest, url, "With a file", attachments=factories.upload("plan.txt", b"top secret"))
    )
    path = re.search(rf'href="({url}files/[^"]+)"', page)[1]
    assert b"".join(guest.get(path).streaming_content) == b"top secret"


def test_email_in_the_language_of_the_guest(
    portal, ticket, customer, url, enter, run, team, settings
):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    actions.share_ticket(ticket, by=customer, email=KIM, notify=False)
    enter(url, HTTP_ACCEPT_LANGUAGE="de")
    assert Guest.objects.get().language == "de"
    run(lambda: actions.reply(ticket, by=team, body="Hallo Kim"))
    email = next(message for message in mail.outbox[::-1] if message.to == [KIM])
    assert "Lesen und antworten" in email.body
    assert Notification.objects.get(pk__gt=0, recipient__email=KIM).language == "de"


def test_internal_notes_details_and_quotes_stay_inside(guest, ticket, url, team, dana):
    actions.add_note(ticket, by=team, body="Secret note")
    message = actions.reply(
        ticket, by=Actor.for_member(dana), body="See below", quoted="Old secret"
    )
    page = text_of(guest.get(url))
    assert "See below" in page and message.body in page
    assert "Secret note" not in page and "Old secret" not in page and dana.email not in page


def move(ticket, team):
    other = factories.member(factories.organization())
    actions.move_ticket(ticket, by=team, requester=other)


def merge(ticket, team):
    into = factories.ticket(ticket.requester, "The other one")
    actions.merge_tickets(ticket, by=team, into=into)


def give_away(ticket, team):
    actions.change_requester(
        ticket, by=team, requester=factories.member(ticket.organization), notify=False
    )


def anonymize(ticket, team):
    actions.close_ticket(ticket, by=team, notify=False)
    actions.anonymize_ticket(ticket, by=factories.SYSTEM)


def demote(ticket, team):
    """Only members with the right to write share tickets."""
    role = Role.objects.create(key="reader", name="R", tickets="own", can_edit_tickets=False)
    actions.change_role(ticket.requester, by=factories.SYSTEM, role=role)


def erase_requester(ticket, team):
    actions.erase_member(ticket.requester, by=factories.SYSTEM, remove_texts=False)


def erase_guest(ticket, team):
    member = Guest.objects.get().member
    actions.erase_member(member, by=factories.SYSTEM, remove_texts=True)


@pytest.mark.parametrize(
    "change", [move, merge, give_away, anonymize, demote, erase_requester, erase_guest]
)
def test_access_ends_with_the_right_to_share(change, guest, ticket, url, team):
    change(ticket, team)
    assert not Guest.objects.exists()
    assert guest.get(url).status_code in (302, 404)


def test_member_whose_access_ends_keeps_no_shared_ticket(
    portal, acme, ticket, customer, url, enter
):
    """A guest who became a member, and no longer is one, doesn't come back as a guest."""
    actions.share_ticket(ticket, by=customer, email=KIM, notify=False)
    browser = enter(url)
    member = factories.member(acme, KIM)
    actions.revoke_access(member, by=factories.SYSTEM, notify=False)
    assert not Guest.objects.exists()
    assert browser.get(url).status_code in (302, 404)
    assert not Member.objects.with_access().filter(user=member.user).exists()


def test_as_many_queries_for_many_messages(
    guest, ticket, url, team, browser, django_assert_max_num_queries
):
    actions.reply(ticket, by=team, body="Which one?", notify=False)
    guest.get(url)
    with django_assert_max_num_queries(12) as few:
        guest.get(url)
    kim = Actor.for_member(Guest.objects.get().member)
    for number in range(10):
        actions.reply(ticket, by=kim, body=f"Number {number}", notify=False)
        actions.reply(ticket, by=team, body=f"Answer {number}", notify=False)
    with django_assert_max_num_queries(len(few)):
        guest.get(url)
    browser.get("/support/")
    with django_assert_max_num_queries(13):
        browser.get(f"/support/tickets/{ticket.number}/")


@pytest.mark.parametrize("sent", [{"preview": "page"}, {"body": "x" * 200_000}])
def test_files_are_kept_after_a_preview_or_an_error(guest, ticket, url, sent):
    data = {"body": "See the log", "attachments": [factories.upload("run.log")], **sent}
    page = text_of(guest.post(f"{url}reply/", data))
    kept = re.search(r'name="attachments-kept" value="([^"]+)"', page)[1]
    guest.post(f"{url}reply/", {"body": "See the log", "attachments-kept": kept})
    reply = ticket.messages.latest("pk")
    assert [file.name for file in reply.attachments.all()] == ["run.log"]
