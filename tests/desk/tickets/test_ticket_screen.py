"""The ticket page in the admin."""

import re
import uuid

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.urls import reverse
from wagtail.models import ModelLogEntry

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.models import Attachment, Message, MessageKind, Status, Ticket
from wagtail_portal.permissions import Actor
from wagtail_portal.signals import file_received

FORMS = ("reply", "note", "save", "link", "subject")
PARTS = ("status", "assign", "fields", "followers")


def notices(response) -> str:
    """Return Wagtail's messages at the top of the page."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_page_shows_conversation_and_details(desk, ticket, agent, dana):
    reply = actions.reply(ticket, by=Actor.for_agent(agent), body="Have you tried *again*?")
    note = actions.add_note(ticket, by=Actor.for_agent(agent), body="A known bug.")
    html = desk.get(ticket_url("edit", ticket.pk)).content.decode()
    assert "<strong>never</strong>" in html and "<em>again</em>" in html
    assert f'portal-message--team" id="message-{reply.pk}"' in html
    assert f'portal-message--note" id="message-{note.pk}"' in html
    assert html.count("Internal note") >= 2
    assert "opened by Dana Reyes · <bdi>Acme</bdi>" in html
    assert "dana@acme.example" in html
    assert "Status changed from New to Waiting on customer" in html


def test_notes_are_marked_and_replies_are_not(desk, ticket, agent):
    html = desk.get(ticket_url("edit", ticket.pk)).content.decode()
    assert "portal-message--note" not in html
    assert "portal-message__kind" not in html


def test_agent_can_reply_and_set_the_status(desk, ticket, agent):
    key = str(uuid.uuid4())
    status = factories.status("on-hold")
    data = {
        "reply-body": "Fixed in the next release.",
        "reply-status": status.pk,
        "reply-submission_key": key,
        "reply-attachments": factories.upload("fix.txt"),
    }
    response = desk.post(ticket_url("reply", ticket.pk), data)
    message = ticket.messages.get(from_team=True)
    assert response.status_code == 302
    assert (
        response.url == ticket_url("edit", ticket.pk) + f"?sent={message.pk}#message-{message.pk}"
    )
    assert "reply was sent" in desk.get(response.url).content.decode()
    assert message.kind == MessageKind.REPLY and message.author == agent
    assert message.attachments.get().name == "fix.txt"
    ticket.refresh_from_db()
    assert ticket.status == status

    data["reply-attachments"] = factories.upload("fix.txt")
    desk.post(ticket_url("reply", ticket.pk), data)
    assert ticket.messages.filter(from_team=True).count() == 1


def test_reply_suggests_the_status_set_by_the_current_one(desk, ticket):
    form = desk.get(ticket_url("edit", ticket.pk)).context["forms"]["reply"]
    assert form["status"].value() == factories.status("waiting-on-customer").pk


def test_note_is_only_visible_to_the_team(desk, ticket, dana, home, as_member):
    before = ticket.updated_at
    response = desk.post(ticket_url("note", ticket.pk), {"note-body": "Their disk is full."})
    assert response.status_code == 302
    message = ticket.messages.get(kind=MessageKind.NOTE)
    assert "Customers can’t see it" in desk.get(response.url).content.decode()
    assert not Message.objects.visible_to(dana).filter(pk=message.pk).exists()
    ticket.refresh_from_db()
    assert ticket.updated_at == before
    page = as_member(dana).get(f"/support/tickets/{ticket.number}/")
    assert page.status_code == 200 and b"disk is full" not in page.content


@pytest.mark.parametrize("name", ["reply", "note"])
def test_input_is_kept_after_an_error(desk, ticket, name):
    data = {
        f"{name}-body": "My long and careful text.",
        f"{name}-attachments": [factories.upload("virus.exe"), factories.upload("fine.txt")],
        "reply-status": ticket.status_id,
    }
    response = desk.post(ticket_url(name, ticket.pk), data)
    html = response.content.decode()
    assert response.status_code == 200
    assert "My long and careful text." in html
    assert "virus.exe” can’t be attached" in html
    # A valid file needn't be chosen again.
    kept = Attachment.objects.unsent().get()
    assert kept.name == "fine.txt" and f'value="{kept.pk}/fine.txt"' in html
    assert f'data-w-tabs-active-panel-id-value="tab-{name}"' in html
    assert ticket.messages.count() == 1
    data[f"{name}-attachments"], data[f"{name}-attachments-kept"] = [], [str(kept.pk)]
    assert desk.post(ticket_url(name, ticket.pk), data).status_code == 302
    assert ticket.messages.last().attachments.get() == kept


@pytest.mark.parametrize("name", ["reply", "note"])
def test_text_for_a_deleted_ticket_is_given_back(desk, ticket, name):
    data = {f"{name}-body": "My long & careful text.", "reply-status": ticket.status_id}
    path = ticket_url(name, ticket.pk)

    def delete(**kwargs):
        actions.delete_ticket(ticket, by=factories.SYSTEM)

    file_received.connect(delete)
    try:
        during = desk.post(path, {**data, f"{name}-attachments": factories.upload()})
    finally:
        file_received.disconnect(delete)
    for response in (during, desk.post(path, data)):
        assert response.status_code == 404
        assert "My long &amp; careful text." in response.content.decode()


def test_field_file_is_kept_after_an_error_elsewhere(desk, ticket):
    factories.ticket_field("Contract", type="file")
    factories.ticket_field("Seats", type="number")
    data = {"fields-field-contract": factories.upload(), "fields-field-seats": "many"}
    html = desk.post(ticket_url("save", ticket.pk), data).content.decode()
    kept = Attachment.objects.unsent().get()
    assert f'value="{kept.pk}/log.txt"' in html
    data = {"fields-field-contract-kept": f"{kept.pk}/log.txt", "fields-field-seats": "5"}
    assert desk.post(ticket_url("save", ticket.pk), data).status_code == 302
    ticket.refresh_from_db()
    assert ticket.values["contract"]["id"] == str(kept.pk)


@pytest.mark.parametrize("name", ["reply", "note"])
def test_empty_message_is_rejected_at_its_field(desk, ticket, name):
    status = {"reply-status": ticket.status_id} if name == "reply" else {}
    response = desk.post(ticket_url(name, ticket.pk), {f"{name}-body": "  ", **status})
    assert "Write a message or attach a file." in response.content.decode()
    assert response.context["forms"][name].errors["body"]


def test_assign_and_unassign(desk, ticket, agent, colleague, viewer):
    url = ticket_url("save", ticket.pk)
    assert desk.post(url, {"assign-assignee": colleague.pk}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.assignee == colleague
    # The "Assign to me" button comes after the list.
    desk.post(url, {"assign-assignee": [colleague.pk, agent.pk]})
    ticket.refresh_from_db()
    assert ticket.assignee == agent
    response = desk.post(url, {"assign-assignee": viewer.pk})
    assert response.context["forms"]["assign"].errors["assignee"]
    desk.post(url, {"assign-assignee": ""})
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_assign_a_group(desk, ticket):
    url, group = ticket_url("save", ticket.pk), Group.objects.get(name="Support managers")
    page = desk.post(url, {"assign-assignee": "", "assign-group": group.pk}, follow=True)
    assert "The ticket is now assigned to Support managers." in page.content.decode()
    ticket.refresh_from_db()
    assert ticket.group == group
    editors = Group.objects.get(name="Editors")
    response = desk.post(url, {"assign-group": editors.pk})
    assert response.context["forms"]["assign"].errors["group"]
    # A group that has lost the permission stays selected until someone changes it.
    group.permissions.clear()
    form = desk.get(ticket_url("edit", ticket.pk)).context["forms"]["assign"]
    assert {found.name for found in form.fields["group"].queryset} == {
        "Support agents",
        "Support managers",
    }


def test_assignee_choices_are_people_who_can_reply(desk, ticket, agent, colleague, viewer, editor):
    factories.agent(name="Gone", is_active=False)
    form = desk.get(ticket_url("edit", ticket.pk)).context["forms"]["assign"]
    assert set(form.fields["assignee"].queryset) == {agent, colleague}


def test_assignee_who_lost_permission_is_still_shown(desk, ticket, colleague):
    actions.assign(ticket, by=Actor.system(), assignee=colleague)
    colleague.groups.clear()
    form = desk.get(ticket_url("edit", ticket.pk)).context["forms"]["assign"]
    assert colleague in form.fields["assignee"].queryset


def test_change_status(desk, ticket):
    status = factories.status("closed")
    response = desk.post(ticket_url("save", ticket.pk), {"status-status": status.pk})
    assert response.url == ticket_url("edit", ticket.pk)
    ticket.refresh_from_db()
    assert ticket.status == status and ticket.closed_at


def test_change_fields(desk, ticket):
    severity = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
    fixed_in = factories.ticket_field("Fixed in", type="text", set_by="team")
    data = {"fields-field-severity": "high", "fields-field-fixed-in": "2.1", "fields-field-x": "y"}
    assert desk.post(ticket_url("save", ticket.pk), data).status_code == 302
    ticket.refresh_from_db()
    assert ticket.values == {severity.key: "high", fixed_in.key: "2.1"}
    assert "Severity: – → High" in desk.get(ticket_url("edit", ticket.pk)).content.decode()

    response = desk.post(ticket_url("save", ticket.pk), data | {"fields-field-severity": "none"})
    assert response.context["forms"]["fields"].errors["field-severity"]
    desk.post(ticket_url("save", ticket.pk), data | {"fields-field-severity": ""})
    ticket.refresh_from_db()
    assert ticket.values == {fixed_in.key: "2.1"}


def test_change_urgency(desk, ticket):
    url = ticket_url("save", ticket.pk)
    for _time in range(2):
        assert desk.post(url, {"fields-urgency": "urgent"}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.urgency == "urgent"
    html = desk.get(ticket_url("edit", ticket.pk)).content.decode()
    assert html.count("Urgency: Normal → Urgent") == 1
    response = desk.post(url, {"fields-urgency": "extreme"})
    assert response.context["forms"]["fields"].errors["urgency"]


def test_conflicting_change_of_a_customer_is_not_overwritten(desk, ticket, home, dana):
    factories.ticket_field("Version", type="text")
    form = desk.get(ticket_url("edit", ticket.pk)).context["forms"]["fields"]
    actions.change_fields(ticket, by=Actor.system(), values={"version": "2.0"}, urgency="high")
    data = {"fields-original": form["original"].value(), "fields-urgency": "normal"}
    url = ticket_url("save", ticket.pk)
    # What the agent didn't change keeps its new value.
    assert desk.post(url, {**data, "fields-field-version": ""}).status_code == 302
    response = desk.post(url, {**data, "fields-field-version": "1.9"})
    form = response.context["forms"]["fields"]
    assert "Someone else changed this to “2.0” while you were editing" in response.content.decode()
    ticket.refresh_from_db()
    assert (ticket.values, ticket.urgency) == ({"version": "2.0"}, "high")
    data = {"fields-original": form["original"].value(), "fields-field-version": "1.9"}
    assert desk.post(url, {**data, "fields-urgency": "high"}).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.values, ticket.urgency) == ({"version": "1.9"}, "high")


def test_save_changes_only_what_the_agent_changed(desk, ticket, agent, colleague):
    """The agent learns who changed what, and chooses."""
    forms = desk.get(ticket_url("edit", ticket.pk)).context["forms"]
    stale = {
        form[field.name].html_name: form[field.name].value() or ""
        for form in (forms["status"], forms["assign"], forms["fields"])
        for field in form
    }
    by = Actor.for_agent(colleague)
    hold, closed = factories.status("on-hold"), factories.status("closed")
    actions.change_status(ticket, by=by, status=hold)
    actions.assign(ticket, by=by, assignee=colleague)
    url = ticket_url("save", ticket.pk)
    # Only the urgency was changed.
    assert desk.post(url, stale | {"fields-urgency": "high"}).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee, ticket.urgency) == (hold, colleague, "high")
    # Now all of them, so nothing is saved.
    both = stale | {"status-status": closed.pk, "assign-assignee": agent.pk}
    response = desk.post(url, both)
    html = response.content.decode()
    for text in ("“On hold”", "“Sam Colleague”"):
        assert f"Sam Colleague changed this to {text} while you were editing" in html
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == (hold, colleague)
    # Saving again overwrites it.
    forms = response.context["forms"]
    again = {
        name: forms[part][name[len(part) + 1 :]].value()
        for part, name in (("status", "status-status_was"), ("assign", "assign-assignee_was"))
    }
    assert desk.post(url, both | again | {"fields-urgency": "high"}).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == (closed, agent)


def test_save_is_all_or_nothing(desk, ticket, viewer):
    data = {"status-status": factories.status("closed").pk, "assign-assignee": viewer.pk}
    assert desk.post(ticket_url("save", ticket.pk), data).status_code == 200
    ticket.refresh_from_db()
    assert ticket.status.key == "new"


def test_reply_and_subject_do_not_overwrite_newer_values(desk, ticket, colleague):
    forms = desk.get(ticket_url("edit", ticket.pk)).context["forms"]
    was = {"reply-status_was": forms["reply"]["status_was"].value()}
    by, hold = Actor.for_agent(colleague), factories.status("on-hold")
    actions.change_status(ticket, by=by, status=hold)
    actions.change_subject(ticket, by=by, subject="The export never ends")
    data = {"reply-body": "Done.", "reply-status": factories.status("closed").pk, **was}
    response = desk.post(ticket_url("reply", ticket.pk), data)
    assert "Sam Colleague changed this to “On hold”" in response.content.decode()
    assert not ticket.messages.filter(from_team=True).exists()
    data["reply-status_was"] = response.context["forms"]["reply"]["status_was"].value()
    assert desk.post(ticket_url("reply", ticket.pk), data).status_code == 302
    ticket.refresh_from_db()
    assert ticket.status.key == "closed"
    data = {"subject-subject": "Export", "subject-subject_was": "The export is stuck"}
    html = desk.post(ticket_url("subject", ticket.pk), data).content.decode()
    assert "Sam Colleague changed this to “The export never ends”" in html


def test_values_that_are_no_longer_offered_are_protected_too(desk, ticket, agent, colleague):
    left, by = factories.agent(name="Lou Left"), Actor.for_agent(colleague)
    triage = Status.objects.create(name="Triage", label="Triage", state="waiting_on_us")
    actions.assign(ticket, by=by, assignee=left)
    actions.change_status(ticket, by=by, status=triage)
    forms = desk.get(ticket_url("edit", ticket.pk)).context["forms"]
    data = {
        field.html_name: "" if field.value() is None else field.value()
        for name in ("assign", "status")
        for field in forms[name]
    }
    # Someone takes over, and what the page was shown with is no more.
    actions.assign(ticket, by=by, assignee=colleague)
    actions.change_status(ticket, by=by, status=factories.status("on-hold"))
    left.groups.clear()
    triage.delete()
    data |= {"assign-assignee": agent.pk, "status-status": factories.status("closed").pk}
    html = desk.post(ticket_url("save", ticket.pk), data).content.decode()
    assert "Sam Colleague changed this to “Sam Colleague”" in html
    assert "Sam Colleague changed this to “On hold”" in html
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status.key) == (colleague, "on-hold")


def test_script_saves_one_change_at_a_time(desk, ticket, colleague):
    def save(**data):
        return desk.post(
            ticket_url("save", ticket.pk), data, headers={"Accept": "application/json"}
        )

    hold = factories.status("on-hold")
    response = save(**{"status-status": hold.pk, "status-status_was": ticket.status_id})
    assert response.json()["text"] == "Status changed to “On hold”."
    values = response.json()["values"]
    assert values["status-status_was"] == values["reply-status_was"] == str(hold.pk)
    actions.change_status(ticket, by=Actor.for_agent(colleague), status=factories.status("closed"))
    response = save(**{"status-status": ticket.status_id, "status-status_was": hold.pk})
    new = factories.status("new")
    response = save(**{"status-status": new.pk, "status-status_was": hold.pk})
    assert "text" not in response.json()
    assert "Sam Colleague" in response.json()["errors"]["status-status"][0]


def test_add_and_remove_followers(desk, ticket, acme):
    first = factories.member(acme, "first@acme.example", name="First One")
    second = factories.member(acme, "second@acme.example")
    outsider = factories.member(factories.organization(), "outsider@else.example")
    url = ticket_url("save", ticket.pk)
    desk.post(url, {"followers-add": "First@acme.example, second@acme.example"})
    assert set(ticket.followers.all()) == {first, second}
    assert "First One" in desk.get(ticket_url("edit", ticket.pk)).content.decode()
    assert desk.post(url, {"followers-remove": [first.pk]}).status_code == 302
    assert set(ticket.followers.all()) == {second}
    response = desk.post(url, {"followers-add": outsider.email})
    assert response.context["forms"]["followers"].errors["add"]
    response = desk.post(url, {"followers-remove": [outsider.pk]})
    assert response.context["forms"]["followers"].errors["remove"]


def test_page_shows_privacy_rating_and_related_tickets(desk, home, dana, ticket):
    from wagtail_portal.models import PortalSettings

    settings = PortalSettings.for_site(ticket.site)
    settings.ask_satisfaction = True
    settings.save()
    by = Actor.for_member(dana)
    actions.set_privacy(ticket, by=by, private=True)
    actions.mute(ticket, by=by)
    actions.close_ticket(ticket, by=by)
    actions.rate_ticket(ticket, by=by, score="bad", comment="Took <b>weeks</b>")
    new = factories.ticket(dana, subject="Once more", follow_up_to=ticket)
    html = desk.get(ticket_url("edit", ticket.pk)).content.decode()
    for notices in (
        "Requester and followers only",
        "Made private",
        "Muted",
        "Status changed from New to Closed",
        "Rated: Bad",
        "Took &lt;b&gt;weeks&lt;/b&gt;",
        f"Continued in #{new.number} Once more",
    ):
        assert notices in html
    assert ticket_url("edit", new.pk) in html
    html = desk.get(ticket_url("edit", new.pk)).content.decode()
    assert f"Follow-up to #{ticket.number} The export is stuck" in html
    assert ticket_url("edit", ticket.pk) in html


def test_archived_choice_can_be_kept(desk, ticket):
    field = factories.ticket_field("Severity", choices=[("High", ""), ("Low", "")])
    actions.change_fields(ticket, by=Actor.system(), values={"severity": "high"})
    field.choices.filter(key="high").update(archived=True)
    response = desk.post(ticket_url("save", ticket.pk), {"fields-field-severity": "high"})
    assert response.status_code == 302
    ticket.refresh_from_db()
    assert ticket.values == {"severity": "high"}


@pytest.mark.parametrize(
    ("right", "forms"),
    [
        ("reply_ticket", ["reply"]),
        ("note_ticket", ["note"]),
        ("change_ticket", ["status", "fields", "followers", "snooze", "link", "subject"]),
        ("assign_ticket", ["assign"]),
    ],
)
def test_each_permission_shows_only_its_own_forms(ticket, right, forms):
    factories.ticket_field("Severity", type="text")
    group("Some", "view_ticket", right)
    browser = signed_in(factories.staff("Some"))
    response = browser.get(ticket_url("edit", ticket.pk))
    assert list(response.context["forms"]) == forms
    urls = {"save" if name in PARTS else name for name in forms}
    for name in FORMS:
        shown = f'action="{ticket_url(name, ticket.pk)}' in response.content.decode()
        assert shown == (name in urls)
        if name not in urls:
            answer = browser.post(ticket_url(name, ticket.pk), {f"{name}-body": "x"})
            assert answer.status_code == 302 and answer.url == "/admin/"
    for name in {*PARTS} - {*forms}:
        answer = browser.post(ticket_url("save", ticket.pk), {f"{name}-x": "x"})
        assert answer.status_code == 302 and answer.url == "/admin/"
    assert ticket.messages.count() == 1


def test_reply_without_change_permission_does_not_offer_a_status(ticket):
    group("Some", "view_ticket", "reply_ticket")
    browser = signed_in(factories.staff("Some"))
    closed = factories.status("closed")
    data = {"reply-body": "Hello", "reply-status": closed.pk}
    assert browser.post(ticket_url("reply", ticket.pk), data).status_code == 302
    ticket.refresh_from_db()
    assert ticket.status.key == "waiting-on-customer"


def test_attachments_can_be_downloaded(desk, editor, viewer, dana, ticket, agent):
    actions.add_note(
        ticket, by=Actor.for_agent(agent), body="", attachments=[factories.upload("räché 1.txt")]
    )
    file = Attachment.objects.get()
    url = ticket_url("file", file.pk, file.name)
    assert url in desk.get(ticket_url("edit", ticket.pk)).content.decode()
    response = desk.get(url)
    assert b"".join(response.streaming_content) == b"line 1\nline 2\n"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(signed_in(viewer).get(url).streaming_content) == b"line 1\nline 2\n"
    assert desk.get(ticket_url("file", file.pk, "other.txt")).status_code == 404
    assert desk.get(ticket_url("file", uuid.uuid4(), file.name)).status_code == 404
    assert signed_in(editor).get(url).url == "/admin/"
    assert "/admin/login/" in signed_in(dana.user).get(url).url


def test_long_conversation_is_paginated(desk, ticket, agent, settings):
    settings.WAGTAIL_PORTAL = {"MESSAGES_PER_PAGE": 3}
    by = Actor.for_agent(agent)
    for number in range(5):
        actions.reply(ticket, by=by, body=f"Message number {number}.")
    response = desk.get(ticket_url("edit", ticket.pk))
    html = response.content.decode()
    assert "Message number 2." in html and "Message number 1." not in html
    html = desk.get(ticket_url("edit", ticket.pk) + "?page=2").content.decode()
    assert "Message number 1." in html and "Message number 2." not in html
    assert "Newest messages" in html
    assert desk.get(ticket_url("edit", ticket.pk) + "?page=" + "9" * 40).status_code == 200
    assert desk.get(ticket_url("edit", ticket.pk) + "?page=9").status_code == 404


def test_get_changes_nothing(desk, ticket):
    for name in FORMS:
        response = desk.get(ticket_url(name, ticket.pk), {f"{name}-body": "x"})
        assert response.url == ticket_url("edit", ticket.pk)
    assert ticket.messages.count() == 1


def test_deleting_a_ticket_deletes_its_files(
    manager, ticket, agent, portal_files, django_capture_on_commit_callbacks
):
    actions.reply(ticket, by=Actor.for_agent(agent), body="", attachments=[factories.upload()])
    path = Attachment.objects.get().file.name
    assert (portal_files / path).exists()
    browser = signed_in(manager)
    assert b"Are you sure" in browser.get(ticket_url("delete", ticket.pk)).content
    with django_capture_on_commit_callbacks(execute=True):
        response = browser.post(ticket_url("delete", ticket.pk))
    assert response.url == ticket_url("list")
    assert not Ticket.objects.exists() and not Attachment.objects.exists()
    assert not (portal_files / path).exists()
    entry = ModelLogEntry.objects.get(action="wagtail_portal.delete_ticket")
    assert entry.user == manager and entry.data["number"] == ticket.number
    history = browser.get(reverse("wagtailadmin_reports:site_history"))
    assert "Ticket deleted" in history.content.decode()


def test_number_of_queries_does_not_depend_on_messages(
    desk, ticket, agent, dana, django_assert_max_num_queries
):
    url = ticket_url("edit", ticket.pk)
    factories.ticket_field("Severity", choices=[("High", "red")])
    desk.get(url)
    with django_assert_max_num_queries(23) as one:
        assert desk.get(url).status_code == 200
    for number in range(12):
        by = Actor.for_agent(factories.agent(name=f"Agent {number}"))
        actions.reply(
            ticket, by=by, body=f"Reply {number}", attachments=[factories.upload(f"{number}.txt")]
        )
        actions.add_note(ticket, by=by, body=f"Note {number}")
        member = factories.member(dana.organization)
        actions.follow(ticket, by=by, member=member)
        factories.ticket_field(f"Field {number}", choices=[("A", ""), ("B", "")])
    # Adding a field clears the settings cache.
    desk.get(url)
    with django_assert_max_num_queries(23) as many:
        assert desk.get(url).status_code == 200
    assert len(many) == len(one)


def test_form_of_a_ticket_leads_to_the_editor_for_those_who_can_edit_it(
    desk, superuser, home, dana
):
    form = factories.form_page(home)
    ticket = factories.ticket(dana, form=form)
    edit = reverse("wagtailadmin_pages:edit", args=[form.pk])
    url = ticket_url("edit", ticket.pk)
    assert f'href="{edit}"' in signed_in(superuser).get(url).content.decode()
    html = desk.get(url).content.decode()
    assert f'href="{edit}"' not in html and f'href="{form.get_url()}"' in html


def test_dates_on_the_screen_have_one_format(desk, agent, ticket):
    """What was is told relative to now, with the exact time in a tooltip; what comes is exact."""
    status = factories.status("closed")
    actions.reply(ticket, by=Actor.for_agent(agent), body="Done", status=status)
    soup = BeautifulSoup(desk.get(ticket_url("edit", ticket.pk)).content, "html.parser")
    main = soup.select_one(".portal-ticket").get_text(" ", strip=True)
    assert not re.search(r"\d+/\d+/\d{2,4}", main)
    times = soup.select(".portal-ticket .w-human-readable-date")
    assert len(times) >= 3
