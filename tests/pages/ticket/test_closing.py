"""Marking a ticket as solved, reopening it, and following up once it's locked."""

import re
import uuid

import pytest
from bs4 import BeautifulSoup

from tests import factories
from tests.pages.error_pages import without_details
from tests.pages.ticket.ticket_pages import change_settings, events, lock, page, send, url
from wagtail_portal import actions
from wagtail_portal.models import Rating, Role, Ticket
from wagtail_portal.permissions import Actor


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, subject="Export fails")


@pytest.fixture
def admin(acme):
    return factories.member(acme, role=Role.ADMIN, name="Maren Tolk")


@pytest.fixture
def locked(ticket, dana):
    actions.close_ticket(ticket, by=Actor.for_member(dana))
    lock(ticket)
    return ticket


def test_mark_as_solved_and_reopen(browser, ticket):
    assert "Mark as solved" in page(browser, ticket)
    for _time in range(2):
        assert send(browser, ticket, "close/").url == url(ticket)
    ticket.refresh_from_db()
    assert ticket.status.key == "closed"
    html = page(browser, ticket)
    assert "Mark as solved" not in html
    assert "just reply and we’ll reopen it" in html
    for _time in range(2):
        assert send(browser, ticket, "reopen/").url == url(ticket)
    ticket.refresh_from_db()
    assert ticket.status.key == "in-progress"
    assert events(browser, ticket) == ["You marked this as solved", "You reopened this ticket"]


def test_marking_as_solved_sends_the_reply(browser, ticket):
    html = page(browser, ticket)
    button = BeautifulSoup(html, "html.parser").find("button", attrs={"name": "solved"})
    form = BeautifulSoup(html, "html.parser").find("form", id=button["form"])
    sent = {field["name"]: field.get("value", "") for field in form.find_all("input")}
    sent |= {"body": "It was the cable.", "solved": "yes"}
    for _time in range(2):
        browser.post(form["action"].partition("#")[0], sent)
    ticket.refresh_from_db()
    assert ticket.status.key == "closed"
    assert [message.body for message in ticket.messages.all()].count("It was the cable.") == 1


def test_marking_as_solved_works_without_a_reply(browser, ticket):
    before = ticket.messages.count()
    answer = browser.post(url(ticket, "reply/"), {"body": " ", "solved": "yes"}, follow=True)
    ticket.refresh_from_db()
    assert ticket.status.key == "closed"
    assert ticket.messages.count() == before
    assert "The ticket was marked as solved." in answer.content.decode()


def test_invalid_reply_does_not_mark_the_ticket_as_solved(browser, ticket, settings):
    settings.WAGTAIL_PORTAL = {"MESSAGE_MAX_LENGTH": 10}
    answer = browser.post(url(ticket, "reply/"), {"body": "Much too long.", "solved": "yes"})
    ticket.refresh_from_db()
    assert not ticket.status.is_closed
    assert "Much too long." in answer.content.decode()


@pytest.mark.parametrize("more", ["close/", "reopen/", "following/", "privacy/", "rating/"])
def test_get_changes_nothing(browser, ticket, more, django_assert_num_queries):
    before = Ticket.objects.values().get()
    answer = browser.get(url(ticket, more), {"private": "yes", "choice": "mute", "score": "bad"})
    assert answer.url == url(ticket)
    assert Ticket.objects.values().get() == before


def test_read_only_members_cannot_close_or_reopen(as_member, ticket, acme):
    Role.objects.create(key="reader", name="R", can_edit_tickets=False, tickets="organization")
    reader = as_member(factories.member(acme, role="reader"))
    html = page(reader, ticket)
    assert "Mark as solved" not in html and 'id="reply"' not in html
    for more in ("close/", "reopen/"):
        answer = reader.post(url(ticket, more), follow=True)
        assert "Your role in this organization doesn’t allow this." in answer.content.decode()
    assert reader.get(url(ticket, "follow-up/")).status_code == 404
    ticket.refresh_from_db()
    assert ticket.status.key == "new"


