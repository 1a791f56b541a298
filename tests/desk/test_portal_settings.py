"""A site's portal settings in the admin."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Site
from wagtail.test.utils.form_data import (
    inline_formset,
    nested_form_data,
    querydict_from_html,
    rich_text,
)

from tests import factories
from wagtail_portal.fields.types.text import LongTextType
from wagtail_portal.models import DesignatedField, PortalSettings

from .conftest import signed_in


@pytest.fixture
def browser(superuser):
    return signed_in(superuser)


@pytest.fixture
def url(db):
    site = Site.objects.get(is_default_site=True)
    return reverse("wagtailsettings:edit", args=("wagtail_portal", "portalsettings", site.pk))


def data(*rows, **values):
    plain = {
        "portal_name": "Help",
        "accent_colour": "#AA3300",
        "theme": "auto",
        "unknown_senders": "hold",
        "months_shown": 6,
        "reopen_days": 7,
        "attachment_max_mb": 5,
        "attachment_max_number": 3,
        "invitation_days": 14,
        "tab_members": "on",
        "attachment_types": "txt pdf",
        "footer": rich_text("<p>Bye</p>"),
        "designated_fields": inline_formset(rows),
        "header_links": inline_formset([]),
        "support_hours": inline_formset([]),
        "incoming_addresses": inline_formset([]),
        "corners": "soft",
    }
    return nested_form_data(plain | values)


def test_settings_are_grouped_in_tabs(browser, url):
    html = browser.get(url).content.decode()
    for tab in ("appearance", "texts", "support_hours", "tickets", "attachments", "emails"):
        assert f'id="tab-{tab}"' in html
    assert '<input type="color" name="accent_colour"' in html


def test_settings_are_saved(browser, url):
    field = factories.ticket_field("Severity", type="text")
    rows = [
        {"builtin": "status", "ticket_field": "", "in_list": "on", "ORDER": 2},
        {
            "builtin": "",
            "ticket_field": field.pk,
            "on_ticket": "on",
            "as_filter": "on",
            "editable": "on",
            "ORDER": 1,
        },
    ]
    assert browser.post(url, data(*rows)).status_code == 302
    settings = PortalSettings.objects.get()
    assert settings.accent_colour == "#aa3300" and settings.months_shown == 6
    assert settings.reopen_days == 7 and not settings.ask_satisfaction
    assert [row.key for row in settings.designations] == ["field:severity", "status"]
    assert [row.key for row in settings.designated("in_list")] == ["status"]
    for use in ("on_ticket", "as_filter", "editable"):
        assert [row.key for row in settings.designated(use)] == ["field:severity"]


def test_page_that_is_older_than_the_stored_rows_can_be_saved(browser, url):
    severity, gone = factories.ticket_field("Severity"), factories.ticket_field("Gone")
    page = browser.get(url).content.decode()
    sent = querydict_from_html(page, form_id="w-editor-form")
    soup = BeautifulSoup(page, "html.parser")

    def tick(sent, *labels):
        for label in labels:
            row = soup.select_one(f"[data-row][data-label={label}]")
            sent[row.select_one("[name$=on_ticket]")["name"]] = "on"
        return sent

    tick(sent, "Severity")
    assert browser.post(url, sent).status_code == 302
    keys = [row.key for row in PortalSettings.objects.get().designations]
    assert keys == ["field:severity"]
    # Back in the browser, or in another tab.
    tick(sent, "Gone")
    gone.delete()
    assert browser.post(url, sent).status_code == 302
    assert [row.key for row in PortalSettings.objects.get().designations] == keys
    page = browser.get(url).content.decode()
    soup = BeautifulSoup(page, "html.parser")
    sent = tick(querydict_from_html(page, form_id="w-editor-form"), "Severity")
    DesignatedField.objects.filter(ticket_field=severity).delete()
    assert browser.post(url, sent).status_code == 302
    assert [row.key for row in PortalSettings.objects.get().designations] == keys


def test_table_has_a_row_for_every_field_and_stores_those_with_ticks(
    browser, url, django_assert_max_num_queries
):
    field = factories.ticket_field("Severity", choices=[("High", ""), ("Low", "")])
    factories.ticket_field("Notes", type="text", set_by="team")
    factories.ticket_field("Old", type="text", archived=True)

    def rows():
        panel = browser.get(url)
        soup = BeautifulSoup(panel.content, "html.parser")
        return {
            row["data-label"]: [box["name"] for box in row.select("input:checked")]
            for row in soup.select("[data-row]")
        }, panel

    # What customers see anyway is ticked.
    ticked, page = rows()
    assert list(ticked)[:2] == ["Status", "Requester"]
    shown = ["designated_fields-0-in_list", "designated_fields-0-on_ticket"]
    assert ticked["Status"] == shown
    assert ticked["Severity"] == ticked["Notes"] == []
    assert "Old" not in ticked
    posted = querydict_from_html(page.content.decode(), form_id="w-editor-form")
    index = list(ticked).index("Severity")
    # Browsers send "on" for a ticked box.
    posted.update(dict.fromkeys([*shown, f"designated_fields-{index}-in_list"], "on"))
    posted[f"designated_fields-{index}-ORDER"] = "0"
    for name in ticked["Requester"]:
        del posted[name]
    assert browser.post(url, posted).status_code == 302
    designations = PortalSettings.objects.get().designations
    assert [row.key for row in designations] == ["field:severity", "status"]
    ticked, page = rows()
    assert list(ticked)[:2] == ["Severity", "Status"]
    with CaptureQueriesContext(connection) as before:
        rows()
    for number in range(10):
        factories.ticket_field(f"Field {number}", choices=[("High", "")])
    with django_assert_max_num_queries(len(before)):
        rows()
    assert field.pk


def test_unfilterable_field_cannot_be_a_filter(browser, url, monkeypatch):
    monkeypatch.setattr(LongTextType, "filter_field", lambda self, spec: None)
    field = factories.ticket_field("Story", type="long_text")
    row = {"builtin": "", "ticket_field": field.pk, "as_filter": "on"}
    response = browser.post(url, data(row))
    assert response.status_code == 200
    assert "This field can’t be used as a filter." in response.content.decode()


def test_column_of_the_host_project_can_be_designated(browser, url):
    row = {"builtin": "testapp_language", "ticket_field": "", "in_list": "on", "as_filter": "on"}
    assert browser.post(url, data(row)).status_code == 302
    (designated,) = PortalSettings.objects.get().designations
    assert designated.key == "testapp_language" and designated.in_list and designated.as_filter


@pytest.mark.parametrize("key", ["testapp_site", "unknown"])
def test_team_only_and_unknown_columns_cannot_be_designated(browser, url, key):
    response = browser.post(url, data({"builtin": key, "ticket_field": "", "in_list": "on"}))
    assert response.status_code == 200
    assert not PortalSettings.objects.filter(portal_name="Help").exists()


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"accent_colour": "red"}, "Enter a colour in the format"),
        ({"attachment_types": "txt exe html"}, "exe, html"),
        ({"months_shown": 0}, "greater than or equal to 1"),
        (
            {"designated_fields": inline_formset([{"in_list": "on"}])},
            "either a built-in field or a ticket field",
        ),
    ],
)
def test_invalid_settings_are_rejected(browser, url, values, error):
    response = browser.post(url, data(**values))
    assert response.status_code == 200
    assert error in response.content.decode()
    assert not PortalSettings.objects.filter(portal_name="Help").exists()


@pytest.mark.parametrize("column", ["builtin", "ticket_field"])
def test_field_cannot_be_designated_twice(browser, url, column):
    field = factories.ticket_field("Severity", type="text")
    one = {"builtin": "", "ticket_field": "", "in_list": "on"}
    one[column] = {"builtin": "status", "ticket_field": field.pk}[column]
    response = browser.post(url, data({**one, "ORDER": 1}, {**one, "ORDER": 2}))
    assert response.status_code == 200
    rows = response.context["form"].formsets["designated_fields"].forms
    assert [row.errors for row in rows] == [{}, {column: ["This field is already in the list."]}]
    assert "This field is already in the list." in response.content.decode()
    assert not PortalSettings.objects.filter(portal_name="Help").exists()
    # The first one can be removed in the same step.
    assert browser.post(url, data({**one, "DELETE": "on"}, one)).status_code == 302
    assert len(PortalSettings.objects.get().designations) == 1


def test_field_that_customers_may_change_has_to_be_on_the_ticket(browser, url):
    field = factories.ticket_field("Severity", type="text")
    row = {"builtin": "", "ticket_field": field.pk, "in_list": "on", "editable": "on"}
    response = browser.post(url, data(row))
    assert response.status_code == 200
    (form,) = response.context["form"].formsets["designated_fields"].forms
    words = "Customers change fields on the ticket. Tick “On the ticket” as well."
    assert form.errors == {"editable": [words]}
    assert words in response.content.decode()
    assert browser.post(url, data({**row, "on_ticket": "on"})).status_code == 302


def test_kinds_of_files_are_chosen_and_others_added(browser, url):
    values = data(attachment_types=".dwg, MSG") | {"attachment_families": ["images", "none"]}
    assert browser.post(url, values).status_code == 302
    extensions = PortalSettings.objects.get().file_limits.extensions
    assert {"dwg", "msg", "png", "bmp", "tif", ""} <= extensions
    assert "pdf" not in extensions
    html = browser.get(url).content.decode()
    assert "Files without an extension" in html


def test_some_files_have_to_be_allowed(browser, url):
    response = browser.post(url, data(attachment_types=""))
    assert "Choose at least one kind of file, or enter file types." in response.content.decode()


def test_whole_numbers_are_not_misread(browser, url):
    for typed in ("1,5", "1.000"):
        response = browser.post(url, data(months_shown=typed))
        assert response.status_code == 200 and response.context["form"].errors["months_shown"]
        assert f'value="{typed}"' in response.content.decode()
    assert browser.post(url, data(months_shown="١٢")).status_code == 302
    assert PortalSettings.objects.get().months_shown == 12


def test_addresses_for_incoming_email_are_saved(browser, url, home):
    form = factories.form_page(home, title="Invoices", slug="invoices")
    assert "Invoices</option>" in browser.get(url).content.decode()
    row = {"address": "billing@company.example", "form": form.pk, "unknown_senders": "answer"}
    sent = {"incoming_address": "support@company.example", "incoming_form": form.pk}
    assert browser.post(url, data(**sent) | addresses(row)).status_code == 302
    first, second = PortalSettings.objects.get().addresses
    assert (first.address, first.form_id) == ("support@company.example", form.pk)
    assert (second.address, second.form_id) == ("billing@company.example", form.pk)
    # An address belongs to one portal.
    html = browser.post(url, data(**sent) | addresses(row, row)).content.decode()
    assert "Please correct the duplicate" in html or "already exists" in html


def addresses(*rows) -> dict:
    plain = {"status": "", "group": ""}
    return nested_form_data(
        {"incoming_addresses": inline_formset([{**plain, **row} for row in rows])}
    )
