"""The HTML that is stored with a message: up to date, and never that of another text."""

import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.models import Message
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import markup


@pytest.fixture
def message(home, dana):
    return factories.ticket(dana, body="It **stops**").messages.get()


@pytest.fixture
def rendered(monkeypatch):
    """The texts that are rendered from here on."""
    texts, render = [], markup.render

    def count(text):
        texts.append(text)
        return render(text)

    monkeypatch.setattr(markup, "render", count)
    return texts


def html(message) -> str:
    return Message.objects.get(pk=message.pk).html


def save(message):
    message.body = "_New_"
    message.save()


def save_only(message):
    message.body = "_New_"
    message.save(update_fields=["body"])


def bulk_update(message):
    message.body = "_New_"
    Message.objects.bulk_update([message], ["body"])


@pytest.mark.parametrize(
    "change",
    [
        save,
        save_only,
        bulk_update,
        lambda message: Message.objects.update(body="_New_"),
        lambda message: message.ticket.messages.update(body="_New_"),
        lambda message: Message._base_manager.filter(pk=message.pk).update(body="_New_"),
    ],
)
def test_html_never_outlives_its_text(message, change):
    assert "<strong>stops</strong>" in html(message)
    change(message)
    assert html(message) == "<p><em>New</em></p>\n"
    assert not Message.objects.filter(rendered__contains="stops").exists()


def test_a_page_renders_no_message(as_member, dana, message, rendered):
    number = message.ticket.number
    agent = factories.agent()
    actions.reply(message.ticket, by=Actor.for_agent(agent), body="We **look**")
    rendered.clear()
    page = as_member(dana).get(f"/support/tickets/{number}/").content.decode()
    assert "<strong>stops</strong>" in page and "<strong>look</strong>" in page
    staff = signed_in(factories.staff(is_superuser=True))
    page = staff.get(ticket_url("edit", message.ticket.pk)).content.decode()
    assert "<strong>stops</strong>" in page
    assert rendered == []


def test_a_list_does_not_load_html(as_member, dana, message):
    staff = signed_in(factories.staff(is_superuser=True))
    for browser, url in [
        (as_member(dana), "/support/"),
        (as_member(dana), "/support/?q=stops"),
        (staff, ticket_url("list")),
    ]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(url).status_code == 200
        # Only its beginning, for the excerpt.
        loads = re.compile(r'(?<!\()"wagtail_portal_message"."rendered"'.replace('"', '["`]'))
        assert not any(loads.search(query["sql"]) for query in queries)


@pytest.mark.parametrize("version", [0, markup.RENDERER_VERSION + 1])
def test_what_another_version_rendered_is_rendered_anew_and_not_saved_by_reading(
    as_member, dana, message, version
):
    Message.objects.update(rendered="<p>old</p>", renderer_version=version)
    page = as_member(dana).get(f"/support/tickets/{message.ticket.number}/").content.decode()
    assert "<strong>stops</strong>" in page
    assert Message.objects.get().rendered == "<p>old</p>"


def test_command_renders_what_is_out_of_date(message, rendered, capsys):
    factories.ticket(message.member, body="Current")
    Message.objects.filter(pk=message.pk).update(rendered="<p>old</p>", renderer_version=0)
    rendered.clear()
    call_command("render_messages")
    assert "1 messages rendered." in capsys.readouterr().out
    assert rendered == ["It **stops**"]
    assert Message.objects.get(pk=message.pk).rendered == "<p>It <strong>stops</strong></p>\n"
    assert actions.render_messages() == 0
