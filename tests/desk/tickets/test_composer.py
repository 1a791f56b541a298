"""Writing in a ticket, alone and while others are writing too."""

import pytest

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from wagtail_portal import actions, signals
from wagtail_portal.models import Attachment
from wagtail_portal.permissions import Actor


@pytest.mark.parametrize("name", ["reply", "note"])
def test_preview_shows_the_text_and_sends_nothing(desk, ticket, name):
    url, data = ticket_url(name, ticket.pk), {f"{name}-body": "Is it **bold**? <script>"}
    part = desk.post(url, {**data, "preview": "part"}).content.decode()
    assert "<strong>bold</strong>" in part and "<script" not in part and "<html" not in part
    page = desk.post(url, {**data, "preview": "page"}).content.decode()
    assert "<strong>bold</strong>" in page
    assert "Is it **bold**? &lt;script&gt;" in page
    assert f'data-w-tabs-active-panel-id-value="tab-{name}"' in page
    assert ticket.messages.count() == 1


def test_preview_shows_errors(desk, ticket, settings):
    settings.WAGTAIL_PORTAL = {"MESSAGE_MAX_LENGTH": 5}
    data = {"note-body": "Too long", "preview": "part"}
    assert "The limit is 5." in desk.post(ticket_url("note", ticket.pk), data).content.decode()


def test_file_is_uploaded_before_the_message_is_sent(desk, ticket, agent, colleague):
    answer = desk.post(ticket_url("upload", ticket.pk), {"file": factories.upload("fix.txt")})
    pk = answer.json()["id"]
    data = {"note-body": "With a file.", "note-attachments-kept": pk}
    # The file is only available to the person who uploaded it.
    html = signed_in(colleague).post(ticket_url("note", ticket.pk), data).content.decode()
    assert "An attached file is no longer available" in html
    assert Attachment.objects.get().message is None
    assert desk.post(ticket_url("note", ticket.pk), data).status_code == 302
    assert Attachment.objects.get().message == ticket.messages.get(author=agent)


def test_uploads_are_validated(desk, ticket):
    answer = desk.post(ticket_url("upload", ticket.pk), {"file": factories.upload("virus.exe")})
    assert answer.status_code == 400 and "can’t be attached" in answer.json()["error"]
    assert desk.get(ticket_url("upload", ticket.pk)).status_code == 404


def test_people_who_can_only_write_notes_can_preview_and_upload(ticket):
    group("Some", "view_ticket", "note_ticket")
    browser = signed_in(factories.staff("Some"))
    data = {"note-body": "*x*", "preview": "part"}
    assert b"<em>x</em>" in browser.post(ticket_url("note", ticket.pk), data).content
    assert browser.post(ticket_url("upload", ticket.pk), {"file": factories.upload()}).json()["id"]


def test_images_are_shown_as_thumbnails(desk, ticket, agent, editor, viewer):
    by = Actor.for_agent(agent)
    actions.reply(ticket, by=by, body="Look", attachments=[factories.picture("screen.png")])
    factories.make_thumbnails()
    url = ticket_url("thumbnail", Attachment.objects.get().pk)
    assert f'src="{url}"' in desk.get(ticket_url("edit", ticket.pk)).content.decode()
    small = signed_in(viewer).get(url)
    assert small["Content-Type"] == "image/webp"
    assert b"".join(small.streaming_content)[8:12] == b"WEBP"
    assert signed_in(editor).get(url).url == "/admin/"


# -- Concurrent replies --------------------------------------------------------------------------


def test_reply_is_held_back_if_there_is_a_newer_one(desk, ticket, colleague):
    last_read = desk.get(ticket_url("edit", ticket.pk)).context["conversation"].newest[0]
    actions.reply(ticket, by=Actor.for_agent(colleague), body="I have **just** said so.")
    status = factories.status("on-hold")
    data = {
        "reply-body": "My own answer",
        "reply-status": status.pk,
        "reply-attachments": factories.upload("fix.txt"),
        "last_read": last_read,
    }
    response = desk.post(ticket_url("reply", ticket.pk), data)
    html = response.content.decode()
    assert "Your reply hasn’t been sent yet" in html and "Send anyway" in html
    assert html.count("I have <strong>just</strong> said so.") == 2
    # Text, status and file are kept.
    form = response.context["forms"]["reply"]
    assert form["body"].value() == "My own answer"
    assert str(form["status"].value()) == str(status.pk)
    kept = Attachment.objects.unsent().get()
    assert ticket.messages.filter(from_team=True).count() == 1
    data |= {"last_read": response.context["conversation"].newest[0], "reply-attachments": []}
    data["reply-attachments-kept"] = str(kept.pk)
    assert desk.post(ticket_url("reply", ticket.pk), data).status_code == 302
    assert ticket.messages.last().attachments.get() == kept
    ticket.refresh_from_db()
    assert ticket.status == status


def test_notes_and_own_replies_do_not_hold_back_a_reply(desk, ticket, agent, colleague):
    last_read = desk.get(ticket_url("edit", ticket.pk)).context["conversation"].newest[0]
    actions.add_note(ticket, by=Actor.for_agent(colleague), body="Only a note")
    actions.reply(ticket, by=Actor.for_agent(agent), body="From another window")
    data = {"reply-body": "Hello", "reply-status": ticket.status_id, "last_read": last_read}
    assert desk.post(ticket_url("reply", ticket.pk), data).status_code == 302


def live(browser, ticket, context):
    """Return the updates that an open page gets when it polls."""
    return browser.get(
        ticket_url("updates", ticket.pk) + f"?after={context['conversation'].cursor}",
        headers={"If-None-Match": context["version"]},
    )


