"""The ticket listing: ordering, filters, search, export and number of queries."""

import csv
import io
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.utils import timezone
from wagtail.users.models import UserProfile

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.desk import paginators
from wagtail_portal.desk.exports import neutralize
from wagtail_portal.models import Organization, Ticket
from wagtail_portal.permissions import Actor


@pytest.fixture
def tickets(dana, agent):
    """Three tickets, oldest first."""
    birk = factories.organization("Birk")
    other = factories.member(birk, "toni@birk.example", name="Toni Ek")
    agents = Group.objects.get(name="Support agents")
    found = [
        factories.ticket(dana, subject="First light", urgency="high", group=agents),
        factories.ticket(dana, subject="Second thoughts"),
        factories.ticket(other, subject="Third time lucky"),
    ]
    actions.assign(found[1], by=Actor.system(), assignee=agent)
    actions.change_status(found[2], by=Actor.system(), status=factories.status("closed"))
    return found


def subjects(response) -> list[str]:
    return [ticket.subject for ticket in response.context["object_list"]]


def test_most_recently_changed_ticket_is_first(desk, tickets):
    assert subjects(desk.get(ticket_url("list"))) == [
        "Third time lucky",
        "Second thoughts",
        "First light",
    ]
    actions.add_note(tickets[0], by=Actor.system(), body="Still there?")
    assert subjects(desk.get(ticket_url("list")))[0] == "First light"


@pytest.mark.parametrize(
    ("ordering", "first"),
    [("number", "First light"), ("-number", "Third time lucky"), ("team_updated_at", None)],
)
def test_listing_can_be_sorted(desk, tickets, ordering, first):
    found = subjects(desk.get(ticket_url("list"), {"ordering": ordering}))
    assert found[0] == (first or "First light")


@pytest.mark.parametrize("ordering", ["subject", "requester__user__password", "x", ""])
def test_unknown_orderings_are_ignored(desk, tickets, ordering):
    response = desk.get(ticket_url("list"), {"ordering": ordering})
    assert subjects(response)[0] == "Third time lucky"


def test_row_shows_people_and_details(desk, tickets):
    html = desk.get(ticket_url("list")).content.decode()
    for words in (f"#{tickets[0].number} First light", "Dana Reyes", "Acme", "Robin Agent"):
        assert words in html
    # The filter contains the group as well.
    assert "Support agents" in html.partition('<table class="listing')[2]
    assert 'portal-status--closed" title="Closed">Closed<' in html
    assert f'href="{ticket_url("edit", tickets[0].pk)}?queue=tab%3Dall"' in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (lambda t: {"status": t[2].status_id}, ["Third time lucky"]),
        (lambda t: {"state": ["closed", "on_hold"]}, ["Third time lucky"]),
        (lambda t: {"assignee": t[1].assignee_id}, ["Second thoughts"]),
        (lambda t: {"assignee": "null"}, ["Third time lucky", "First light"]),
        (
            lambda t: {"assignee": ["null", t[1].assignee_id]},
            ["Third time lucky", "Second thoughts", "First light"],
        ),
        (lambda t: {"organization": t[2].organization_id}, ["Third time lucky"]),
        (lambda t: {"requester": t[2].requester_id}, ["Third time lucky"]),
        (lambda t: {"requester": "x"}, ["Third time lucky", "Second thoughts", "First light"]),
        # A saved view of a group that has been deleted, for example.
        (lambda t: {"group": 99999, "urgency": "high"}, ["First light"]),
        (lambda t: {"group": t[0].group_id}, ["First light"]),
        (lambda t: {"group": "null"}, ["Third time lucky", "Second thoughts"]),
        (lambda t: {"urgency": "high"}, ["First light"]),
        (lambda t: {"urgency": "high", "organization": t[2].organization_id}, []),
        (lambda t: {"q": "LIGHT"}, ["First light"]),
        (lambda t: {"q": f"#{t[1].number}"}, ["Second thoughts"]),
        (lambda t: {"q": str(t[1].number)}, ["Second thoughts"]),
        (lambda t: {"q": "toni"}, ["Third time lucky"]),
        (lambda t: {"q": "dana@acme"}, ["Second thoughts", "First light"]),
        (lambda t: {"q": "birk"}, ["Third time lucky"]),
        (lambda t: {"q": "9" * 40}, []),
        (lambda t: {"q": "light", "urgency": "high", "ordering": "number"}, ["First light"]),
    ],
)
def test_filters_and_search(desk, tickets, query, found):
    for name in ("list", "list_results"):
        response = desk.get(ticket_url(name), query(tickets))
        assert response.status_code == 200
        assert subjects(response) == found