def test_locked_ticket_offers_a_follow_up(browser, locked):
    html = page(browser, locked)
    assert "is locked" in html
    assert 'id="reply"' not in html and "Reopen" not in html
    assert f'href="{url(locked, "follow-up/")}"' in html
    answer = browser.post(url(locked, "reopen/"), follow=True)
    assert "is locked" in answer.content.decode()
    locked.refresh_from_db()
    assert locked.status.key == "closed"


def test_reply_that_comes_too_late_becomes_a_follow_up(browser, locked):
    data = {"body": "It **still** fails.", "attachments": [factories.upload("log.txt")]}
    answer = send(browser, locked, "reply/", **data)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "Your reply wasn’t sent" in html
    assert "It **still** fails." in html and "log.txt" in html
    assert 'value="Export fails"' in html
    assert locked.messages.count() == 1

    kept = re.search(r'name="attachments-kept" value="([^"]+)"', html).group(1)
    key = re.search(r'name="submission_key" value="([^"]+)"', html).group(1)
    data = {"subject": "Export fails again", "body": "It **still** fails."}
    data |= {"attachments-kept": kept, "submission_key": key}
    first = browser.post(url(locked, "follow-up/"), data)
    assert browser.post(url(locked, "follow-up/"), data).url == first.url
    new = Ticket.objects.get(follow_up_to=locked)
    assert first.url == url(new)
    assert new.subject == "Export fails again"
    assert new.messages.get().attachments.get().name == "log.txt"


def test_tickets_link_to_each_other(browser, locked):
    data = {"subject": "More", "body": "x"}
    send(browser, locked, "follow-up/", **data)
    new = Ticket.objects.get(follow_up_to=locked)
    assert f'<a href="{url(locked)}">follow-up to #{locked.number}</a>' in page(browser, new)
    assert f'<a href="{url(new)}">continued in #{new.number}</a>' in page(browser, locked)


def test_tickets_are_not_linked_for_members_who_cannot_read_them(
    as_member, locked, dana, acme, admin
):
    new = factories.ticket(dana, follow_up_to=locked)
    actions.set_privacy(new, by=Actor.for_member(dana), private=True)
    assert "continued in" not in page(as_member(admin), locked)
    follower = factories.member(acme)
    actions.follow(new, by=Actor.for_member(dana), member=follower)
    assert "follows up" not in page(as_member(follower), new)
    assert "follow-up to" in page(as_member(dana), new)


def test_participants_are_followers_of_the_follow_up(as_member, locked, dana, acme):
    by = Actor.for_member(dana)
    first, second, gone = (factories.member(acme) for _number in range(3))
    for member in (first, second, gone):
        actions.follow(locked, by=by, member=member)
    actions.change_role(gone, by=Actor.system(), role=Role.objects.get(key=Role.NO_ACCESS))
    send(as_member(first), locked, "follow-up/", subject="More", body="x")
    new = Ticket.objects.get(follow_up_to=locked)
    assert new.requester == first
    assert set(new.followers.all()) == {dana, second}


def test_follow_up_of_a_private_ticket_stays_private(browser, as_member, locked, admin, dana):
    actions.set_privacy(locked, by=Actor.for_member(dana), private=True)
    send(browser, locked, "follow-up/", subject="More", body="x")
    new = Ticket.objects.get(follow_up_to=locked)
    assert as_member(admin).get(url(new)).status_code == 404


def test_follow_up_needs_a_subject_and_keeps_the_input(browser, locked):
    response = send(browser, locked, "follow-up/", subject=" ", body="A long text")
    assert response.status_code == 200
    html = response.content.decode()
    assert "A long text" in html and "Enter a subject." in html
    assert Ticket.objects.count() == 1


def test_open_ticket_cannot_be_followed_up(browser, ticket):
    assert browser.get(url(ticket, "follow-up/")).url == url(ticket) + "#reply"


