"""Saved replies: managed as snippets, found by words, and used in replies and notes."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from wagtail.models import Locale

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from tests.desk.test_other_models import url
from wagtail_portal import actions
from wagtail_portal.models import SavedReply, Ticket, TicketFieldChoice, UndoStep
from wagtail_portal.permissions import Actor

TEXT = "Hello {requester.first_name},\n\n{ticket.number} “{ticket.subject}” is done.\n\n{agent}"
FILLED = "Hello Dana,\n\n#{number} “The export is stuck” is done.\n\nRobin Agent"


@pytest.fixture
def saved_reply(db):
    return SavedReply.objects.create(title="Done", text=TEXT, locale=Locale.get_default())


def test_manager_can_add_a_saved_reply(manager, saved_reply):
    browser = signed_in(manager)
    data = {"title": "New", "text": "Dear {requestor} of {organization}", "groups": []}
    html = browser.post(url("savedreply", "add"), data).content.decode()
    assert "These placeholders don’t exist: requestor." in html
    assert browser.post(url("savedreply", "add"), data | {"text": "Hi { requester }"}).url
    assert set(SavedReply.objects.values_list("title", flat=True)) == {"Done", "New"}
    html = browser.get(url("savedreply", "list")).content.decode()
    assert "Whole team" in html and "Done" in html
    page = browser.get(url("savedreply", "edit", saved_reply.pk)).content.decode()
    assert "{ticket.number}" in page
    # An English text in an Arabic form.
    assert BeautifulSoup(page, "html.parser").select_one("textarea[name=text]")["dir"] == "auto"


def test_server_inserts_the_reply_without_javascript(desk, ticket, saved_reply):
    page = desk.get(ticket_url("edit", ticket.pk))
    assert page.context["forms"]["note"]["saved_reply"].field.choices[1] == (
        str(saved_reply.pk),
        "Done",
    )
    data = {"reply-body": "Thank you!", "reply-saved_reply": saved_reply.pk, "insert": "page"}
    data["reply-status"] = ticket.status_id
    response = desk.post(ticket_url("reply", ticket.pk), data)
    body = response.context["forms"]["reply"]["body"].value()
    assert body == "Thank you!\n\n" + FILLED.format(number=ticket.number)
    assert ticket.messages.count() == 1
    # Its use counts once the message has been sent.
    assert f'name="reply-used" value="{saved_reply.pk}"' in response.content.decode()
    data = {"reply-body": body, "reply-used": saved_reply.pk, "reply-status": ticket.status_id}
    assert SavedReply.objects.get().uses == 0
    assert desk.post(ticket_url("reply", ticket.pk), data).status_code == 302
    saved_reply.refresh_from_db()
    assert saved_reply.uses == 1 and saved_reply.last_used_at


def test_script_gets_the_text_only(desk, ticket, saved_reply):
    data = {"note-saved_reply": saved_reply.pk, "insert": "part"}
    response = desk.post(ticket_url("note", ticket.pk), data)
    assert response.json()["text"] == FILLED.format(number=ticket.number)
    data["note-saved_reply"] = "99999"
    assert desk.post(ticket_url("note", ticket.pk), data).json() == {"text": ""}


def test_replies_for_other_groups_are_not_offered(desk, ticket, saved_reply):
    saved_reply.groups.add(Group.objects.get(name="Support managers"))
    assert (
        "saved_reply"
        not in desk.get(ticket_url("edit", ticket.pk)).context["forms"]["reply"].fields
    )
    data = {"reply-saved_reply": saved_reply.pk, "insert": "part"}
    assert desk.post(ticket_url("reply", ticket.pk), data).json() == {"text": ""}
    data = {"note-body": "x", "note-used": saved_reply.pk}
    desk.post(ticket_url("note", ticket.pk), data)
    assert SavedReply.objects.get().uses == 0
    saved_reply.groups.add(Group.objects.get(name="Support agents"))
    assert "saved_reply" in desk.get(ticket_url("edit", ticket.pk)).context["forms"]["reply"].fields


def test_replies_in_the_customers_language_come_first(desk, ticket, saved_reply):
    german = saved_reply.copy_for_translation(Locale.objects.create(language_code="de"))
    german.title = "Fertig"
    german.save()
    french = SavedReply(title="Bonjour", text="x", locale=Locale.objects.create(language_code="fr"))
    french.save()

    def titles():
        form = desk.get(ticket_url("edit", ticket.pk)).context["forms"]["reply"]
        return [title for _key, title in form.fields["saved_reply"].choices][1:]

    assert sorted(titles()) == ["Bonjour", "Done"]
    ticket.language = "de"
    ticket.save()
    assert sorted(titles()) == ["Bonjour", "Fertig"]


@pytest.fixture
def severity(db):
    return factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])


@pytest.fixture
def macro(saved_reply, severity):
    """A saved reply that also changes the ticket."""
    saved_reply.set_status = factories.status("closed")
    saved_reply.set_urgency = "low"
    saved_reply.assign_to_user = True
    saved_reply.set_values = {severity.key: "high"}
    saved_reply.save()
    return saved_reply


def fresh(ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def ticked(page) -> list[str]:
    boxes = BeautifulSoup(page, "html.parser").select("#tab-reply input[name=reply-change]")
    return [box["value"] for box in boxes if box.has_attr("checked")]


def test_manager_chooses_what_else_changes(manager, severity):
    browser = signed_in(manager)
    data = {"title": "Escalate", "set_urgency": "urgent", "values-severity": "high", "groups": []}
    assert browser.post(url("savedreply", "add"), data).status_code == 302
    found = SavedReply.objects.get()
    assert (found.set_urgency, found.set_values) == ("urgent", {"severity": "high"})
    page = browser.get(url("savedreply", "edit", found.pk)).content.decode()
    assert "What else changes" in page
    select = BeautifulSoup(page, "html.parser").select_one("[name=values-severity]")
    assert select.select_one("[selected]")["value"] == "high"
    data = {"title": "Nothing", "groups": []}
    page = browser.post(url("savedreply", "add"), data).content.decode()
    assert "Enter a text, or choose what to change." in page
    data = {"title": "Wrong", "text": "x", "values-severity": "purple", "groups": []}
    page = browser.post(url("savedreply", "add"), data).content.decode()
    assert "Check the values of the ticket fields." in page


@pytest.mark.parametrize("script", [True, False])
def test_macro_changes_the_ticket_with_the_reply(desk, ticket, agent, macro, severity, script):
    path = ticket_url("reply", ticket.pk)
    data = {"reply-saved_reply": macro.pk, "reply-status": factories.status("on-hold").pk}
    if script:
        found = desk.post(path, {**data, "insert": "part"}).json()
        body, status = found["text"], found["fills"]["reply-status"][0]
        part = f'<div id="tab-reply">{found["changes"]}</div>'
        assert "Severity: High" in part and "Assigned to: Robin Agent" in part
        changes = ticked(part)
    else:
        response = desk.post(path, {**data, "insert": "page"})
        form = response.context["forms"]["reply"]
        body, status = form["body"].value(), form["status"].value()
        changes = ticked(response.content.decode())
    assert int(status) == factories.status("closed").pk
    assert changes == [f"{macro.pk}:{name}" for name in ("assignee", "urgency", "field:severity")]
    # One of them is left out.
    sent = {
        "reply-body": body,
        "reply-status": status,
        "reply-used": macro.pk,
        "reply-change": [changes[0], changes[2]],
    }
    assert desk.post(path, sent).status_code == 302
    found = fresh(ticket)
    assert (found.status.key, found.assignee, found.urgency) == ("closed", agent, "normal")
    assert found.values == {severity.key: "high"} and ticket.messages.count() == 2
    assert SavedReply.objects.get().uses == 1
    # Undo takes all of it back.
    step = UndoStep.objects.get()
    page = desk.post(ticket_url("undo", ticket.pk), {"step": step.pk}, follow=True)
    found = fresh(ticket)
    assert (found.status.key, found.assignee, found.values) == ("new", None, {})
    assert ticked(page.content.decode()) == [changes[0], changes[2]]


def test_macro_works_in_notes_and_without_a_message(desk, ticket, agent, macro):
    path = ticket_url("note", ticket.pk)
    part = desk.post(path, {"note-saved_reply": macro.pk, "insert": "part"}).json()
    assert "Status: Closed" in part["changes"] and not part["fills"]
    data = {"note-body": "Done", "note-used": macro.pk, "note-change": f"{macro.pk}:status"}
    desk.post(path, data)
    assert fresh(ticket).status.key == "closed" and fresh(ticket).urgency == "normal"
    data = {"note-used": macro.pk, "note-change": f"{macro.pk}:urgency"}
    page = desk.post(path, data, follow=True).content.decode()
    assert "Changes saved." in page and fresh(ticket).urgency == "low"
    assert ticket.messages.count() == 2


def test_search_finds_words_and_shows_previews_most_used_first(desk, ticket, saved_reply):
    locale = Locale.get_default()
    for number in range(9):
        SavedReply.objects.create(title=f"Other {number}", text="x", uses=number, locale=locale)
    path = ticket_url("saved_replies", ticket.pk)
    page = BeautifulSoup(desk.get(path).content, "html.parser")
    titles = [row.text for row in page.select("label bdi")]
    assert titles == [f"Other {number}" for number in range(8, 0, -1)]
    found = desk.get(path, {"q": "DONE subject", "kind": "note"}).content
    page = BeautifulSoup(found, "html.parser")
    assert [row["name"] for row in page.select("input")] == ["note-saved_reply"]
    assert f"#{ticket.number} “The export is stuck” is done." in page.text
    assert "No saved replies found." in desk.get(path, {"q": "nothing"}).content.decode()
    # The same without JavaScript, and what was written stays.
    data = {"reply-body": "Typed", "reply-search": "done", "insert": "search"}
    page = desk.post(ticket_url("reply", ticket.pk), data)
    assert page.context["forms"]["reply"]["body"].value() == "Typed"
    panel = BeautifulSoup(page.content, "html.parser").select_one("#tab-reply details[open]")
    assert "is done." in panel.text and "Other" not in panel.text


def test_agent_is_offered_only_changes_they_may_make(ticket, macro):
    group("Writers", "view_ticket", "reply_ticket")
    browser = signed_in(factories.staff("Writers"))
    data = {"reply-saved_reply": macro.pk, "insert": "part"}
    found = browser.post(ticket_url("reply", ticket.pk), data).json()
    assert found["text"] and not found["changes"].strip() and not found["fills"]
    data = {"reply-body": "x", "reply-used": macro.pk, "reply-change": f"{macro.pk}:urgency"}
    browser.post(ticket_url("reply", ticket.pk), data)
    assert fresh(ticket).urgency == "normal" and ticket.messages.count() == 2


@pytest.mark.parametrize("change", ["archive", "delete"])
def test_choices_that_are_no_longer_offered_are_left_out(desk, ticket, agent, macro, change):
    choice = TicketFieldChoice.objects.get(key="high")
    if change == "archive":
        factories.change([choice], archived=True)
    else:
        choice.delete()
    data = {"reply-saved_reply": macro.pk, "insert": "part"}
    part = desk.post(ticket_url("reply", ticket.pk), data).json()
    assert "Assigned to" in part["changes"] and "Severity" not in part["changes"]
    given = {"saved_reply": macro.pk}
    by = Actor.for_agent(agent)
    run = actions.begin_bulk_change(by=by, verb="saved_reply", tickets=[ticket.pk], arguments=given)
    assert actions.continue_bulk_change(run).problems == []
    assert fresh(ticket).assignee == agent
