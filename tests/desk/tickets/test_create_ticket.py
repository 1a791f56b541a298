"""A new ticket for a customer, and a follow-up: the search for the customer, and the composer."""

import pytest
from bs4 import BeautifulSoup
from wagtail.models import Locale

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.models import Attachment, SavedReply, Ticket
from wagtail_portal.permissions import Actor

KEY = "7b1fd8a5-8c43-4f7c-9a2c-0a1d1d4b2f10"


@pytest.fixture
def kim(acme):
    return factories.member(acme, "kim@acme.example", name="Kim Ito")


def sent(member=None, **fields) -> dict:
    """Return what a browser sends."""
    chosen = {"member": member.pk} if member else {}
    status = factories.status("new").pk
    data = {"submission_key": KEY, "subject": "By phone", "status": status, "urgency": "normal"}
    return {**data, **chosen, **fields}


def boxes(response, name: str = "member") -> dict[str, bool]:
    """Return whether each checkbox of a name is checked, by its label."""
    found = BeautifulSoup(response.content, "html.parser").select(f"[type=checkbox][name={name}]")
    return {box.parent.get_text(strip=True): box.has_attr("checked") for box in found}


class TestCustomer:
    def test_search_keeps_everything_that_was_typed(self, desk, dana, kim):
        data = sent(subject="", body="My text", urgency="high", find="page")
        data |= {"member-typed": "acme", "attachments": factories.upload("offer.txt")}
        response = desk.post(ticket_url("open"), data)
        assert boxes(response) == {
            "Dana Reyes · dana@acme.example · Acme": False,
            "Kim Ito · kim@acme.example · Acme": False,
        }
        form = response.context["form"]
        # Nothing was sent yet, so there are no errors.
        assert form["body"].value() == "My text" and not form.errors
        kept = str(Attachment.objects.unsent().get().pk)
        assert f'value="{kept}' in response.content.decode()
        # The only one who's found is chosen.
        data |= {"member-typed": "dana", "attachments-kept": kept}
        del data["attachments"]
        assert boxes(desk.post(ticket_url("open"), data)) == {
            "Dana Reyes · dana@acme.example · Acme": True
        }
        html = desk.post(ticket_url("open"), {**data, "member-typed": "zebra"}).content.decode()
        assert "No results found" in html and "My text" in html

    def test_ticket_is_opened_without_a_default_site(self, desk, home, dana):
        factories.change([home.get_site()], is_default_site=False, hostname="help.company.example")
        response = desk.post(ticket_url("open"), sent(dana, body="My text"))
        assert response.status_code == 302
        assert Ticket.objects.get().site == home.get_site()

    def test_ticket_is_never_opened_for_a_customer_who_was_only_searched_for(self, desk, dana):
        response = desk.post(ticket_url("open"), sent(body="My text", **{"member-typed": "dana"}))
        assert response.context["form"].errors["member"] == ["Select a customer."]
        assert boxes(response) == {"Dana Reyes · dana@acme.example · Acme": False}
        assert "My text" in response.content.decode() and not Ticket.objects.exists()

    def test_nothing_is_lost_without_a_customer(self, desk, dana, kim):
        for chosen in ("9999", "x", [dana.pk, kim.pk]):
            data = {**sent(body="My text"), "member": chosen}
            response = desk.post(ticket_url("open"), data)
            assert response.context["form"].errors["member"]
            assert "My text" in response.content.decode()

    def test_members_without_access_are_not_offered(self, desk, acme):
        gone = factories.member(acme, role="no-access", name="Gone Person")
        answer = desk.get("/admin/portal/suggest/requester/", {"q": "gone"})
        assert answer.json() == {"results": []}
        response = desk.post(ticket_url("open"), sent(gone))
        assert response.context["form"].errors["member"] == ["Select a customer."]


class TestComposer:
    def test_text_can_be_previewed_before_anything_else_is_filled_in(self, desk):
        data = {"body": "Is it **bold**?"}
        part = desk.post(ticket_url("open"), {**data, "preview": "part"}).content.decode()
        assert "<strong>bold</strong>" in part and "<html" not in part
        response = desk.post(ticket_url("open"), {**data, "preview": "page"})
        assert "<strong>bold</strong>" in response.content.decode()
        assert not response.context["form"].errors and not Ticket.objects.exists()

    def test_files_are_uploaded_before_the_ticket_is_opened(self, desk, dana, agent):
        answer = desk.post(ticket_url("open_upload"), {"file": factories.upload("fix.txt")})
        data = sent(dana, body="See the file.", **{"attachments-kept": answer.json()["id"]})
        assert desk.post(ticket_url("open"), data).status_code == 302
        assert Ticket.objects.get().messages.get().attachments.get().name == "fix.txt"
        assert desk.post(ticket_url("open_upload"), {"file": factories.upload("x.exe")}).json()[
            "error"
        ]
        browser = signed_in(factories.staff(group("Readers", "view_ticket").name))
        assert browser.post(ticket_url("open_upload"), {}).status_code == 302