def test_new_messages_appear_without_a_reload(desk, ticket, agent, colleague, dana):
    context = desk.get(ticket_url("edit", ticket.pk)).context
    assert live(desk, ticket, context).status_code == 304
    # As the browser knows a response that was compressed.
    weak = {"conversation": context["conversation"], "version": f"W/{context['version']}"}
    assert live(desk, ticket, weak).status_code == 304
    by = Actor.for_agent(colleague)
    note = actions.add_note(ticket, by=by, body="Look at *this*.")
    reply = actions.reply(ticket, by=Actor.for_member(dana), body="Any news?")
    actions.assign(ticket, by=by, assignee=agent)
    response = live(desk, ticket, context)
    html = response.content.decode()
    assert response["Cache-Control"].count("no-store") and "private" in response["Cache-Control"]
    assert f'id="message-{note.pk}"' in html and f'id="message-{reply.pk}"' in html
    assert "<em>this</em>" in html and "Assigned to Robin Agent" in html
    assert "2 new messages" in html
    assert "It <strong>never" not in html
    # The next poll continues where this response ended.
    context = {"conversation": response.context["conversation"], "version": response["ETag"]}
    assert live(desk, ticket, context).status_code == 304
    assert live(desk, ticket, {**context, "version": "x"}).context["conversation"].entries == []


@pytest.mark.parametrize("after", ["", "x", "1", "9" * 40 + ".1", "1.2.3"])
def test_invalid_polling_parameters_are_ignored(desk, ticket, after):
    assert desk.get(ticket_url("updates", ticket.pk), {"after": after}).status_code == 200


def test_other_viewers_are_shown(desk, ticket, agent, colleague, viewer):
    url, other = ticket_url("presence", ticket.pk), signed_in(colleague)
    assert not desk.post(url, {"state": "looking"}).context["present"]
    assert "Robin Agent is viewing" in other.post(url, {"state": "writing"}).content.decode()
    # Without JavaScript as well, as of the time the page was loaded.
    assert "Sam Colleague is writing" in desk.get(ticket_url("edit", ticket.pk)).content.decode()
    signed_in(viewer).post(url, {"state": "looking"})
    html = desk.post(url, {"state": "looking"}).content.decode()
    assert html.index("Sam Colleague is writing") < html.index("Vic Viewer is viewing")
    other.post(url, {"state": "leaving"})
    assert "Sam" not in desk.post(url, {"state": "looking"}).content.decode()
    assert desk.get(url).status_code == 404


def test_polling_tells_who_is_writing(desk, ticket, colleague):
    context = desk.get(ticket_url("edit", ticket.pk)).context
    url = ticket_url("updates", ticket.pk)
    other = signed_in(colleague)
    other.get(url, {"state": "writing"})
    response = live(desk, ticket, context)
    assert "Sam Colleague is writing" in response.content.decode()
    context = {"conversation": context["conversation"], "version": response["ETag"]}
    assert live(desk, ticket, context).status_code == 304
    other.get(url, {"state": "viewing"})
    assert "Sam Colleague is viewing" in live(desk, ticket, context).content.decode()


def test_polling_without_news_needs_few_queries(
    desk, ticket, agent, colleague, django_assert_max_num_queries
):
    signed_in(colleague).get(ticket_url("updates", ticket.pk), {"state": "viewing"})
    context = desk.get(ticket_url("edit", ticket.pk)).context
    url = f"{ticket_url('updates', ticket.pk)}?after={context['conversation'].cursor}&state=viewing"
    # The session, the user with profile and permissions, their scope, and the ticket.
    with django_assert_max_num_queries(7):
        response = desk.get(url, headers={"If-None-Match": context["version"]})
    assert response.status_code == 304


def test_viewers_of_other_tickets_are_not_shown(desk, ticket, dana, colleague):
    signed_in(colleague).post(ticket_url("presence", ticket.pk), {"state": "writing"})
    another = factories.ticket(dana)
    assert not desk.post(ticket_url("presence", another.pk)).context["present"]


# -- Mentions and keyboard shortcuts -------------------------------------------------------------


def mentioned(ticket, by, body) -> list:
    """Return the users named by the signal for a note."""
    heard = []

    def receive(agents, message, **kwargs):
        heard.extend(agents)

    signals.agents_mentioned.connect(receive)
    try:
        actions.add_note(ticket, by=Actor.for_agent(by), body=body)
    finally:
        signals.agents_mentioned.disconnect(receive)
    return heard


def test_colleague_mentioned_in_a_note_is_notified(ticket, agent, colleague, viewer):
    other = factories.agent(name="Sam Colleague Lee")
    assert mentioned(ticket, agent, "Can you look, @sam colleague?") == [colleague]
    assert mentioned(ticket, agent, "@Sam Colleague Lee: see above") == [other]
    assert mentioned(ticket, agent, f"@{colleague.username} (@{colleague.username})") == [colleague]
    # Not the author, customers, people who can't reply, or names inside an email address.
    for body in ("@Robin Agent", "@Dana Reyes", "@Vic Viewer", "mail@Sam Colleague", "@Sammy"):
        assert mentioned(ticket, agent, body) == []


def test_keyboard_shortcuts_are_listed_on_ticket_pages_only(desk, ticket):
    words = "Write an internal note"
    html = desk.get(ticket_url("edit", ticket.pk)).content.decode()
    assert words in html and 'data-w-kbd-key-value="i"' in html
    assert words not in desk.get(ticket_url("list")).content.decode()
    assert words not in desk.get("/admin/").content.decode()
