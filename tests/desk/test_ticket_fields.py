"""Ticket fields in the admin: their default, where they're used, and the chooser."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from tests import factories
from wagtail_portal.models import DesignatedField, PortalSettings, Ticket, TicketField
from wagtail_portal.pages.models import TicketFormPage

from .conftest import group, signed_in
from .test_other_models import url


@pytest.fixture
def browser(superuser):
    return signed_in(superuser)


def field_data(*choices, **values):
    rows = [{"label": label, "colour": "", "ORDER": n} for n, label in enumerate(choices, 1)]
    return nested_form_data(
        {"label": "Severity", "help_text": "", "type": "choice", "set_by": "customers"}
        | {"default_answer": ""}
        | values
        | {"choices": inline_formset(rows)}
    )


@pytest.mark.parametrize(
    ("values", "stored", "shown"),
    [
        ({"default_answer": "high, really"}, "high-really", "High, really"),
        (
            {"type": "choices", "default_answer": "Low, High, really"},
            ["low", "high-really"],
            "Low, High, really",
        ),
        ({"type": "yes_no", "default_answer": "no"}, False, "No"),
        ({"type": "number", "default_answer": "0"}, 0, "0"),
        ({"type": "decimal", "default_answer": "2.50"}, "2.50", "2.50"),
        ({"type": "date", "default_answer": "2026-11-01"}, "2026-11-01", "2026-11-01"),
        (
            {"type": "datetime", "default_answer": "2026-11-01 10:30"},
            "2026-11-01T10:30:00+00:00",
            "2026-11-01T10:30:00",
        ),
        ({"type": "text", "default_answer": " Billing "}, "Billing", "Billing"),
        ({"default_answer": ""}, None, ""),
    ],
)
def test_default_is_entered_the_way_customers_answer(browser, values, stored, shown):
    data = field_data("Low", "High, really", **values)
    response = browser.post(url("ticketfield", "add"), data)
    assert response.status_code == 302, response.context["form"].errors
    field = TicketField.objects.get()
    assert field.default == stored
    form = browser.get(url("ticketfield", "edit", field.pk)).context["form"]
    assert form["default_answer"].value() == shown
    # The value shown can be submitted again.
    rows = [
        {"id": row.pk, "label": row.label, "colour": "", "ORDER": row.sort_order}
        for row in field.choices.all()
    ]
    data |= nested_form_data({"choices": inline_formset(rows, initial=len(rows))})
    browser.post(url("ticketfield", "edit", field.pk), data | {"default_answer": shown})
    field.refresh_from_db()
    assert field.default == stored


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"default_answer": "Medium"}, "has no answer"),
        ({"type": "number", "default_answer": "many"}, "Enter a whole number."),
        ({"type": "date", "default_answer": "tomorrow"}, "Enter a date in the format"),
        ({"type": "yes_no", "default_answer": "maybe"}, "has no answer"),
    ],
)
def test_invalid_default_is_rejected_next_to_its_input(browser, values, words):
    form = browser.post(url("ticketfield", "add"), field_data("Low", **values)).context["form"]
    assert words in form.errors["default_answer"][0]
    assert not TicketField.objects.exists()


def test_choice_used_as_default_cannot_be_removed(browser):
    browser.post(url("ticketfield", "add"), field_data("Low", "High", default_answer="High"))
    field = TicketField.objects.get()
    rows = [
        {
            "id": row.pk,
            "label": row.label,
            "colour": "",
            "DELETE": "on" if row.key == "high" else "",
        }
        for row in field.choices.all()
    ]
    data = nested_form_data({"choices": inline_formset(rows, initial=2)})
    data = field_data(default_answer="High") | data
    form = browser.post(url("ticketfield", "edit", field.pk), data).context["form"]
    assert form.errors["default_answer"]
    assert TicketField.objects.get().choices.count() == 2


def test_choice_in_use_can_only_be_archived(browser, ticket):
    field = factories.ticket_field("Severity", choices=[("Low", ""), ("High", "red")])
    factories.change(Ticket.objects.filter(pk=ticket.pk), values={"severity": "high"})
    rows = [{"id": row.pk, "label": row.label, "DELETE": "1"} for row in field.choices.all()]
    rows.append({"label": "Highest"})
    data = field_data() | nested_form_data({"choices": inline_formset(rows, initial=2)})
    response = browser.post(url("ticketfield", "edit", field.pk), data)
    page = BeautifulSoup(response.content, "html.parser")
    assert "can’t be deleted. Archive it" in response.content.decode()
    assert not page.select_one("[name=choices-1-DELETE]").get("value")
    assert page.select_one("[name=choices-0-DELETE]")["value"]
    assert field.choices.count() == 2
    data |= {"choices-1-DELETE": "", "choices-1-archived": "on"}
    browser.post(url("ticketfield", "edit", field.pk), data)
    assert [(row.key, row.archived) for row in field.choices.all()] == [
        ("high", True),
        ("highest", False),
    ]


def test_form_starts_with_the_fields_default(home, as_member, dana):
    field = factories.ticket_field("Severity", choices=[("Low", ""), ("High", "red")])
    factories.change(TicketField.objects.filter(pk=field.pk), default="high")
    factories.form_page(
        home,
        [
            factories.block("subject"),
            factories.block("ticket_field", field=field.pk, required=False, width="full"),
        ],
    )
    browser = as_member(dana)
    form = browser.get("/support/report/").context["form"]
    assert form["field-severity"].value() == "high"
    # A value in the URL takes precedence.
    form = browser.get("/support/report/?severity=low").context["form"]
    assert form["field-severity"].value() == "low"


CHOOSER = "/admin/snippets/choose/wagtail_portal/ticketfield/"
NEW = "new-ticket-field-"


@pytest.fixture
def form_editor(db):
    """A user who can edit pages and add ticket fields."""
    group("Form editors", "add_ticketfield")
    return signed_in(factories.staff("Form editors"))


def test_field_can_be_created_in_the_chooser_with_choices(form_editor):
    modal = form_editor.get(CHOOSER).json()["html"]
    assert "New ticket field" in modal
    assert f'name="{NEW}choices"' in modal
    data = {f"{NEW}label": "Severity", f"{NEW}type": "choice", f"{NEW}choices": "Low\n\nHigh\nLow"}
    answer = form_editor.post(f"{CHOOSER}create/", data).json()
    field = TicketField.objects.get()
    assert answer["step"] == "chosen"
    assert answer["result"]["id"] == str(field.pk)
    assert answer["result"]["string"] == "Severity"
    assert [choice.key for choice in field.choices.all()] == ["low", "high"]
    assert field.customers_may_set


def test_chooser_shows_errors(form_editor):
    data = {f"{NEW}label": "Severity", f"{NEW}type": "choice", f"{NEW}choices": " \n"}
    answer = form_editor.post(f"{CHOOSER}create/", data).json()
    assert answer["step"] == "reshow_creation_form"
    assert "at least one choice" in answer["htmlFragment"]
    assert not TicketField.objects.exists()


def test_creating_a_field_in_the_chooser_requires_permission(editor):
    factories.ticket_field("Old severity", type="text", archived=True)
    factories.ticket_field("Severity", type="text")
    browser = signed_in(editor)
    modal = browser.get(CHOOSER).json()["html"]
    assert "New ticket field" not in modal
    assert "Severity" in modal
    assert "Old severity" not in modal
    browser.post(f"{CHOOSER}create/", {f"{NEW}label": "X", f"{NEW}type": "text"})
    assert TicketField.objects.count() == 2


@pytest.fixture
def used(home, dana):
    """A field with a ticket, a form and a designation."""
    field = factories.ticket_field("Severity", type="text")
    value = {"field": field.pk, "label": "", "help_text": "", "required": False}
    factories.form_page(home, [factories.block("subject"), factories.block("ticket_field", value)])
    settings = PortalSettings.for_site(home.get_site())
    DesignatedField.objects.create(settings=settings, ticket_field=field)
    for _time in range(3):
        factories.ticket(dana, values={"severity": "x"})
    return field


def test_refused_deletion_shows_where_the_field_is_used(browser, used, monkeypatch):
    monkeypatch.setattr("wagtail_portal.desk.ticket_field_uses.TICKETS_COUNTED", 2)
    address = url("ticketfield", "delete", used.pk)
    html = browser.get(address).content.decode()
    form = TicketFormPage.objects.get()
    assert f'<a href="/admin/pages/{form.pk}/edit/">Report a problem</a>' in html
    assert "/admin/settings/wagtail_portal/portalsettings/" in html
    assert "2+ tickets have values for it." in html
    assert (
        f'<a href="{url("ticketfield", "edit", used.pk)}" class="button">Archive field</a>' in html
    )
    browser.post(address)
    assert TicketField.objects.filter(pk=used.pk).exists()


def test_refused_deletion_only_links_to_what_the_user_can_edit(used):
    group("Field keepers", "delete_ticketfield", "view_ticketfield", "change_ticketfield")
    browser = signed_in(factories.staff("Field keepers"))
    html = browser.get(url("ticketfield", "delete", used.pk)).content.decode()
    assert "Report a problem" in html
    assert '/edit/">Report' not in html
    assert "/admin/settings/wagtail_portal/" not in html


def test_designated_field_cannot_be_deleted(browser, home):
    field = factories.ticket_field("Severity", type="text")
    settings = PortalSettings.for_site(home.get_site())
    DesignatedField.objects.create(settings=settings, ticket_field=field)
    browser.post(url("ticketfield", "delete", field.pk))
    assert TicketField.objects.filter(pk=field.pk).exists()
    DesignatedField.objects.all().delete()
    browser.post(url("ticketfield", "delete", field.pk))
    assert not TicketField.objects.exists()


def test_archiving_a_field_shown_in_lists_asks_for_confirmation(browser, used):
    address = url("ticketfield", "edit", used.pk)
    assert "Archive anyway" not in browser.get(address).content.decode()
    data = field_data(type="text", archived="on", label="Severity, typed anew")
    html = browser.post(address, data).content.decode()
    assert "Customers see this field in their ticket list" in html
    assert 'name="archive_anyway"' in html
    assert "Severity, typed anew" in html
    used.refresh_from_db()
    assert not used.archived
    assert browser.post(address, data | {"archive_anyway": "on"}).status_code == 302
    used.refresh_from_db()
    assert used.archived
    # Once it's archived, there's no more confirmation.
    assert browser.post(address, data).status_code == 302


def test_list_says_where_fields_are_asked_and_shown(browser, home, django_assert_max_num_queries):
    asked = factories.ticket_field("Severity", type="text")
    factories.ticket_field("Notes", type="text", set_by="team")
    for slug in ("b", "a"):
        block = factories.block("ticket_field", field=asked.pk)
        factories.form_page(home, [block], title=f"Form {slug}", slug=slug)
    settings = PortalSettings.for_site(home.get_site())
    DesignatedField.objects.create(
        settings=settings, ticket_field=asked, on_ticket=False, as_filter=True
    )
    with django_assert_max_num_queries(25):
        html = browser.get(url("ticketfield", "list")).content.decode()
    assert "Form a, Form b" in html
    assert "list, filter" in html
    assert "Team only" in html


def test_page_editor_learns_how_a_field_can_be_compared(browser, client):
    field = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
    number = factories.ticket_field("Seats", type="number")
    address = reverse("wagtail_portal_field_answers", args=[field.pk])
    choices = [["high", "High"], ["low", "Low"]]
    assert browser.get(address).json() == {"kind": "choice", "choices": choices}
    address = reverse("wagtail_portal_field_answers", args=[number.pk])
    assert browser.get(address).json() == {"kind": "number", "choices": []}
    assert client.get(address).status_code == 302
