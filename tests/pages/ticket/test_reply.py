"""Writing a reply: previews, crossing replies, duplicates, and keeping the input."""

import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from tests import factories
from tests.pages.error_pages import without_details
from wagtail_portal import actions
from wagtail_portal.models import Attachment, Message, Role
from wagtail_portal.permissions import Actor
from wagtail_portal.signals import file_received

KEPT = re.compile(r'name="attachments-kept" value="([^"]+)"')
LAST_READ = re.compile(r'name="last_read" value="(\d+)"')


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, subject="Export fails", body="It **stops**.")


@pytest.fixture
def agent(db):
    return factories.agent(name="Robin Vale")


def url(ticket, more=""):
    return f"/support/tickets/{ticket.number}/{more}"


def last_read_on(page) -> str:
    return LAST_READ.search(page.content.decode()).group(1)


def send(browser, ticket, **data):
    data = {"submission_key": str(uuid.uuid4()), **data}
    return browser.post(url(ticket, "reply/"), data)


class TestPreview:
    def test_preview_shows_the_rendered_text_and_keeps_the_input(self, browser, ticket):
        key = str(uuid.uuid4())
        data = {"body": "So **bold**", "attachments": [factories.upload("run.log")]}
        page = send(browser, ticket, preview="page", submission_key=key, **data)
        html = page.content.decode()
        assert page.status_code == 200
        assert "So <strong>bold</strong>" in html
        assert ">\nSo **bold**</textarea>" in html
        assert f'value="{key}"' in html
        (kept,) = KEPT.findall(html)
        assert ticket.messages.count() == 1

        response = send(
            browser, ticket, body="So **bold**", submission_key=key, **{"attachments-kept": kept}
        )
        assert response.status_code == 302
        assert ticket.messages.last().attachments.get().name == "run.log"

    def test_script_gets_the_preview_only(self, browser, ticket):
        page = send(browser, ticket, preview="part", body="- one\n- two")
        html = page.content.decode()
        assert "<li>one</li>" in html
        assert "<html" not in html
        assert "no-store" in page["Cache-Control"]

    def test_preview_is_sanitized(self, browser, ticket):
        page = send(browser, ticket, preview="part", body="<script>alert(1)</script> [x](data:x)")
        assert "<script" not in page.content.decode()
        assert "data:" not in page.content.decode().replace("(data:x)", "")

    def test_empty_preview_says_so(self, browser, ticket):
        page = send(browser, ticket, preview="page", body=" ").content.decode()
        assert "There is nothing to preview yet." in page
        assert "Write a message" not in page

    @pytest.mark.parametrize("how", ["page", "part"])
    def test_too_long_text_is_explained(self, browser, ticket, how):
        page = send(browser, ticket, preview=how, body="x" * 50_001).content.decode()
        assert "The limit is 50000." in page

    def test_preview_is_shown_next_to_a_rejected_file(self, browser, ticket):
        files = [factories.upload("page.html")]
        page = send(browser, ticket, preview="page", body="_So_", attachments=files)
        assert "<em>So</em>" in page.content.decode()
        assert "“page.html” can’t be attached" in page.content.decode()

    def test_previews_are_limited_per_hour(self, browser, ticket, settings):
        settings.WAGTAIL_PORTAL = {"PREVIEWS_PER_HOUR": 1}
        send(browser, ticket, preview="part", body="One")
        for how in ("page", "part"):
            page = send(browser, ticket, preview=how, body="**Two**").content.decode()
            assert "Too many attempts" in page
            assert "<strong>Two</strong>" not in page

    def test_preview_requires_edit_access(self, as_member, ticket, acme):
        Role.objects.create(key="reader", name="R", tickets="organization", can_edit_tickets=False)
        reader = as_member(factories.member(acme, role="reader"))
        page = send(reader, ticket, preview="part", body="**x**").content.decode()
        assert "<strong>x</strong>" not in page
        assert "doesn’t allow this" in page

    def test_preview_requires_a_csrf_token(self, ticket, dana):
        from django.test import Client

        browser = Client(enforce_csrf_checks=True)
        browser.force_login(
            dana.user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        assert send(browser, ticket, preview="part", body="x").status_code == 403


class TestCrossingReplies:
    def test_reply_is_held_back_if_another_came_in_meanwhile(self, browser, ticket, agent):
        last_read = last_read_on(browser.get(url(ticket)))
        newer = actions.reply(ticket, by=Actor.for_agent(agent), body="Try *this*")
        files = [factories.upload("run.log")]
        page = send(browser, ticket, body="My answer", last_read=last_read, attachments=files)
        html = page.content.decode()
        assert page.status_code == 200
        assert "Your reply hasn’t been sent yet" in html
        assert f'href="#message-{newer.pk}"' in html
        assert "Try <em>this</em>" in html
        assert "Send anyway" in html
        assert ">\nMy answer</textarea>" in html
        assert ticket.messages.count() == 2

        again = {"last_read": last_read_on(page), "attachments-kept": KEPT.findall(html)}
        assert send(browser, ticket, body="My answer", **again).status_code == 302
        assert ticket.messages.last().body == "My answer"
        assert ticket.messages.last().attachments.get().name == "run.log"

    def test_another_reply_in_between_is_shown_as_well(self, browser, ticket, agent):
        last_read = last_read_on(browser.get(url(ticket)))
        actions.reply(ticket, by=Actor.for_agent(agent), body="One")
        last_read = last_read_on(send(browser, ticket, body="Mine", last_read=last_read))
        actions.reply(ticket, by=Actor.for_agent(agent), body="Two")
        html = send(browser, ticket, body="Mine", last_read=last_read).content.decode()
        assert "Your reply hasn’t been sent yet" in html
        assert html.count("portal-message__new") == 1

    def test_own_reply_in_another_tab_does_not_count(self, browser, ticket):
        last_read = last_read_on(browser.get(url(ticket)))
        send(browser, ticket, body="From another tab")
        assert send(browser, ticket, body="From this tab", last_read=last_read).status_code == 302

    def test_internal_notes_are_not_revealed(self, browser, ticket, agent):
        last_read = last_read_on(browser.get(url(ticket)))
        actions.add_note(ticket, by=Actor.for_agent(agent), body="Hm")
        assert send(browser, ticket, body="My answer", last_read=last_read).status_code == 302

    @pytest.mark.parametrize("last_read", ["", "x", "-1", "9" * 30, None])
    def test_invalid_last_read_counts_as_nothing_read(self, browser, ticket, agent, last_read):
        actions.reply(ticket, by=Actor.for_agent(agent), body="One")
        data = {} if last_read is None else {"last_read": last_read}
        assert send(browser, ticket, body="My answer", **data).status_code == 302

    def test_reply_that_was_already_sent_is_not_held_back(self, browser, ticket, agent):
        last_read, key = last_read_on(browser.get(url(ticket))), str(uuid.uuid4())
        first = send(browser, ticket, body="Once", last_read=last_read, submission_key=key)
        actions.reply(ticket, by=Actor.for_agent(agent), body="Quick")
        second = send(browser, ticket, body="Once", last_read=last_read, submission_key=key)
        assert second.url == first.url
        assert ticket.messages.count() == 3


class TestSubmittingTwice:
    def test_another_text_with_the_same_key_is_another_reply(self, browser, ticket):
        """The Back button can restore an old form with its submission key."""
        key = str(uuid.uuid4())
        for body in ("First", "Second", "Second", "First"):
            assert send(browser, ticket, body=body, submission_key=key).status_code == 302
        bodies = [message.body for message in ticket.messages.all()]
        assert bodies == ["It **stops**.", "First", "Second"]

    def test_another_file_with_the_same_key_is_another_reply(self, browser, ticket):
        key = str(uuid.uuid4())
        for name in ("a.txt", "a.txt", "b.txt"):
            files = [factories.upload(name)]
            send(browser, ticket, submission_key=key, attachments=files)
        names = [file.name for file in Attachment.objects.order_by("created_at")]
        assert names == ["a.txt", "b.txt"]

    def test_same_uploads_are_the_same_reply(self, browser, ticket):
        key = str(uuid.uuid4())
        answer = browser.post("/support/uploads/", {"file": factories.upload()}).json()
        data = {"submission_key": key, "attachments-kept": answer["id"]}
        assert send(browser, ticket, **data).url == send(browser, ticket, **data).url
        assert ticket.messages.count() == 2


class TestFilesThatWereDeleted:
    """Uploads are deleted after two days. Those who send them later are told."""

    @pytest.fixture
    def uploads(self, browser):
        names = ("old.txt", "new.txt")
        sent = [browser.post("/support/uploads/", {"file": factories.upload(n)}) for n in names]
        long_ago = timezone.now() - timedelta(hours=49)
        Attachment.objects.filter(name="old.txt").update(created_at=long_ago)
        actions.discard_uploads(older_than=timedelta(hours=48))
        return [f"{found['id']}/{found['name']}" for found in (row.json() for row in sent)]

    def test_reply_is_held_back_with_its_text_and_the_other_files(self, browser, ticket, uploads):
        html = send(browser, ticket, body="Careful", **{"attachments-kept": uploads})
        html = html.content.decode()
        assert "“old.txt” is no longer available. Attach it again." in html
        assert "Careful" in html and uploads[1] in html and uploads[0] not in html
        assert ticket.messages.count() == 1
        send(browser, ticket, body="Careful", **{"attachments-kept": uploads[1]})
        assert [file.name for file in ticket.messages.last().attachments.all()] == ["new.txt"]

    def test_new_files_of_the_reply_are_kept(self, browser, ticket, uploads):
        files = {"attachments": [factories.upload("third.txt")], "attachments-kept": uploads[0]}
        assert "third.txt" in send(browser, ticket, **files).content.decode()
        assert Attachment.objects.unsent().filter(name="third.txt").exists()

    def test_file_without_a_name_is_missed_as_well(self, browser, ticket, uploads):
        pk = uploads[0].partition("/")[0]
        html = send(browser, ticket, body="x", **{"attachments-kept": pk}).content.decode()
        assert "An attached file is no longer available. Attach it again." in html

    def test_draft_from_before_the_sign_in_says_what_is_missing(self, browser, ticket, uploads):
        user = browser.session["_auth_user_id"]
        browser.logout()
        send(browser, ticket, body="Careful", **{"attachments-kept": uploads})
        browser.force_login(
            get_user_model().objects.get(pk=user),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        html = browser.get(url(ticket)).content.decode()
        assert "“old.txt” is no longer available" in html and uploads[1] in html

    def test_file_of_another_reply_is_not_sent_again(self, browser, ticket, uploads):
        send(browser, ticket, body="One", **{"attachments-kept": uploads[1]})
        html = send(browser, ticket, body="Two", **{"attachments-kept": uploads[1]})
        assert "“new.txt” is no longer available" in html.content.decode()
        assert ticket.messages.last().body == "One"


def test_text_for_a_ticket_that_is_just_being_deleted_is_given_back(browser, ticket):
    def delete(**kwargs):
        actions.delete_ticket(ticket, by=factories.SYSTEM)

    file_received.connect(delete)
    try:
        data = {"body": "Long & careful", "attachments": factories.upload()}
        response = send(browser, ticket, **data)
    finally:
        file_received.disconnect(delete)
    assert response.status_code == 404
    assert "Long &amp; careful" in response.content.decode()
    assert not Attachment.objects.exists()


class TestInputIsKept:
    def test_reply_to_a_ticket_that_is_no_longer_visible_is_given_back(
        self, as_member, ticket, acme
    ):
        admin = as_member(factories.member(acme, role=Role.ADMIN))
        ticket.private = True
        ticket.save()

        def answer(number):
            data = {"body": "Long & careful", "submission_key": uuid.uuid4()}
            response = admin.post(f"/support/tickets/{number}/reply/", data)
            assert response.status_code == 404
            return without_details(response)

        html = answer(ticket.number)
        assert "Long &amp; careful" in html
        assert html == answer(99_999)
        assert "Export fails" not in html
        assert ticket.messages.count() == 1

    def test_empty_reply_to_a_missing_ticket_is_a_404(self, as_member, ticket):
        outsider = as_member(factories.member(factories.organization()))
        plain = outsider.post(url(ticket, "reply/"), {"body": " "})
        missing = outsider.get("/support/tickets/99999/")
        assert without_details(plain) == without_details(missing)

    @pytest.mark.parametrize("more", [{}, {"preview": "page"}])
    def test_reply_of_a_member_who_lost_edit_access_is_given_back(
        self, browser, ticket, dana, more
    ):
        Role.objects.create(key="reader", name="R", can_edit_tickets=False)
        dana.role = Role.objects.get(key="reader")
        dana.save()
        html = send(browser, ticket, body="Long & careful", **more).content.decode()
        assert "Your reply wasn’t sent" in html
        assert "Long &amp; careful" in html
        assert Message.objects.count() == 1

    def test_30_megabytes_are_rejected_and_the_text_is_kept(self, browser, ticket):
        picture = factories.upload("shot.png", b"\x89PNG\r\n\x1a\n" + bytes(30 * 2**20))
        html = send(browser, ticket, body="See picture", attachments=[picture]).content.decode()
        assert "“shot.png” is too large. Files can be up to" in html
        assert ">\nSee picture</textarea>" in html
        picture.seek(0)
        answer = browser.post("/support/uploads/", {"file": picture})
        assert answer.status_code == 400
        assert "“shot.png” is too large" in answer.json()["error"]
        assert not Attachment.objects.exists()

    def test_100000_characters_are_rejected_and_kept(self, browser, ticket):
        # Browsers would cut them off.
        assert "maxlength" not in browser.get(url(ticket)).content.decode()
        html = send(browser, ticket, body="word " * 20_000).content.decode()
        assert "The limit is 50000." in html
        assert html.count("word ") >= 19_999
        assert ticket.messages.count() == 1

    def test_null_characters_are_removed(self, browser, ticket):
        send(browser, ticket, body="a\x00b\x08c")
        assert ticket.messages.last().body == "abc"


def test_message_is_corrected_in_the_composer(browser, ticket):
    message = ticket.messages.get()
    url = f"/support/tickets/{ticket.number}/edit/"
    page = browser.get(f"{url}?message={message.pk}").content.decode()
    assert "data-portal-toolbar" in page and "data-portal-preview" in page
    sent = {"message": message.pk, "body": "It is **stuck**"}
    page = browser.post(url, {**sent, "preview": "page"}).content.decode()
    assert "<strong>stuck</strong>" in page and "It is **stuck**</textarea>" in page
    part = browser.post(url, {**sent, "preview": "part"}).content.decode()
    assert "<strong>stuck</strong>" in part and "<html" not in part
    message.refresh_from_db()
    assert message.body != "It is **stuck**"
    assert browser.post(url, sent).status_code == 302
    message.refresh_from_db()
    assert message.body == "It is **stuck**"


class TestMerged:
    def test_reply_is_offered_to_the_ticket_where_it_goes_on(self, browser, ticket, dana):
        into = factories.ticket(dana, subject="Export hangs")
        actions.merge_tickets(ticket, by=factories.SYSTEM, into=into)
        response = send(browser, ticket, body="Still so", attachments=[factories.upload("run.log")])
        html = response.content.decode()
        assert f"ticket #{ticket.number} was merged into this one" in html
        assert "Still so</textarea>" in html and f'action="{url(into, "reply/#reply")}"' in html
        (kept,) = KEPT.findall(html)
        send(browser, into, body="Still so", **{"attachments-kept": kept})
        assert into.messages.latest("pk").attachments.get().name == "run.log"
        assert Message.objects.count() == 3

    def test_follow_up_is_one_to_the_ticket_where_it_went_on(self, browser, ticket, dana):
        into = factories.ticket(dana, subject="Export hangs")
        actions.merge_tickets(ticket, by=factories.SYSTEM, into=into)
        long_ago = timezone.now() - timedelta(days=1000)
        actions.close_ticket(into, by=factories.SYSTEM, at=long_ago)
        html = send(browser, ticket, body="Still so").content.decode()
        assert f"Follow-up to #{into.number}" in html and "Still so</textarea>" in html

    def test_follow_up_is_offered_if_the_other_ticket_is_hidden(self, browser, ticket, dana):
        into = factories.ticket(dana)
        actions.merge_tickets(ticket, by=factories.SYSTEM, into=into)
        other = factories.member(factories.organization())
        actions.move_ticket(into, by=factories.SYSTEM, requester=other)
        html = send(browser, ticket, body="Still so").content.decode()
        assert f"Follow-up to #{ticket.number}" in html and f"#{into.number}" not in html
