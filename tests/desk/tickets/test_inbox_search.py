"""The search of the inbox: people, organizations, words, phrases, operators and suggestions."""

import pytest
from django.urls import reverse

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from tests.desk.tickets.test_listing import subjects
from tests.pages.ticket_list.lists import numbers
from wagtail_portal import actions
from wagtail_portal.permissions import Actor
from wagtail_portal.search import vectors

SYSTEM = Actor.system()


@pytest.fixture
def tickets(dana, agent):
    birk = factories.organization("Birk Müller")
    toni = factories.member(birk, "toni.ek@birk.example", name="Toni Ek")
    severity = factories.ticket_field("Severity", choices=[("Very high", "red"), ("Low", "grey")])
    room = factories.ticket_field("Room", type="text")
    values = {severity.key: "very-high", room.key: "Blue room"}
    found = [
        factories.ticket(dana, "Export fails", "The nightly export stopped.", urgency="high"),
        factories.ticket(
            dana, "Import fails", "Stopped: the export, nightly.", values=values, by=SYSTEM
        ),
        factories.ticket(toni, "Export is slow", "Since Monday."),
    ]
    actions.assign(found[0], by=SYSTEM, assignee=agent)
    actions.change_status(found[1], by=SYSTEM, status=factories.status("on-hold"))
    actions.change_status(found[2], by=SYSTEM, status=factories.status("closed"))
    return found


@pytest.fixture(params=["walk", "look up"])
def search_strategy(request, monkeypatch):
    """Both ways to search on PostgreSQL."""
    monkeypatch.setattr(vectors, "SAMPLE", 200 if request.param == "walk" else 0)
    monkeypatch.setattr(vectors, "COMMON", 4 if request.param == "walk" else 1)


def search(desk, typed) -> set[str]:
    return set(subjects(desk.get(ticket_url("list"), {"q": typed})))


FIRST, SECOND, THIRD = "Export fails", "Import fails", "Export is slow"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("birk export", {THIRD}),
        ("acme export", {FIRST, SECOND}),
        ("fails acme dana import", {SECOND}),
        ("toni slow", {THIRD}),
        ("toni.ek@birk.example", {THIRD}),
        ("org:birk", {THIRD}),
        ('org:"birk müller" export', {THIRD}),
        ("org:nowhere export", set()),
        ("from:toni", {THIRD}),
        ("from:dana@acme.example fails", {FIRST, SECOND}),
        ("from:export", set()),
        ("status:closed", {THIRD}),
        ("status:open export", {FIRST, SECOND}),
        ('status:"on hold"', {SECOND}),
        ("assignee:me", {FIRST}),
        ("assignee:robin", {FIRST}),
        ("assignee:none", {SECOND, THIRD}),
        ("urgency:high", {FIRST}),
        ('severity:"very high"', {SECOND}),
        ("severity:low", set()),
        ("room:blue fails", {SECOND}),
        ("room:fails", set()),
        ('"nightly export"', {FIRST}),
        ("“the nightly export”", {FIRST}),
        ('"export fails"', {FIRST}),
        ("status: export", {FIRST, SECOND, THIRD}),
        ("foo:export", set()),
    ],
)
def test_search_combines_people_organizations_words_and_operators(
    search_strategy, desk, tickets, typed, found
):
    assert search(desk, typed) == found


def test_renamed_and_moved(desk, tickets, dana):
    birk = tickets[2].organization
    birk.name = "Lumen"
    birk.save()
    assert search(desk, "lumen export") == {THIRD}
    assert search(desk, "birk slow") == {THIRD}  # in the requester's email address
    actions.move_ticket(tickets[2], by=SYSTEM, requester=dana)
    assert search(desk, "lumen") == set()
    assert search(desk, "acme slow") == {THIRD}


def test_changed_email_address_is_found(desk, tickets):
    user = tickets[2].requester.user
    user.email = "new@other.example"
    user.save()
    assert search(desk, "new@other.example") == {THIRD}
    assert search(desk, "from:birk") == set()


def test_customers_find_neither_addresses_nor_organizations(browser, home, tickets):
    pk = tickets[0].organization_id
    for typed in ("acme.example", "acme", f"%{pk} export", "&acme"):
        assert not numbers(browser.get("/support/", {"q": typed}))


def test_passage_shows_matching_words_also_of_notes(desk, tickets):
    actions.add_note(tickets[2], by=SYSTEM, body="See the **runbook** for slow disks.")
    html = desk.get(ticket_url("list"), {"q": "runbook from:toni"}).content.decode()
    assert "See the <mark>runbook</mark> for slow disks." in html
    html = desk.get(ticket_url("list"), {"q": "expor"}).content.decode()
    assert f"#{tickets[0].number} <mark>Export</mark> fails" in html


@pytest.mark.parametrize(
    ("typed", "limit"), [("export", 19), ('org:acme from:dana status:open "fails" export', 20)]
)
def test_number_of_queries_is_constant(desk, dana, typed, limit, django_assert_max_num_queries):
    factories.ticket(dana, "Export fails")
    desk.get(ticket_url("list"))
    with django_assert_max_num_queries(limit) as one:
        assert len(search(desk, typed)) == 1
    for number in range(5):
        factories.ticket(dana, f"Export fails {number}", f"The export fails {number}.")
    with django_assert_max_num_queries(limit) as many:
        assert len(search(desk, typed)) == 6
    assert len(one) == len(many)


def suggested(desk, typed) -> list[str]:
    rows = desk.get(reverse("wagtail_portal_search_suggestions"), {"q": typed}).json()["results"]
    return [row["text"] for row in rows]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("slow bir", 'slow org:"Birk Müller" '),
        ("slow ton", "slow from:toni.ek@birk.example "),
        ("org:b", 'org:"Birk Müller" '),
        ("from:dana", "from:dana@acme.example "),
        ("stat", "status:"),
        ("seve", "severity:"),
        ("status:", "status:open "),
        ("status:hold", 'status:"On hold" '),
        ("assignee:", "assignee:me "),
        ("assignee:rob", 'assignee:"Robin Agent" '),
        ("urgency:hi", "urgency:High "),
        ("severity:very", 'severity:"Very high" '),
    ],
)
def test_suggestions_complete_the_search(desk, tickets, typed, text):
    assert text in suggested(desk, typed)


def test_nothing_is_suggested_after_a_word_or_in_a_phrase(desk, tickets):
    for typed in ("", "x", '"birk', "ORA:942"):
        assert suggested(desk, typed) == []


def test_suggestions_need_the_permission_to_see_tickets(client, editor, tickets):
    client.force_login(editor, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("wagtail_portal_search_suggestions"), {"q": "birk"}).status_code in (
        302,
        403,
    )


def test_organizations_with_the_most_words_are_found_among_many(desk, dana, monkeypatch):
    monkeypatch.setattr("wagtail_portal.desk.tickets.search.NAMES", 3)
    for letter in "ABCD":
        factories.organization(f"{letter} GmbH")
    zwick = factories.organization("Zwick GmbH")
    factories.ticket(factories.member(zwick), "From Zwick")
    assert search(desk, 'org:"Zwick GmbH"') == {"From Zwick"}
    # Organizations that an agent can't know of don't take the place of others.
    team = group("Limited", "view_ticket")
    actions.limit_group(team, by=SYSTEM, organizations=[zwick])
    assert search(signed_in(factories.staff("Limited")), "org:gmbh") == {"From Zwick"}
