"""Merging, linking, moving and opening tickets in the admin."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.models import Locale

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.models import (
    Channel,
    PortalSettings,
    Role,
    SavedReply,
    State,
    Status,
    Ticket,
    TicketLink,
)
from wagtail_portal.permissions import Actor


@pytest.fixture
def kim(acme):
    return factories.member(acme, "kim@acme.example", name="Kim Ito")


@pytest.fixture
def other(kim):
    return factories.ticket(kim, subject="Export hangs")


@pytest.fixture
def globex(db):
    return factories.organization("Globex")


def text(response) -> str:
    return response.content.decode()


class TestMerge:
    def test_ticket_is_found_by_number_and_words(self, desk, ticket, other, globex):
        url = ticket_url("merge", ticket.pk)
        foreign = factories.ticket(factories.member(globex), subject="Export of Globex")
        assert "Export hangs" in text(desk.get(url))
        html = text(desk.get(url, {"q": "export"}))
        assert "Export hangs" in html and "Globex" not in html
        assert f"?into={other.pk}" in text(desk.get(url, {"q": f"#{other.number}"}))
        assert "No results found." in text(desk.get(url, {"q": "zebra"}))
        html = text(desk.get(url, {"into": foreign.pk}))
        assert (
            "The tickets belong to different organizations" in html
            and '<button class="button">' not in html
        )

    def test_confirmation_page_explains_the_merge(self, desk, ticket, other, dana, as_member, home):
        url = ticket_url("merge", ticket.pk)
        html = text(desk.get(url, {"into": other.pk}))
        assert "will be closed and locked" in html and "Dana Reyes" in html
        assert not Ticket.objects.exclude(merged_into=None).exists()
        for _time in range(2):
            assert desk.post(url, {"into": other.pk}).url == ticket_url("edit", other.pk)
        html = text(desk.get(ticket_url("edit", other.pk)))
        assert f"#{ticket.number} was merged into this" in html
        assert f"Merged from #{ticket.number}" in html
        # The merged ticket links to the other one and only accepts notes.
        response = desk.get(ticket_url("edit", ticket.pk))
        assert ticket_url("edit", other.pk) in text(response)
        assert list(response.context["forms"]) == ["note", "assign", "link"]
        data = {"reply-body": "Hello", "reply-status": ticket.status_id}
        assert desk.post(ticket_url("reply", ticket.pk), data).status_code == 302
        assert ticket.messages.count() == 1
        # The same applies to its customer, who can read the other ticket now.
        page = as_member(dana).get(f"/support/tickets/{ticket.number}/")
        assert f"/support/tickets/{other.number}/" in text(page)
        assert f"Go to #{other.number}" in text(page) and "follow-up/" not in text(page)
        assert as_member(dana).get(f"/support/tickets/{other.number}/").status_code == 200

    def test_drafts_in_the_browser_move_to_the_other_ticket(
        self, desk, ticket, other, dana, as_member, home
    ):
        def drafts(html):
            return re.findall(r'data-portal-draft(?:-to)?="([^"]*)"', html)

        browser = as_member(dana)
        pages = [
            lambda row: browser.get(f"/support/tickets/{row.number}/"),
            lambda row: desk.get(ticket_url("edit", row.pk)),
        ]
        before = [drafts(text(page(ticket)))[0] for page in pages]
        actions.merge_tickets(ticket, by=Actor.system(), into=other)
        for page, draft in zip(pages, before, strict=True):
            html = text(page(ticket))
            assert f'data-portal-draft-from="{draft}"' in html
            assert drafts(html)[0] == drafts(text(page(other)))[0]

    def test_draft_of_a_locked_ticket_moves_to_the_follow_up(self, ticket, dana, as_member, home):
        browser, url = as_member(dana), f"/support/tickets/{ticket.number}/"
        [draft] = re.findall(r'data-portal-draft="([^"]*)"', text(browser.get(url)))
        portal = PortalSettings.for_site(home.get_site())
        portal.reopen_days = 1
        portal.save()
        at = timezone.now() - timedelta(days=2)
        actions.close_ticket(ticket, by=Actor.for_member(dana), at=at)
        html = text(browser.get(url))
        assert f'data-portal-draft-from="{draft}"' in html
        [moved] = re.findall(r'data-portal-draft-to="([^"]*)"', html)
        assert f'data-portal-draft="{moved}"' in text(browser.get(f"{url}follow-up/"))

    def test_says_that_there_is_no_closed_status(self, desk, ticket, other):
        Status.objects.filter(state=State.CLOSED).update(state=State.ON_HOLD)
        url = ticket_url("merge", ticket.pk)
        html = text(desk.get(url, {"into": other.pk}))
        assert "There is no closed status" in html
        assert '<button class="button">' not in html
        assert "There is no closed status" in text(desk.post(url, {"into": other.pk}))
        assert not Ticket.objects.exclude(merged_into=None).exists()

    def test_merged_ticket_does_not_link_to_a_ticket_the_customer_cannot_see(
        self, ticket, other, acme, as_member, home
    ):
        admin = factories.member(acme, role=Role.ADMIN)
        actions.set_privacy(other, by=Actor.for_member(other.requester), private=True)
        actions.merge_tickets(ticket, by=Actor.system(), into=other)
        page = text(as_member(admin).get(f"/support/tickets/{ticket.number}/"))
        assert f"#{other.number}" not in page and f"/{other.number}/" not in page

    def test_only_other_tickets_of_the_same_visitor_can_be_chosen(self, desk):
        kim, jo = (actions.save_visitor(f"{name}@else.example") for name in ("kim", "jo"))
        ticket, _own = factories.ticket(kim), factories.ticket(kim, "Of Kim, too")
        other = factories.ticket(jo, "Of Jo")
        html = text(desk.get(ticket_url("merge", ticket.pk)))
        assert "Of Kim, too" in html and "Of Jo" not in html
        html = text(desk.get(ticket_url("merge", ticket.pk), {"into": other.pk}))
        assert "different visitors" in html and '<button class="button">' not in html

    def test_merging_requires_permission(self, ticket, other):
        group("Some", "view_ticket", "change_ticket")
        browser = signed_in(factories.staff("Some"))
        assert browser.get(ticket_url("merge", ticket.pk)).url == "/admin/"
        assert browser.post(ticket_url("merge", ticket.pk), {"into": other.pk}).url == "/admin/"
        assert not Ticket.objects.exclude(merged_into=None).exists()


class TestMergeNote:
    def test_note_is_added_to_the_ticket_that_is_kept(self, desk, ticket, other):
        url = ticket_url("merge", ticket.pk)
        html = text(desk.get(url, {"into": other.pk}))
        assert "Add an internal note" in html and 'name="note-body"' in html
        data = {
            "into": other.pk,
            "note-submission_key": "7b1fd8a5-8c43-4f7c-9a2c-0a1d1d4b2f10",
            "note-body": "Same **cause**.",
            "note-attachments": factories.upload("log.txt"),
        }
        assert desk.post(url, data).url == ticket_url("edit", other.pk)
        note = other.messages.get(kind="note")
        assert note.body == "Same **cause**." and note.attachments.get().name == "log.txt"
        assert not ticket.messages.filter(kind="note").exists()
        # Sending it again adds nothing; a colleague who was slower loses nothing.
        data["note-attachments"] = []
        assert desk.post(url, data).status_code == 302
        assert other.messages.filter(kind="note").count() == 1

    def test_note_can_be_previewed_and_comes_back_with_errors(self, desk, ticket, other, globex):
        url = ticket_url("merge", ticket.pk)
        data = {"into": other.pk, "note-body": "Is it **bold**?"}
        part = text(desk.post(url, {**data, "preview": "part"}))
        assert "<strong>bold</strong>" in part and "<html" not in part
        assert "<strong>bold</strong>" in text(desk.post(url, {**data, "preview": "page"}))
        foreign = factories.ticket(factories.member(globex), subject="Export of Globex")
        data |= {"into": foreign.pk, "note-attachments": factories.upload("log.txt")}
        response = desk.post(url, data)
        assert "belongs to another organization" in text(response)
        assert "Is it **bold**?" in text(response) and "log.txt" in text(response)
        assert not Ticket.objects.exclude(merged_into=None).exists()
        # Also if the other ticket was deleted.
        response = desk.post(url, {**data, "into": "99999", "note-attachments": []})
        assert response.status_code == 404 and "Is it **bold**?" in text(response)

    def test_saved_reply_in_the_note_describes_the_ticket_that_is_kept(self, desk, ticket, other):
        reply = SavedReply.objects.create(
            title="Merged", text="See {ticket.number}.", locale=Locale.get_default()
        )
        data = {"into": other.pk, "note-saved_reply": reply.pk, "insert": "part"}
        found = desk.post(ticket_url("merge", ticket.pk), data).json()
        assert found["text"] == f"See #{other.number}."

    def test_note_needs_permission(self, ticket, other):
        group("Some", "view_ticket", "merge_ticket")
        browser = signed_in(factories.staff("Some"))
        url, data = ticket_url("merge", ticket.pk), {"into": other.pk, "note-body": "Hello"}
        assert "note-body" not in text(browser.get(url, {"into": other.pk}))
        browser.post(url, data)
        assert not other.messages.filter(kind="note").exists()


class TestRequester:
    def test_moving_shows_who_gains_and_loses_access(self, desk, ticket, dana, acme, globex):
        new = factories.member(globex, name="Lou Globex")
        factories.member(globex, role=Role.ADMIN, name="Ada Globex")
        factories.member(acme, role=Role.ADMIN, name="Cleo Acme")
        factories.member(acme, name="Nobody Acme")
        url = ticket_url("requester", ticket.pk)
        assert f"?member={new.pk}" in text(desk.get(url, {"q": "lou globex"}))
        effects = desk.get(url, {"member": new.pk}).context["effects"]
        names = {row["text"]: row.get("names") for row in effects}
        gain = "These people will be able to see the ticket:"
        lose = "These people will no longer be able to see the ticket:"
        assert set(names[gain]) == {"Lou Globex", "Ada Globex"}
        assert set(names[lose]) == {"Dana Reyes", "Cleo Acme"}
        for _time in range(2):
            assert desk.post(url, {"member": new.pk}).status_code == 302
        ticket.refresh_from_db()
        assert ticket.organization == globex
        assert "Moved from Acme to Globex" in text(desk.get(ticket_url("edit", ticket.pk)))

    def test_requester_can_be_changed_within_the_organization(
        self, desk, ticket, dana, kim, as_member, home
    ):
        url = ticket_url("requester", ticket.pk)
        html = text(desk.get(url, {"member": kim.pk}))
        assert "Dana Reyes will follow the ticket." in html
        desk.post(url, {"member": kim.pk})
        page = text(as_member(kim).get(f"/support/tickets/{ticket.number}/"))
        assert "You became the requester of this ticket" in page
        page = text(as_member(dana).get(f"/support/tickets/{ticket.number}/"))
        assert "Kim Ito became the requester of this ticket" in page

    def test_members_without_access_are_not_offered(self, desk, ticket, globex):
        gone = factories.member(globex, role=Role.NO_ACCESS, name="Gone Person")
        url = ticket_url("requester", ticket.pk)
        assert "No results found." in text(desk.get(url, {"q": "gone"}))
        assert desk.post(url, {"member": gone.pk}).url == url
        assert desk.post(url, {"member": "x"}).url == url


class TestLinks:
    def test_link_and_unlink(self, desk, ticket, other, dana, as_member, home):
        data = {"link-kind": "duplicate", "link-target": f"#{other.number}"}
        assert desk.post(ticket_url("link", ticket.pk), data).status_code == 302
        assert f"Duplicate of #{other.number}" in text(desk.get(ticket_url("edit", ticket.pk)))
        html = text(desk.get(ticket_url("edit", other.pk)))
        assert f"Duplicated by #{ticket.number}" in html
        # Customers don't see links.
        page = text(as_member(dana).get(f"/support/tickets/{ticket.number}/"))
        assert str(other.number) not in page and "Linked" not in page
        desk.post(ticket_url("unlink", other.pk), {"target": ticket.pk})
        assert not TicketLink.objects.exists()
        data["link-target"] = "99999"
        response = desk.post(ticket_url("link", ticket.pk), data)
        assert "There is no ticket with this number." in text(response)


def test_subject_can_be_changed(desk, ticket, dana, as_member, home):
    url = ticket_url("subject", ticket.pk)
    assert desk.post(url, {"subject-subject": "Import fails"}).status_code == 302
    assert "Subject changed" in text(desk.get(ticket_url("edit", ticket.pk)))
    page = text(as_member(dana).get(f"/support/tickets/{ticket.number}/"))
    assert "Import fails" in page and "The subject was changed" in page
    assert desk.post(url, {"subject-subject": " "}).context["forms"]["subject"].errors


class TestOpen:
    def test_ticket_can_be_opened_for_a_customer(self, desk, agent, dana, home):
        factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
        url = ticket_url("open")
        assert "Dana Reyes" in text(desk.get(url, {"member": dana.pk}))
        data = {
            "member": dana.pk,
            "submission_key": "7b1fd8a5-8c43-4f7c-9a2c-0a1d1d4b2f10",
            "subject": "Called about the export",
            "body": "As we said on the phone: *wait*.",
            "attachments": factories.upload("offer.txt"),
            "status": factories.status("waiting-on-customer").pk,
            "urgency": "high",
            "mine": "on",
            "field:severity": "high",
        }
        response = desk.post(url, data)
        ticket = Ticket.objects.get()
        assert response.url == ticket_url("edit", ticket.pk)
        assert (ticket.requester, ticket.assignee, ticket.urgency) == (dana, agent, "high")
        assert (ticket.values, ticket.channel) == ({"severity": "high"}, Channel.DESK)
        assert ticket.status.key == "waiting-on-customer"
        message = ticket.messages.get()
        assert message.from_team and message.attachments.get().name == "offer.txt"
        # Submitting twice opens one ticket.
        data["attachments"] = factories.upload("offer.txt")
        assert desk.post(url, data).url == response.url
        assert Ticket.objects.count() == 1


def test_details_show_related_tickets(desk, ticket, other, dana):
    old = factories.ticket(dana, subject="An old one")
    actions.close_ticket(old, by=Actor.system())
    closed = factories.ticket(other.requester, subject="Closed one")
    actions.close_ticket(closed, by=Actor.system())
    html = text(desk.get(ticket_url("edit", ticket.pk)))
    assert "More from this requester" in html and "An old one" in html
    assert "The organization’s open tickets" in html and "Export hangs" in html
    assert "Closed one" not in html and "Member since" in html


def test_details_show_the_form_and_the_page(desk, dana, home, django_assert_max_num_queries):
    form = factories.form_page(home, title="Report a problem")
    ticket = factories.ticket(dana, form=form, source_page=home)
    Ticket.objects.filter(pk=ticket.pk).update(form_title="Report a fault")
    url = ticket_url("edit", ticket.pk)
    desk.get(url)
    with django_assert_max_num_queries(25):
        html = text(desk.get(url))
    assert '/support/report/">Report a fault</a>' in html
    assert '/support/">Support</a>' in html


def test_form_leads_to_the_editor_for_those_who_can_edit_it(superuser, dana, home):
    form = factories.form_page(home, title="Report a problem")
    ticket = factories.ticket(dana, form=form)
    Ticket.objects.filter(pk=ticket.pk).update(form_title="Report a problem")
    html = text(signed_in(superuser).get(ticket_url("edit", ticket.pk)))
    assert f'href="/admin/pages/{form.pk}/edit/">Report a problem</a>' in html


def test_limited_agents_cannot_use_tickets_out_of_scope(ticket, globex, acme):
    """The group can only see the tickets of one organization."""
    foreign = factories.ticket(factories.member(globex), subject="Export of Globex")
    some = group("Some", "view_ticket", "change_ticket", "merge_ticket")
    actions.limit_group(some, by=Actor.system(), organizations=[acme])
    browser = signed_in(factories.staff("Some"))
    html = text(browser.get(ticket_url("merge", ticket.pk), {"q": str(foreign.number)}))
    assert "No results found." in html
    html = text(browser.get(ticket_url("merge", ticket.pk), {"into": foreign.pk}))
    assert "Globex" not in html
    browser.post(ticket_url("merge", ticket.pk), {"into": foreign.pk})
    data = {"link-kind": "related", "link-target": str(foreign.number)}
    html = text(browser.post(ticket_url("link", ticket.pk), data))
    assert "There is no ticket with this number." in html
    actions.link_tickets(ticket, by=Actor.system(), target=foreign, kind="related")
    assert "Globex" not in text(browser.get(ticket_url("edit", ticket.pk)))
    browser.post(ticket_url("unlink", ticket.pk), {"target": foreign.pk})
    assert TicketLink.objects.count() == 1
    # Without permission to see members, agents only know the requesters of tickets they can see.
    member = foreign.requester
    assert "No results found." in text(
        browser.get(ticket_url("requester", ticket.pk), {"q": "globex"})
    )
    browser.post(ticket_url("requester", ticket.pk), {"member": member.pk})
    ticket.refresh_from_db()
    assert ticket.organization == acme and ticket.merged_into is None


def test_another_text_in_a_form_of_the_desk_opens_another_ticket(desk, agent, dana, home):
    data = {
        "member": dana.pk,
        "submission_key": "7b1fd8a5-8c43-4f7c-9a2c-0a1d1d4b2f10",
        "subject": "Called about the export",
        "status": factories.status("new").pk,
        "urgency": "normal",
    }
    for body in ("First", "First", "Second"):
        assert desk.post(ticket_url("open"), {**data, "body": body}).status_code == 302
    bodies = [ticket.messages.get().body for ticket in Ticket.objects.order_by("pk")]
    assert bodies == ["First", "Second"]
