"""The snippet shown with a search result."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import Message, Ticket
from wagtail_portal.permissions import Actor
from wagtail_portal.search import Query
from wagtail_portal.search.snippets import mark, snippets


@pytest.fixture
def agent(db):
    return Actor.for_agent(factories.agent())


def passage(ticket, member, typed):
    found = snippets([ticket], Query.parse(typed), Message.objects.visible_to(member)).get(
        ticket.pk
    )
    return found and found.html


def test_words_are_highlighted_where_they_occur_together(dana, agent):
    ticket = factories.ticket(dana, "Export", "The **browser** is new. " + "Filler words. " * 60)
    actions.reply(ticket, by=agent, body="Clear the cache. " * 80 + "Then the browser cache helps.")
    html = passage(ticket, dana, "browser cach")
    assert "the <mark>browser</mark> <mark>cache</mark> helps." in html
    assert html.startswith("…")
    assert len(re.sub("<[^>]+>", "", html)) < 160


@pytest.mark.parametrize(
    ("body", "typed", "marked"),
    [
        ("Mein résumé", "resume", "Mein <mark>résumé</mark>"),
        ("Große Straße", "strasse", "Große <mark>Straße</mark>"),
        ("設定画面が開かない", "画面が", "設定<mark>画面が</mark>開かない"),
        ("re\u0301sume\u0301 ok", "resume", "<mark>re\u0301sume\u0301</mark> ok"),
        ("ﾊﾞｯｸｱｯﾌﾟ ok", "バックアップ", "<mark>ﾊﾞｯｸｱｯﾌﾟ</mark> ok"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af ok", "한글", "<mark>\u1112\u1161\u11ab"),
        ("㈱山田 ok", "株", "<mark>㈱</mark>山田 ok"),
        ("see https://x.example/browser?a=1", "browser", "https://x.example/<mark>browser</mark>?"),
        ("[here](https://x.example/hidden)", "hidden", "/<mark>hidden</mark>)"),
        ("<b>bold</b> & co", "bold", "&lt;b&gt;<mark>bold</mark>&lt;/b&gt; &amp; co"),
        ("<mark>x</mark>", "mark", "&lt;<mark>mark</mark>&gt;x&lt;/<mark>mark</mark>&gt;"),
    ],
)
def test_matching_words_are_highlighted(dana, body, typed, marked):
    assert marked in passage(factories.ticket(dana, "Subject", body), dana, typed)


def test_subject_is_highlighted_and_escaped(dana):
    assert mark("<Export> fails", Query.parse("exp")) == "&lt;<mark>Export</mark>&gt; fails"
    ticket = factories.ticket(dana, "Export fails", "Nothing.")
    assert passage(ticket, dana, "export") is None


def test_notes_are_never_shown(dana, agent):
    ticket = factories.ticket(dana, "Export fails", "The staging area.")
    actions.add_note(ticket, by=agent, body="staging staging secret")
    assert passage(ticket, dana, "staging") == "The <mark>staging</mark> area."
    assert passage(ticket, dana, "secret") is None


def test_tickets_of_others_have_no_snippet(dana, acme):
    ticket = factories.ticket(dana, "Export fails", "The staging area.")
    assert passage(ticket, factories.member(acme), "staging") is None


def test_snippets_take_one_query_and_few_messages(dana, agent):
    tickets = [factories.ticket(dana, body="needle number one") for _ in range(3)]
    for number in range(12):
        actions.reply(tickets[0], by=agent, body=f"Hay {number}")
    tickets = list(Ticket.objects.all())
    with CaptureQueriesContext(connection) as queries:
        found = snippets(tickets, Query.parse("needle"), Message.objects.visible_to(dana))
        assert len(found) == 3
        assert all(row.message.author_name for row in found.values())
    assert len(queries) == 1


def test_long_messages_are_not_rendered_in_full(dana):
    ticket = factories.ticket(dana, body="x" * 20_000 + " then the needle " + "- a\n" * 7_000)
    assert "then the <mark>needle</mark>" in passage(ticket, dana, "needle")