@pytest.fixture
def macro(db):
    """A saved reply that also changes the ticket."""
    field = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
    return SavedReply.objects.create(
        title="Called",
        text="Hello {requester.first_name}, this is {ticket.number} for {organization}.\n\n{agent}",
        locale=Locale.get_default(),
        set_status=factories.status("on-hold"),
        set_urgency="low",
        set_assignee=factories.agent(name="Sam Colleague"),
        set_values={field.key: "high"},
    )


class TestSavedReplies:
    def test_saved_reply_fills_in_the_form(self, desk, dana, macro):
        data = sent(dana, saved_reply=macro.pk)
        found = desk.post(ticket_url("open"), {**data, "insert": "part"}).json()
        # The number isn't known yet.
        assert found["text"] == "Hello Dana, this is {ticket.number} for Acme.\n\nRobin Agent"
        status = str(factories.status("on-hold").pk)
        assert found["fills"] == {
            "status": [status],
            "urgency": ["low"],
            "field:severity": ["high"],
        }
        assert "Assigned to: Sam Colleague" in found["changes"]
        # The same without JavaScript.
        response = desk.post(ticket_url("open"), {**data, "insert": "page"})
        form = response.context["form"]
        assert form["body"].value() == found["text"] and form["status"].value() == status
        assert (form["urgency"].value(), form["field:severity"].value()) == ("low", "high")
        assert boxes(response, "change") == {"Assigned to: Sam Colleague": True}

    @pytest.mark.parametrize(
        ("type", "value", "shown"),
        [
            ("yes_no", True, "yes"),
            ("yes_no", False, "no"),
            ("datetime", "2026-10-05T12:30:00+00:00", "2026-10-05T12:30"),
            ("date", "2026-10-05", "2026-10-05"),
            ("integer", "4", "4"),
        ],
    )
    def test_fields_of_every_type_are_filled_in(self, desk, dana, macro, type, value, shown):
        field = factories.ticket_field("Extra", type=type)
        SavedReply.objects.filter(pk=macro.pk).update(set_values={field.key: value})
        data = sent(dana, saved_reply=macro.pk, insert="part")
        (filled,) = desk.post(ticket_url("open"), data).json()["fills"]["field:extra"]
        assert filled.removesuffix(":00") == shown

    def test_ticket_has_what_the_saved_reply_says(self, desk, dana, macro):
        body = "Hello Dana, this is {ticket.number} for {organization}."
        data = sent(dana, body=body, used=macro.pk, change=f"{macro.pk}:assignee", mine="on")
        for _time in range(2):
            assert desk.post(ticket_url("open"), data).status_code == 302
        ticket = Ticket.objects.get()
        text = ticket.messages.get().body
        assert text == f"Hello Dana, this is #{ticket.number} for Acme."
        assert ticket.assignee == macro.set_assignee
        macro.refresh_from_db()
        assert macro.uses == 1

    def test_saved_replies_are_found_before_a_customer_is_chosen(self, desk, macro):
        html = desk.get(ticket_url("open_saved_replies"), {"q": "called"}).content.decode()
        assert "Hello {requester.first_name}" in html and "<html" not in html
        response = desk.post(ticket_url("open"), sent(insert="search", search="called"))
        assert "Robin Agent" in response.content.decode()


class TestFollowUp:
    def test_follow_up_continues_the_ticket(self, desk, dana, ticket):
        field = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
        Ticket.objects.filter(pk=ticket.pk).update(values={field.key: "high"})
        actions.set_privacy(ticket, by=Actor.for_member(dana), private=True)
        actions.close_ticket(ticket, by=Actor.system())
        url = f"{ticket_url('open')}?follow_up={ticket.pk}"
        screen = desk.get(ticket_url("edit", ticket.pk)).content.decode()
        assert url in screen
        response = desk.get(url)
        form = response.context["form"]
        assert form["subject"].value() == "The export is stuck"
        assert form["field:severity"].value() == "high"
        assert boxes(response) == {"Dana Reyes · dana@acme.example · Acme": True}
        assert desk.post(url, sent(dana, body="It’s back.")).status_code == 302
        opened = Ticket.objects.get(follow_up_to=ticket)
        assert opened.requester == dana and opened.private

    def test_follow_up_stays_in_the_organization(self, desk, ticket):
        other = factories.member(factories.organization("Globex"))
        url = f"{ticket_url('open')}?follow_up={ticket.pk}"
        html = desk.post(url, sent(other, body="My text")).content.decode()
        assert "That ticket belongs to another organization." in html and "My text" in html

    def test_text_is_kept_if_the_ticket_was_deleted(self, desk, dana, ticket):
        url = f"{ticket_url('open')}?follow_up={ticket.pk}"
        actions.delete_ticket(ticket, by=Actor.system())
        assert desk.get(url).status_code == 404
        html = desk.post(url, sent(dana, body="My text")).content.decode()
        assert "The ticket that this one continues was deleted." in html and "My text" in html
        # Sending it again opens a ticket of its own.
        assert f'action="{ticket_url("open")}"' in html


def test_opening_takes_a_constant_number_of_queries(
    desk, dana, macro, django_assert_max_num_queries
):
    for number in range(5):
        factories.member(dana.organization, name=f"Member {number}")
    desk.get(ticket_url("open"))
    with django_assert_max_num_queries(16):
        desk.get(ticket_url("open"), {"member": dana.pk})
