"""Fields of organizations and members: defined by editors, set by the team, used in lists."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Conflict, Invalid, NotAllowed
from wagtail_portal.models import CustomerField, CustomerFieldChoice, GroupScope, Role
from wagtail_portal.permissions import Actor

from .conftest import group, signed_in, ticket_url
from .customers.test_customer_pages import main_of, text_of, url

SYSTEM = Actor.system()


@pytest.fixture
def browser(manager):
    return signed_in(manager)


@pytest.fixture
def plan(db):
    return customer_field("Plan", choices=("Free", "Enterprise"), in_inbox=True)


def customer_field(label, type="text", choices=(), **kwargs) -> CustomerField:
    field = CustomerField.objects.create(label=label, type="choice" if choices else type, **kwargs)
    for order, choice in enumerate(choices):
        CustomerFieldChoice.objects.create(field=field, label=choice, sort_order=order)
    return field


def give(customer, **values):
    return actions.change_customer_fields(customer, by=SYSTEM, values=values)


def test_browser_keeps_fields_until_they_are_saved(browser, acme):
    customer_field("Region")
    page = url("organization", acme.pk)
    form = BeautifulSoup(browser.get(page).content, "html.parser").select_one(
        f"form[data-portal-draft$=':fields-organization-{acme.pk}']"
    )
    assert form.select_one("[data-portal-draft-note]")
    key = form.select_one("[name=fields-submission_key]")["value"]
    original = form.select_one("[name=fields-original]")
    # Otherwise, a draft would overwrite what others have changed since.
    assert "data-portal-draft-value" in original.attrs
    sent = {
        "form": "fields",
        "fields-field-region": "North",
        "fields-original": original["value"],
        "fields-submission_key": key,
    }
    give(acme, region="South")
    conflict = browser.post(page, sent)
    assert "wagtail_portal_sent" not in conflict.cookies
    shown = BeautifulSoup(conflict.content, "html.parser")
    assert shown.select_one("[name=fields-field-region]")["value"] == "North"
    sent["fields-original"] = shown.select_one("[name=fields-original]")["value"]
    assert browser.post(page, sent).cookies["wagtail_portal_sent"].value == key
    acme.refresh_from_db()
    assert acme.values == {"region": "North"}


def test_choice_in_use_can_only_be_archived(browser, plan, acme):
    give(acme, plan="free")
    rows = [{"id": row.pk, "label": row.label, "DELETE": "1"} for row in plan.choices.all()]
    data = {"label": "Plan", "about": "organization", "type": "choice", "shown_to": "team"}
    data["choices"] = inline_formset(rows, initial=2)
    response = browser.post(url("customerfield", plan.pk, "edit"), nested_form_data(data))
    assert "can’t be deleted. Archive it" in response.content.decode()
    assert plan.choices.count() == 2


def test_manager_defines_a_field_where_ticket_fields_are_defined(browser, db):
    menu = browser.get("/admin/").content.decode()
    assert "Customer fields" in menu
    add = reverse("wagtailsnippets_wagtail_portal_customerfield:add")
    data = {"label": "Plan", "about": "organization", "type": "choice", "shown_to": "team"}
    rows = [{"label": "Free"}, {"label": "Enterprise"}]
    without = nested_form_data(data | {"choices": inline_formset([])})
    assert "Enter at least one choice" in browser.post(add, without).content.decode()
    browser.post(add, nested_form_data(data | {"choices": inline_formset(rows)}))
    field = CustomerField.objects.get()
    assert [choice.key for choice in field.choices.all()] == ["free", "enterprise"]


def test_field_in_use_keeps_its_type(browser, acme):
    field = customer_field("Region")
    give(acme, region="North")
    edit = reverse("wagtailsnippets_wagtail_portal_customerfield:edit", args=[field.pk])
    data = {"label": "Region", "about": "member", "type": "number", "shown_to": "team"}
    html = browser.post(edit, nested_form_data(data | {"choices": inline_formset([])}))
    assert "This field has values" in html.content.decode()
    field.refresh_from_db()
    assert (field.type, field.about) == ("text", "organization")


def test_values_are_set_on_the_page_and_never_overwritten_unnoticed(browser, acme, plan):
    page = url("organization", acme.pk)
    form = main_of(browser.get(page)).select_one("form:has([name='fields-field-plan'])")
    original = form.select_one("[name='fields-original']")["value"]
    data = {"form": "fields", "fields-field-plan": "enterprise", "fields-original": original}
    browser.post(page, data)
    acme.refresh_from_db()
    assert acme.values == {"plan": "enterprise"}
    assert "Plan Enterprise" in text_of(browser.get(page))
    html = text_of(browser.post(page, data | {"fields-field-plan": "free"}))
    assert "Someone else changed this to “Enterprise”" in html
    with pytest.raises(Conflict):
        actions.change_customer_fields(
            acme, by=SYSTEM, values={"plan": "free"}, original={"field:plan": None}
        )
    with pytest.raises(Invalid):
        give(acme, plan="gold")


def test_only_managers_within_reach_set_values(acme, dana, plan, manager):
    agent = Actor.for_agent(factories.agent())
    with pytest.raises(NotAllowed):
        actions.change_customer_fields(acme, by=agent, values={"plan": "free"})
    with pytest.raises(NotAllowed):
        actions.change_customer_fields(acme, by=Actor.for_member(dana), values={"plan": "free"})
    birk = factories.organization("Birk")
    GroupScope.objects.create(group=manager.groups.get()).organizations.add(birk)
    with pytest.raises(NotAllowed):
        actions.change_customer_fields(acme, by=Actor.for_agent(manager), values={"plan": "free"})


def test_inbox_shows_and_filters_by_them(browser, dana, acme, plan):
    customer_field("Region", about="member", in_inbox=True)
    toni = factories.member(factories.organization("Birk"))
    factories.ticket(dana, subject="From Acme")
    factories.ticket(toni, subject="From Birk")
    give(acme, plan="enterprise")
    give(toni, region="North")
    html = browser.get(ticket_url("list")).content.decode()
    assert "Plan" in html and "North" in html
    for query, found in (
        ({"organization-plan": "enterprise"}, "From Acme"),
        ({"member-region": "nort"}, "From Birk"),
    ):
        tickets = browser.get(ticket_url("list"), query).context["object_list"]
        assert [ticket.subject for ticket in tickets] == [found]


@pytest.mark.parametrize("limit", ["organizations", "sites"])
def test_agents_limited_otherwise_than_by_organization_see_none(acme, dana, plan, limit, home):
    give(acme, plan="enterprise")
    factories.ticket(dana)
    scopes = {"organizations": [acme], "sites": [home.get_site()]}
    team = group("Limited", "view_ticket", "export_ticket")
    actions.limit_group(team, by=SYSTEM, **{limit: scopes[limit]})
    browser, found = signed_in(factories.staff("Limited")), limit == "organizations"
    listed = browser.get(ticket_url("list"))
    assert len(listed.context["object_list"]) == 1
    assert ("Enterprise" in listed.content.decode()) == found
    export = b"".join(browser.get(ticket_url("list"), {"export": "csv"}).streaming_content)
    assert ("Enterprise" in export.decode()) == found
    # Filtering by a value would tell it, too.
    filtered = browser.get(ticket_url("list"), {"organization-plan": "free"})
    assert len(filtered.context["object_list"]) == (0 if found else 1)
    settings = browser.get(reverse("wagtail_portal_list")).content.decode()
    assert ("organization-plan" in settings) == found


def test_number_of_queries_does_not_depend_on_the_rows(
    browser, dana, acme, plan, django_assert_max_num_queries
):
    give(acme, plan="free")
    factories.ticket(dana)
    browser.get(ticket_url("list"))
    with django_assert_max_num_queries(22) as before:
        browser.get(ticket_url("list"))
    for _number in range(3):
        member = factories.member(give(factories.organization(), plan="free"))
        factories.ticket(member)
    with django_assert_max_num_queries(len(before)):
        browser.get(ticket_url("list"))


def test_customers_see_only_what_is_meant_for_them(client, home, dana, acme, plan):
    fields = {
        "Account manager": {"shown_to": "managers"},
        "Contract": {"shown_to": "members"},
        "Risk": {"shown_to": "team"},
        "Cost centre": {"shown_to": "members", "about": "member"},
        "Gone": {"shown_to": "members", "archived": True},
    }
    for label, kwargs in fields.items():
        customer_field(label, **kwargs)
    give(acme, **{"account-manager": "Ravi", "contract": "C-7", "risk": "High", "gone": "Old"})
    give(dana, **{"cost-centre": "4711"})

    def seen():
        client.force_login(dana.user, backend="django.contrib.auth.backends.ModelBackend")
        html = client.get(f"{home.url}profile/").content.decode()
        return {value for value in ("Ravi", "C-7", "High", "4711", "Old") if value in html}

    assert seen() == {"C-7", "4711"}
    actions.change_role(dana, by=SYSTEM, role=Role.objects.get(key=Role.ADMIN))
    assert seen() == {"Ravi", "C-7", "4711"}
