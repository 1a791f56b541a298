"""What of a ticket customers and the team find: fields, answers, names and files."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.pages.ticket_list.lists import designate, numbers
from wagtail_portal import actions
from wagtail_portal.models import (
    DesignatedField,
    Role,
    Ticket,
    TicketField,
    TicketFieldChoice,
    TicketWords,
)
from wagtail_portal.permissions import Actor
from wagtail_portal.search import Query, backend, corrected_query

TEAM = Actor.system()


def finds(browser, typed) -> bool:
    return bool(numbers(browser.get("/support/", {"q": typed})))


def team_finds(typed) -> bool:
    query = Query.parse(typed, TicketField.objects.prefetch_related("choices"))
    return backend().find(Ticket.objects.all(), query, notes=True).exists()


@pytest.fixture
def fields(db):
    severity = factories.ticket_field(
        "Severity", choices=[("Showstopper", "red"), ("Very low", "grey")]
    )
    return severity, factories.ticket_field("Machine", type="text")


@pytest.fixture
def opened(dana, home, fields):
    severity, machine = fields
    return factories.ticket(
        dana,
        "Stuck",
        "Help!",
        by=TEAM,
        values={severity.key: "showstopper", machine.key: "Turboencabulator mk2"},
    )


def test_values_of_designated_fields_are_found(browser, home, opened, fields):
    designate(home, *fields)
    for typed in ("showstopper", "SHOWST", "turboencabulator", "stuck turbo", "mk2 show"):
        assert finds(browser, typed), typed
    for typed in ("very low", "severity", "machine", "field"):
        assert not finds(browser, typed), typed


def test_hidden_values_are_never_found_by_customers(browser, home, opened, fields):
    typed = ["showstopper", "turboencabulator", "mk2", "turbo", "stuck turbo", "=turbo", "=", "/"]
    typed += [f"{sign}{field.pk}{end}" for field in fields for sign in "/#= " for end in "=: "]
    typed += [f"/{fields[1].pk}=turboencabulator", f"/{fields[0].pk}:showstopper"]
    Ticket.objects.update(number=999_999)
    factories.ticket(factories.member(opened.organization), "Of somebody else")
    backend().put([opened])
    for text in typed:
        query = Query.parse(text)
        if query:
            assert not finds(browser, text), text
    # Only as a filter: customers don't read the value.
    designate(home, *fields, in_list=False, on_ticket=False, as_filter=True)
    assert not finds(browser, "showstopper")
    assert not finds(browser, "turboencabulator")


def test_showing_and_hiding_a_field_takes_effect_at_once(browser, home, opened, fields):
    designate(home, *fields, in_list=False)
    assert finds(browser, "showstopper")
    assert finds(browser, "turboencabulator")
    for row in DesignatedField.objects.all():
        row.delete()
    assert not finds(browser, "showstopper")
    assert not finds(browser, "turboencabulator")
    assert team_finds("showstopper stuck turbo")


def test_archived_fields_are_not_found_by_customers(browser, home, opened, fields):
    designate(home, *fields)
    fields[1].archived = True
    fields[1].save()
    assert not finds(browser, "turboencabulator")
    assert team_finds("turboencabulator")


def test_changed_and_removed_values(browser, home, opened, fields):
    designate(home, *fields)
    severity, machine = fields
    actions.change_fields(opened, by=TEAM, values={severity.key: "very-low", machine.key: None})
    assert finds(browser, "very low")
    assert not finds(browser, "showstopper")
    assert not finds(browser, "turboencabulator")


def test_renamed_choice_is_found_by_its_new_label(browser, home, opened, fields):
    designate(home, *fields)
    choice = TicketFieldChoice.objects.get(key="showstopper")
    choice.label, choice.translations = "Blocker", {"de": {"label": "Blockierend"}}
    choice.save()
    assert finds(browser, "blocker")
    assert finds(browser, "blockierend")
    assert not finds(browser, "showstopper")


def test_team_finds_every_field(opened):
    for typed in ("showstopper", "turboencabulator", "turbo", "mk2 stuck", "stuck show"):
        assert team_finds(typed), typed
    assert not team_finds("very low")


def test_numbers_dates_and_links(browser, home, dana):
    values = {
        "number": (1500, ["1500", "1,500", "15"]),
        "decimal": ("12.50", ["12.50", "12,50", "12.5"]),
        "date": ("2026-12-31", ["2026-12-31"]),
        "email": ("ops@acme.example", ["ops@acme.example", "ops"]),
        "url": ("https://acme.example/grafana", ["grafana"]),
        "long_text": ("The *flux* capacitor", ["flux capac"]),
        "yes_no": (True, []),
    }
    fields = {kind: factories.ticket_field(f"A {kind}", type=kind) for kind in values}
    designate(home, *fields.values())
    stored = {fields[kind].key: value for kind, (value, _typed) in values.items()}
    factories.ticket(dana, "Stuck", by=TEAM, values=stored)
    for _value, typed in values.values():
        for text in typed:
            assert finds(browser, text), text
    assert not finds(browser, "yes")
    assert not finds(browser, "true")


def test_answers_are_found(browser, home, dana):
    answers = [
        {"id": "1", "type": "text", "label": "Room", "value": "B42", "display": "Boardroom B42"},
        {"id": "2", "type": "choice", "label": "Floor", "value": "f-3", "display": "Third floor"},
        {"id": "3", "type": "yes_no", "label": "Urgent", "value": True, "display": "Yes"},
    ]
    factories.ticket(dana, "Stuck", answers=answers)
    for typed in ("boardroom", "b42", "third floor stuck"):
        assert finds(browser, typed), typed
    assert not finds(browser, "yes")


def test_names_of_files_are_found(browser, home, dana):
    ticket = factories.ticket(dana, attachments=[factories.upload("invoice_2031.txt")])
    for typed in ("invoice_2031.txt", "invoice", "2031", ".txt"):
        assert finds(browser, typed), typed
    actions.reply(ticket, by=TEAM, body="See here", attachments=[factories.upload("Größe.txt")])
    assert finds(browser, "groesse")
    backend().put([ticket])
    assert finds(browser, "groesse invoice")


def test_texts_and_files_of_notes_are_never_found_by_customers(browser, home, dana):
    ticket = factories.ticket(dana)
    actions.add_note(
        ticket, by=TEAM, body="suspicious", attachments=[factories.upload("blackmail.txt")]
    )
    for _time in range(2):
        assert not finds(browser, "suspicious")
        assert not finds(browser, "blackmail")
        assert team_finds("suspicious blackmail")
        backend().put([ticket])


def test_files_of_fields_and_answers(browser, home, dana):
    field = factories.ticket_field("Log", type="file")
    answer = {"id": "1", "type": "file", "label": "Plan", "value": factories.upload("plan9.txt")}
    factories.ticket(
        dana,
        by=TEAM,
        values={field.key: factories.upload("crashdump.txt")},
        answers=[{**answer, "display": "plan9.txt"}],
    )
    assert finds(browser, "plan9")
    assert not finds(browser, "crashdump")
    designate(home, field)
    assert finds(browser, "crashdump")


def test_requesters_are_found_by_name(as_member, home, acme):
    browser = as_member(factories.member(acme, role=Role.ADMIN))
    requester = factories.member(acme, name="Jürgen Müller")
    other = factories.member(acme, name="Ada Lovelace")
    ticket = factories.ticket(requester, "Export")
    for typed in ("mueller", "Jürgen Müller", "export juerg", "muller export"):
        assert finds(browser, typed), typed
    actions.change_requester(ticket, by=Actor.for_agent(factories.agent()), requester=other)
    assert finds(browser, "lovelace")
    assert not finds(browser, "mueller")


def test_renamed_requesters_are_found_by_their_new_name_alone(as_member, home, acme):
    browser = as_member(factories.member(acme, role=Role.ADMIN))
    requester = factories.member(acme, name="Ada Lovelace")
    factories.ticket(requester, "Export")
    user = get_user_model().objects.get(pk=requester.user_id)
    user.first_name, user.last_name = "Grace", "Hopper"
    user.save()
    assert finds(browser, "hopper")
    assert not finds(browser, "lovelace")


def test_unchanged_users_cost_nothing(dana, django_assert_num_queries):
    factories.ticket(dana)
    with django_assert_num_queries(1):
        dana.user.save(update_fields=["last_login"])


def test_erased_people_are_not_found(as_member, home, acme, dana):
    requester = factories.member(acme, name="Ada Lovelace")
    upload = factories.upload("Ada Lovelace diary.txt")
    ticket = factories.ticket(requester, "Export", attachments=[upload])
    actions.reply(
        ticket,
        by=Actor.for_member(requester),
        body="More",
        attachments=[factories.upload("vita.txt")],
    )
    browser = as_member(factories.member(acme, role=Role.ADMIN))
    assert finds(browser, "lovelace")
    actions.erase_member(requester, by=TEAM, remove_texts=True)
    for typed in ("lovelace", "diary", "vita", "erased"):
        words = TicketWords.objects.get(ticket=ticket).words
        assert typed == "erased" or typed not in words, typed
    assert not finds(browser, "lovelace")


@pytest.mark.parametrize(
    "typed",
    ["conection", "connnection", "cnonection", "connektion", "conecti", "refused conection"],
)
def test_long_words_with_one_wrong_letter(browser, home, dana, typed):
    factories.ticket(dana, "Refused", "The connection drops.")
    response = browser.get("/support/", {"q": typed})
    assert len(numbers(response)) == 1
    page = response.content.decode()
    assert "Nothing matches exactly. These tickets contain similar words." in page
    assert "<mark>connection</mark>" in page


@pytest.mark.parametrize(
    "typed", ["conektion", "dorps", "connection vanished", "stagings", "10041"]
)
def test_what_is_not_corrected(browser, home, dana, typed):
    ticket = factories.ticket(dana, "Refused", "The connection drops. Error 10042.")
    actions.add_note(ticket, by=TEAM, body="Seen in staging.")
    assert not finds(browser, typed)


def test_exports_and_further_pages_contain_the_same(browser, home, dana, settings):
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_PAGE": 2}
    for number in range(3):
        factories.ticket(dana, f"Connection {number}")
    first = browser.get("/support/?q=conection")
    assert len(numbers(first)) == 2
    second = browser.get("/support/" + first.context["next_url"])
    assert len(numbers(second)) == 1
    file = b"".join(browser.get("/support/export/csv/?q=conection").streaming_content)
    assert file.count(b"Connection") == 3


def test_exact_matches_are_not_mixed_with_similar_ones(browser, home, dana):
    exact = factories.ticket(dana, "Conection")
    factories.ticket(dana, "Connection")
    response = browser.get("/support/?q=conection")
    assert numbers(response) == [exact.number]
    assert "similar" not in response.content.decode()


def test_similar_words_come_from_visible_tickets_alone(browser, home, dana, acme):
    factories.ticket(factories.member(acme), "Secretproject")
    factories.ticket(dana, "Mine")
    assert not finds(browser, "secretprojekt")
    query = Query.parse("secretprojekt")
    assert corrected_query(Ticket.objects.visible_to(dana), query) is query


def test_correcting_costs_a_constant_number_of_queries(browser, home, dana):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/support/?q=conection").context["rows"]
        return len(queries)

    factories.ticket(dana, "Connection")
    count()
    few = count()
    for _number in range(12):
        factories.ticket(dana, "Connection")
    # On PostgreSQL, a search asks first how to look for the words.
    assert count() == few <= (15 if connection.vendor == "postgresql" else 12)
