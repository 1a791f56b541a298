"""Members of the organization as values of ticket fields and as answers."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import block
from tests.pages.ticket import ticket_pages
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields import FormContext
from wagtail_portal.fields import context as field_context
from wagtail_portal.models import (
    DesignatedField,
    Member,
    PortalSettings,
    Role,
    Ticket,
    member_finder,
)
from wagtail_portal.permissions import Actor

URL = "/support/report/"
WHO = "55555555-5555-4555-8555-555555555555"


@pytest.fixture
def field(db):
    return factories.ticket_field("Contact", type="member")


@pytest.fixture
def form(home, field):
    own = {"label": "Who else?", "help_text": "", "required": False, "width": "full"}
    return factories.form_page(
        home,
        [
            block("subject"),
            block("ticket_field", field=field.pk, required=True, width="full"),
            block("question_member", own, id=WHO),
        ],
    )


@pytest.fixture
def ilse(acme):
    return factories.member(acme, "ilse@acme.example", role=Role.ADMIN, name="Ilse Brandt")


def designate(home, *fields):
    settings = PortalSettings.for_site(home.get_site())
    for order, field in enumerate(fields):
        DesignatedField.objects.create(settings=settings, ticket_field=field, sort_order=order)


def offered(page, name="field-contact") -> set[str]:
    select = re.search(rf'<select name="{name}".*?</select>', page, re.DOTALL)[0]
    return set(re.findall(r'value="(\d+)"', select))


def test_only_visible_members_can_be_chosen(as_member, form, acme, dana, ilse):
    gone = factories.member(acme, role=Role.NO_ACCESS)
    foreign = factories.member(factories.organization())
    page = as_member(ilse).get(URL).content.decode()
    assert offered(page) == offered(page, f"q-{WHO}") == {str(dana.pk), str(ilse.pk)}
    for pk in (gone.pk, foreign.pk, "x", "9" * 40, foreign.email):
        response = as_member(ilse).post(URL, {"subject": "x", "field-contact": pk})
        assert "Select a member of the organization." in response.content.decode()
    # A plain member can only see themselves.
    Role.objects.filter(pk=dana.role_id).update(members="none")
    page = as_member(dana).get(URL).content.decode()
    assert offered(page) == {str(dana.pk)}
    response = as_member(dana).post(URL, {"subject": "x", "field-contact": ilse.pk})
    assert "Select a member of the organization." in response.content.decode()
    assert not Ticket.objects.exists()


def test_chosen_member_is_stored_and_shown_by_name(as_member, home, form, field, dana, ilse):
    designate(home, field)
    browser = as_member(ilse)
    response = browser.post(
        URL, {"subject": "x", "field-contact": dana.pk, f"q-{WHO}": str(ilse.pk)}
    )
    ticket = Ticket.objects.get()
    assert ticket.values == {"contact": dana.pk}
    assert [(row["value"], row["display"]) for row in ticket.answers] == [(ilse.pk, "Ilse Brandt")]
    form.delete()
    for url in (response.url, "/support/"):
        assert "Dana Reyes" in browser.get(url).content.decode()
    assert "Ilse Brandt" in browser.get(response.url).content.decode()
    Member.objects.filter(pk=dana.pk).delete()
    for url in (response.url, "/support/"):
        page = browser.get(url).content.decode()
        assert "Former member" in page
        assert "Dana Reyes" not in page


def test_required_question_keeps_the_selection_after_an_error(as_member, form, dana, ilse):
    browser = as_member(ilse)
    page = browser.post(URL, {"subject": "x", "field-contact": ""}).content.decode()
    assert "Contact”." in page
    page = browser.post(URL, {"subject": "", "field-contact": dana.pk}).content.decode()
    assert f'<option value="{dana.pk}" selected' in page


def test_members_with_the_same_name_are_told_apart(as_member, form, acme, ilse):
    factories.member(acme, "other@acme.example", name="Ilse Brandt")
    page = as_member(ilse).get(URL).content.decode()
    assert "Ilse Brandt (other@acme.example)" in page
    assert "Ilse Brandt (ilse@acme.example)" in page


def test_large_organizations_have_an_address_input(as_member, form, dana, ilse, monkeypatch):
    for module in ("people", "context"):
        name = "fields.types.people" if module == "people" else "fields.context"
        monkeypatch.setattr(f"wagtail_portal.{name}.MEMBERS_SHOWN", 1)
    browser = as_member(ilse)
    page = browser.get(URL).content.decode()
    assert "<select" not in page.split("field-contact")[1][:200]
    assert '<input type="email" name="field-contact"' in page
    page = browser.post(URL, {"subject": "", "field-contact": "Dana@acme.example"}).content.decode()
    assert 'value="Dana@acme.example"' in page
    browser.post(URL, {"subject": "x", "field-contact": "Dana@acme.example"})
    assert Ticket.objects.get().values == {"contact": dana.pk}


def test_team_can_choose_a_member_and_former_members_stay(desk_browser, dana, field, ilse):
    ticket = factories.ticket(dana, values={})
    url = f"/admin/snippets/wagtail_portal/ticket/edit/{ticket.pk}/"
    desk_browser.post(f"{url}save/", {"fields-field-contact": ilse.pk})
    ticket.refresh_from_db()
    assert ticket.values == {"contact": ilse.pk}
    Member.objects.filter(pk=ilse.pk).delete()
    other = factories.ticket_field("Note", type="text")
    page = desk_browser.get(url).content.decode()
    assert "Former member" in page
    data = {"fields-field-contact": ilse.pk, f"fields-field-{other.key}": "b"}
    assert desk_browser.post(f"{url}save/", data).status_code == 302
    ticket.refresh_from_db()
    assert ticket.values == {"contact": ilse.pk, "note": "b"}


@pytest.fixture
def desk_browser(db, client):
    client.force_login(factories.agent(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_action_validates_members_the_same_way(dana, acme, field):
    foreign = factories.member(factories.organization())
    for value in (foreign.pk, 99_999, "x"):
        with pytest.raises(Invalid):
            factories.ticket(dana, values={"contact": value})
        with pytest.raises(Invalid):
            actions.change_fields(
                factories.ticket(dana), by=Actor.system(), values={"contact": value}
            )


def test_filter_finds_tickets_with_any_of_the_members(dana, ilse, acme, field):
    third = factories.member(acme)
    tickets = [
        factories.ticket(dana, by=Actor.system(), values={"contact": who.pk})
        for who in (dana, ilse, third)
    ]
    factories.ticket(dana)
    kind = field.field_type
    found = Ticket.objects.filter(kind.filter_q("contact", [dana.pk, third.pk]))
    assert set(found) == {tickets[0], tickets[2]}
    # The choices depend on who is asking.
    assert kind.filter_field(field.spec()) is None
    context = FormContext(find_members=member_finder(acme.pk, ilse))
    spec = kind.prepare(field.spec(), context)
    asked = kind.filter_field(spec)
    assert asked.clean([str(dana.pk)]) == [str(dana.pk)]
    assert {pk for pk, _label in asked.choices} == {dana.pk, ilse.pk, third.pk}


def test_list_takes_no_query_per_member(as_member, home, acme, ilse, field):
    designate(home, field, factories.ticket_field("Deputy", type="member"))
    browser = as_member(ilse)

    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get("/support/").status_code == 200
        return len(queries)

    def add():
        who = factories.member(acme)
        values = {"contact": who.pk, "deputy": ilse.pk}
        return factories.ticket(ilse, by=Actor.system(), values=values)

    add()
    browser.get("/support/")
    one = count()
    for _time in range(5):
        add()
    assert count() == one


def test_ticket_page_loads_names_in_changes_at_once(desk_browser, dana, acme, field):
    ticket = factories.ticket(dana)
    url = f"/admin/snippets/wagtail_portal/ticket/edit/{ticket.pk}/"
    system = Actor.system()

    def change():
        who = factories.member(acme)
        actions.change_fields(ticket, by=system, values={"contact": who.pk})

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert desk_browser.get(url).status_code == 200
        return len(queries)

    change()
    desk_browser.get(url)
    few = count()
    for _time in range(4):
        change()
    assert count() == few


def test_number_of_queries_does_not_depend_on_the_number_of_fields(as_member, home, acme, dana):
    for _time in range(3):
        factories.member(acme)
    fields = [factories.ticket_field(f"Contact {number}", type="member") for number in range(5)]
    ticket = factories.ticket(dana, values={field.key: dana.pk for field in fields})
    browser = as_member(dana)

    def count():
        browser.get(f"/support/tickets/{ticket.number}/")
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(f"/support/tickets/{ticket.number}/").content.decode()
        return page.count('name="fields-field-contact'), len(queries)

    ticket_pages.designate(ticket, fields[0], editable=True)
    one = count()
    for field in fields[1:]:
        ticket_pages.designate(ticket, field, editable=True)
    assert (one[0], count()) == (1, (5, one[1]))


def test_limit_of_choices_matches_the_members_loaded(acme, monkeypatch):
    monkeypatch.setattr("wagtail_portal.models.members.MEMBERS_SHOWN", 2)
    for _time in range(5):
        factories.member(acme)
    find = member_finder(acme.pk)
    assert len(find()) == 3
    assert field_context.MEMBERS_SHOWN == 200
