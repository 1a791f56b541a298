"""Saved replies: managed as snippets and inserted into replies and notes."""

import pytest
from django.contrib.auth.models import Group
from wagtail.models import Locale

from tests.desk.conftest import signed_in, ticket_url
from tests.desk.test_other_models import url
from wagtail_portal.models import SavedReply

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
    assert response["Content-Type"].startswith("text/plain")
    assert response.content.decode() == FILLED.format(number=ticket.number)
    data["note-saved_reply"] = "99999"
    assert desk.post(ticket_url("note", ticket.pk), data).content == b""


def test_replies_for_other_groups_are_not_offered(desk, ticket, saved_reply):
    saved_reply.groups.add(Group.objects.get(name="Support managers"))
    assert (
        "saved_reply"
        not in desk.get(ticket_url("edit", ticket.pk)).context["forms"]["reply"].fields
    )
    data = {"reply-saved_reply": saved_reply.pk, "insert": "part"}
    assert desk.post(ticket_url("reply", ticket.pk), data).content == b""
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
