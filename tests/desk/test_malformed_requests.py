"""Requests that no page of the admin sends are refused."""

import pytest
from django.urls import reverse, reverse_lazy
from wagtail.models import Site

from tests import factories
from wagtail_portal.models import SavedReply, Ticket

from .conftest import TICKETS, signed_in, ticket_url

SNIPPETS = "wagtailsnippets_wagtail_portal_"
CHOOSERS = {
    "organization": "wagtail_portal_organization_chooser",
    "ticketfield": "wagtailsnippetchoosers_wagtail_portal_ticketfield",
}


@pytest.fixture
def browser(superuser):
    browser = signed_in(superuser)
    browser.raise_request_exception = False
    return browser


@pytest.mark.parametrize("pk", ["abc", "0", "9" * 30, "-1", "1.5", "٣"])
@pytest.mark.parametrize("chooser", CHOOSERS.values())
def test_chooser_finds_only_rows_that_exist(browser, acme, chooser, pk):
    assert browser.get(reverse(f"{chooser}:chosen", args=[pk])).status_code == 404
    response = browser.get(reverse(f"{chooser}:chosen_multiple"), {"id": ["x", pk]})
    assert response.json()["result"] == []


def test_chooser_still_returns_what_was_chosen(browser, acme):
    url = reverse("wagtail_portal_organization_chooser:chosen_multiple")
    assert browser.get(url, {"id": ["x", acme.pk]}).json()["result"][0]["title"] == "Acme"
    field = factories.ticket_field("Severity", type="text")
    url = reverse("wagtailsnippetchoosers_wagtail_portal_ticketfield:chosen", args=[field.pk])
    assert browser.get(url).json()["result"]["string"] == "Severity"


def test_organization_is_not_created_in_the_chooser(browser, home):
    url = "/admin/wagtail_portal_organization_chooser/create/"
    assert browser.post(url, {"name": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("model", "row"),
    [
        ("organization", {"id": "abc"}),
        ("organization", {}),
        ("ticketfield", {"id": "1.5"}),
        # An empty row without its place in the order.
        ("ticketfield", {"new": True}),
        ("settings", {"id": "abc"}),
        ("settings", {}),
        ("settings", {"new": True}),
    ],
)
def test_formset_with_a_malformed_row_is_refused(browser, acme, model, row):
    name = {"organization": "domains", "ticketfield": "choices"}.get(model, "header_links")
    if model == "settings":
        args = ["wagtail_portal", "portalsettings", Site.objects.get().pk]
        url = reverse("wagtailsettings:edit", args=args)
    else:
        url = reverse(f"{SNIPPETS}{model}:add")
    data = {f"{name}-TOTAL_FORMS": 1, f"{name}-INITIAL_FORMS": 0 if row.get("new") else 1}
    data |= {f"{name}-0-{key}": value for key, value in row.items() if key != "new"}
    assert browser.post(url, data).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [{"count": "x"}, {"count": None}, {"0-type": None}, {"0-order": "x"}, {"0-deleted": None}],
)
def test_blocks_that_are_incomplete_are_refused(browser, home, changes):
    blocks = {"count": "1", "0-type": "subject", "0-order": "0", "0-deleted": "", "0-id": ""}
    blocks = {key: value for key, value in {**blocks, **changes}.items() if value is not None}
    data = {f"questions-{key}": value for key, value in blocks.items()}
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    assert browser.post(url, data).status_code == 400


def test_home_page_with_incomplete_blocks_is_refused(browser, home):
    url = reverse("wagtailadmin_pages:edit", args=[home.pk])
    assert browser.post(url, {"content-count": "1"}).status_code == 400


@pytest.mark.parametrize("text", ["[]", "1", "{", '{"blocks": [1]}'])
def test_malformed_rich_text_is_refused(browser, home, text):
    args = ["wagtail_portal", "portalsettings", Site.objects.get().pk]
    url = reverse("wagtailsettings:edit", args=args)
    assert browser.post(url, {"footer": text}).status_code == 400


@pytest.mark.parametrize(
    "data",
    [
        {"confirmation_page": "1.5"},
        {"comments-TOTAL_FORMS": 1, "comments-INITIAL_FORMS": 1, "comments-0-id": "x"},
    ],
)
def test_malformed_form_of_a_page_is_refused(browser, home, data):
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    names = ("questions", "presets", "for_organizations", "for_customers")
    streams = {f"{name}-count": 0 for name in names}
    assert browser.post(url, streams | data).status_code == 400


def test_number_that_is_too_large_is_no_error(browser, home):
    data = {"title": "x", "text": "x", "groups": "9" * 30}
    assert browser.post(reverse(f"{SNIPPETS}savedreply:add"), data).status_code < 500
    assert browser.get(reverse(f"{TICKETS}:list"), {"organization": "9" * 30}).status_code < 500
    assert not SavedReply.objects.exists()


def test_nothing_is_deleted_without_the_checks(browser, ticket):
    """The method DELETE would skip them, and the log."""
    for url in (
        ticket_url("delete", ticket.pk),
        reverse(f"{SNIPPETS}member:delete", args=[ticket.requester.pk]),
        reverse(f"{SNIPPETS}status:delete", args=[ticket.status.pk]),
    ):
        assert browser.delete(url).status_code == 405
    assert Ticket.objects.exists()


def test_bulk_change_can_return_to_any_word(browser, ticket):
    url = reverse("wagtail_bulk_action", args=["wagtail_portal", "ticket", "close"])
    response = browser.post(f"{url}?id={ticket.pk}&next=x", {"next": "x"})
    assert response.status_code == 302


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_moment_at_the_end_of_the_calendar_is_ignored(browser, ticket, moment):
    response = browser.get(reverse("wagtail_portal_updates", args=["all"]), {"since": moment})
    assert response.json()["count"] == 0


@pytest.mark.parametrize("days", [("9990-01-01", "9999-12-31"), ("0001-01-01", "0001-01-02")])
def test_report_of_the_ends_of_the_calendar_is_refused(browser, days):
    page = browser.get(reverse("wagtail_portal_report"), {"first": days[0], "last": days[1]})
    assert page.status_code == 200
    assert page.context["report"] is None


#: Pages that let someone choose several rows, and the parameter with their primary keys.
CHOICES = [
    (reverse_lazy("wagtail_portal_report"), "assignee"),
    (reverse_lazy("wagtail_portal_report"), "group"),
    (reverse_lazy(f"{SNIPPETS}ticket:list"), "assignee"),
    (reverse_lazy(f"{SNIPPETS}member:list"), "organization"),
    (reverse_lazy(f"{SNIPPETS}ticket:open"), "member"),
    ("/admin/bulk/wagtail_portal/ticket/assign/?id=all", "assignee"),
    ("/admin/bulk/wagtail_portal/ticket/assign/?id=all", "group"),
    ("/admin/bulk/wagtail_portal/ticket/update/?id=all", "assignee"),
    ("/admin/bulk/wagtail_portal/ticket/update/?id=all", "status"),
]


@pytest.mark.parametrize("number", ["9" * 19, "9" * 20, "9" * 5000])
@pytest.mark.parametrize(("url", "name"), CHOICES)
def test_primary_keys_that_no_database_stores_are_no_error(
    browser, home, ticket, url, name, number
):
    for send in (browser.get, browser.post):
        data = {name: number, "to": "someone", "customer": number}
        assert send(str(url), data).status_code < 500
    assert Ticket.objects.get().assignee is None