def test_filters_that_are_ignored_are_named(desk, tickets):
    html = desk.get(ticket_url("list_results"), {"group": 99999}).content.decode()
    notice = BeautifulSoup(html, "html.parser").select_one(".portal-inbox__head .help-warning")
    assert "Group: Select a valid choice." in notice.text


def test_search_covers_messages_and_notes(desk, tickets):
    actions.reply(tickets[0], by=Actor.system(), body="Which browser do you use?")
    actions.add_note(tickets[0], by=Actor.system(), body="Reproduced in staging.")
    for words in ("browser", "stag", "browser reproduced first"):
        assert subjects(desk.get(ticket_url("list"), {"q": words})) == ["First light"]
    assert subjects(desk.get(ticket_url("list"), {"q": "browser second"})) == []


def test_search_finds_every_field_answers_names_and_files(desk, tickets):
    field = factories.ticket_field("Plan", choices=[("Gold plan", "red")])
    actions.change_fields(tickets[0], by=Actor.system(), values={field.key: "gold-plan"})
    dump = factories.upload("dump.txt")
    actions.add_note(tickets[0], by=Actor.system(), body="Here", attachments=[dump])
    name = tickets[0].requester.name.split()[0]
    for words in ("gold", "dump.txt", f"{name} gold dump"):
        assert subjects(desk.get(ticket_url("list"), {"q": words})) == ["First light"]
    assert subjects(desk.get(ticket_url("list"), {"q": f"{name} second gold"})) == []


def test_search_finds_similar_words_when_nothing_matches(desk, tickets):
    actions.add_note(tickets[0], by=Actor.system(), body="Reproduced in staging.")
    response = desk.get(ticket_url("list"), {"q": "reproducd"})
    assert subjects(response) == ["First light"]
    html = response.content.decode()
    assert "Nothing matches exactly." in html and "<mark>Reproduced</mark> in staging." in html
    response = desk.get(ticket_url("list"), {"q": "reproduced"})
    assert "Nothing matches exactly." not in response.content.decode()


def test_assignee_filter_only_offers_agents_who_can_reply(
    desk, tickets, agent, viewer, editor, dana
):
    field = desk.get(ticket_url("list")).context["filters"].form.fields["assignee"]
    people = set(field.queryset)
    assert agent in people
    assert not {viewer, editor, dana.user} & people


@pytest.mark.parametrize("kind", ["organization", "requester", "assignee"])
def test_filters_only_list_the_selected_people(desk, tickets, agent, kind):
    """There can be thousands, so the others are found by typing."""
    chosen = getattr(tickets[2] if kind != "assignee" else tickets[1], kind)
    other = {
        "organization": tickets[0].organization,
        "requester": tickets[0].requester,
        "assignee": factories.agent(name="Zora Other"),
    }[kind]
    box = f'type="checkbox" name="{kind}" value="%s"'
    html = desk.get(ticket_url("list")).content.decode()
    assert box % chosen.pk not in html
    html = desk.get(ticket_url("list"), {kind: chosen.pk}).content.decode()
    assert f"{box % chosen.pk} checked" in html
    assert box % other.pk not in html


def test_counting_stops_at_the_limit(desk, tickets, monkeypatch):
    monkeypatch.setattr(paginators, "COUNT_LIMIT", 2)
    assert desk.get(ticket_url("list")).context["paginator"].count == 2


def export(response) -> str:
    return b"".join(response.streaming_content).decode("utf-8-sig")