def test_follow_up_survives_an_expired_session(client, locked, dana):
    path = url(locked, "follow-up/")
    assert send(client, locked, "follow-up/", subject="More", body="A long text").url == (
        f"/accounts/login/?next={path}"
    )
    client.force_login(dana.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    html = client.get(path).content.decode()
    assert "A long text" in html and 'value="More"' in html


@pytest.mark.parametrize("more", ["follow-up/", "followers/", "close/", "rating/", "fields/"])
def test_tickets_of_others_look_like_missing_ones(as_member, ticket, more):
    outsider = as_member(factories.member(factories.organization()))
    for method in ("get", "post"):
        foreign = getattr(outsider, method)(url(ticket, more))
        missing = getattr(outsider, method)(f"/support/tickets/99999/{more}")
        assert foreign.status_code == missing.status_code == 404
        assert without_details(foreign) == without_details(missing)


class TestRating:
    @pytest.fixture
    def solved(self, ticket, dana):
        change_settings(ticket, ask_satisfaction=True)
        return actions.close_ticket(ticket, by=Actor.for_member(dana))

    def test_rating_is_requested_if_enabled_and_the_ticket_is_closed(self, browser, ticket, dana):
        assert "How did we do?" not in page(browser, ticket)
        change_settings(ticket, ask_satisfaction=True)
        assert "How did we do?" not in page(browser, ticket)
        actions.close_ticket(ticket, by=Actor.for_member(dana))
        assert "How did we do?" in page(browser, ticket)

    def test_rating_can_be_given_and_changed(self, browser, solved):
        for score, comment in (("good", "Quick!"), ("bad", "On second thoughts")):
            data = {"rating-score": score, "rating-comment": comment}
            assert send(browser, solved, "rating/", **data).url == url(solved)
        rating = Rating.objects.get()
        assert (rating.score, rating.comment) == ("bad", "On second thoughts")
        html = page(browser, solved)
        assert "Your rating: Bad." in html and "On second thoughts" in html

    def test_rating_is_required_and_the_comment_is_kept(self, browser, solved):
        html = send(browser, solved, "rating/", **{"rating-comment": "My words"}).content.decode()
        assert "Select one of the answers." in html and "My words" in html
        assert not Rating.objects.exists()

    def test_only_the_requester_can_rate(self, browser, as_member, solved, admin):
        send(browser, solved, "rating/", **{"rating-score": "good", "rating-comment": "Well done"})
        other = as_member(admin)
        html = page(other, solved)
        assert "How did we do?" not in html and "rated" not in html and "Well done" not in html
        other.post(url(solved, "rating/"), {"rating-score": "bad"})
        assert Rating.objects.get().score == "good"

    def test_comment_survives_an_expired_session(self, client, solved, dana):
        data = {"rating-score": "fair", "rating-comment": "A long story"}
        send(client, solved, "rating/", **data)
        client.force_login(dana.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert "A long story" in page(client, solved)


def test_reopening_is_not_promised_if_the_status_stays_closed(browser, ticket, dana):
    closed = factories.status("closed")
    closed.after_customer_reply = closed
    closed.save()
    actions.close_ticket(ticket, by=Actor.for_member(dana))
    assert "it opens again" not in page(browser, ticket)


def test_duplicate_reply_is_recognized_on_locked_ticket(browser, ticket, dana):
    key = str(uuid.uuid4())
    first = send(browser, ticket, "reply/", body="x", submission_key=key)
    actions.close_ticket(ticket, by=Actor.for_member(dana))
    lock(ticket)
    assert send(browser, ticket, "reply/", body="x", submission_key=key).url == first.url


def test_another_text_in_a_form_for_a_follow_up_opens_another_one(browser, locked):
    data = {"subject": "Again", "submission_key": "7b1fd8a5-8c43-4f7c-9a2c-0a1d1d4b2f10"}
    for body in ("First", "First", "Second"):
        response = browser.post(url(locked, "follow-up/"), {**data, "body": body})
        assert response.status_code == 302
    opened = Ticket.objects.filter(follow_up_to=locked).order_by("pk")
    assert [ticket.messages.get().body for ticket in opened] == ["First", "Second"]