def test_csv_export_follows_order_and_filters(desk, tickets):
    rows = list(
        csv.DictReader(io.StringIO(export(desk.get(ticket_url("list"), {"export": "csv"}))))
    )
    assert [row["Subject"] for row in rows] == [
        "Third time lucky",
        "Second thoughts",
        "First light",
    ]
    assert rows[1]["Assigned to"] == "Robin Agent"
    assert rows[0]["Status"] == "Closed" and rows[0]["Email address"] == "toni@birk.example"
    filtered = export(desk.get(ticket_url("list"), {"export": "csv", "urgency": "high"}))
    assert "First light" in filtered and "Second" not in filtered


FORMULA = '=HYPERLINK("http://evil.example","Click")'


def test_exported_times_are_readable(desk, tickets):
    rows = csv.DictReader(io.StringIO(export(desk.get(ticket_url("list"), {"export": "csv"}))))
    opened = timezone.localtime(tickets[2].opened_at)
    assert f"{opened:%Y-%m-%d %H:%M}" in next(rows).values()
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(desk.get(ticket_url("list"), {"export": "xlsx"})))
    )
    found = [cell.value for row in book.active.rows for cell in row]
    assert opened.replace(second=0, microsecond=0, tzinfo=None) in found


def test_exports_are_in_the_language_and_time_zone_of_the_agent(desk, agent, tickets):
    UserProfile.objects.update_or_create(
        user=agent, defaults={"preferred_language": "de", "current_time_zone": "Asia/Kathmandu"}
    )
    opened = f"{tickets[2].opened_at.astimezone(ZoneInfo('Asia/Kathmandu')):%Y-%m-%d %H:%M}"
    text = b"".join(desk.get(ticket_url("list"), {"export": "csv"}).streaming_content).decode()
    # The mark by which spreadsheets recognize UTF-8.
    assert text.startswith("\ufeffNummer,Betreff,")
    assert next(csv.DictReader(io.StringIO(text)))["Eröffnet am"] == opened
    file = io.BytesIO(b"".join(desk.get(ticket_url("list"), {"export": "xlsx"})))
    headings, first, *_others = openpyxl.load_workbook(file).active.values
    assert f"{first[headings.index('Eröffnet am')]:%Y-%m-%d %H:%M}" == opened


def test_exported_cells_are_not_formulas(desk, dana):
    factories.ticket(dana, subject=FORMULA)
    Organization.objects.update(name="@SUM(1+1)*cmd|' /C calc'!A0")
    rows = list(csv.reader(io.StringIO(export(desk.get(ticket_url("list"), {"export": "csv"})))))
    assert f"'{FORMULA}" in rows[1]
    response = desk.get(ticket_url("list"), {"export": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    cells = list(book.active.iter_rows())[1]
    assert all(cell.data_type != "f" for cell in cells)
    assert f"'{FORMULA}" in [cell.value for cell in cells]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_cells_that_look_like_formulas_are_prefixed(start):
    assert neutralize(f"{start}1") == f"'{start}1"
    assert neutralize(f"1{start}") == f"1{start}"
    assert neutralize("") == ""


@pytest.mark.parametrize(("query", "limit"), [({}, 16), ({"q": "ticket", "urgency": "normal"}, 19)])
def test_number_of_queries_does_not_depend_on_the_number_of_tickets(
    desk, dana, agent, query, limit, django_assert_max_num_queries
):
    def open_ticket(number):
        member = factories.member(factories.organization())
        ticket = factories.ticket(member, subject=f"Ticket {number}")
        assignee = factories.agent(name=f"Agent {number}")
        actions.assign(ticket, by=Actor.system(), assignee=assignee)

    open_ticket(0)
    desk.get(ticket_url("list"))
    with django_assert_max_num_queries(limit) as one:
        assert len(subjects(desk.get(ticket_url("list"), query))) == 1
    for number in range(24):
        open_ticket(number)
    with django_assert_max_num_queries(limit) as many:
        assert len(subjects(desk.get(ticket_url("list"), query))) == 25
    assert len(many) == len(one)


def test_large_columns_are_deferred(desk, tickets):
    ticket = desk.get(ticket_url("list")).context["object_list"][0]
    assert ticket.get_deferred_fields() == {"values", "answers"}


def test_listing_without_tickets_says_so(superuser):
    response = signed_in(superuser).get(ticket_url("list"))
    assert "There are no tickets to display." in response.content.decode()
    assert not Ticket.objects.exists()
