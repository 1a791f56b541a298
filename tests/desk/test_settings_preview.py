"""The live preview of portal settings shows every page with unsaved settings and saves nothing."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Site
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text

from tests import factories
from wagtail_portal.models import Member, Message, Organization, PortalSettings, Ticket

from .conftest import signed_in


@pytest.fixture
def browser(superuser):
    return signed_in(superuser)


@pytest.fixture
def site(home):
    return Site.objects.get(is_default_site=True)


def data(**values):
    plain = {
        "portal_name": "Unsaved Help",
        "accent_colour": "#aa3300",
        "theme": "dark",
        "unknown_senders": "hold",
        "corners": "round",
        "months_shown": 6,
        "reopen_days": 7,
        "attachment_max_mb": 5,
        "attachment_max_number": 3,
        "invitation_days": 14,
        "tab_members": "on",
        "attachment_types": "txt pdf",
        "footer": rich_text("<p>Bye</p>"),
        "designated_fields": inline_formset([]),
        "header_links": inline_formset(
            [{"label": "Status page", "page": "", "url": "https://status.example/", "ORDER": 1}]
        ),
        "support_hours": inline_formset([]),
        "incoming_addresses": inline_formset([]),
    }
    return nested_form_data(plain | values)


def preview(browser, site, mode, **values):
    url = reverse(
        "wagtailsettings:preview_on_edit", args=("wagtail_portal", "portalsettings", site.pk)
    )
    answer = browser.post(url, data(**values))
    assert answer.json()["is_valid"], answer.content
    return browser.get(url, {"mode": mode}).content.decode()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("list", "The monthly report arrives twice"),
        ("ticket", "twice"),
        ("sign-in", "Send me a code"),
        ("form", "Report a problem"),
        ("members", "Kim Sample"),
    ],
)
def test_every_page_shows_unsaved_settings(browser, site, home, mode, words):
    factories.form_page(home)
    html = preview(browser, site, mode)
    assert words in html
    assert "Unsaved Help" in html
    if mode != "sign-in":
        assert "https://status.example/" in html


def test_members_preview_falls_back_to_the_list_without_the_members_tab(browser, site, home):
    html = preview(browser, site, "members", tab_members="")
    assert "The monthly report arrives twice" in html and "portal-members" not in html


def test_preview_saves_nothing(browser, site, dana):
    factories.ticket(dana)
    models = (Ticket, Member, Organization, Message)
    before = [model.objects.count() for model in models]
    number = Ticket.objects.get().number
    for mode in ("list", "ticket", "members"):
        preview(browser, site, mode)
    assert [model.objects.count() for model in models] == before
    assert factories.ticket(dana).number == number + 1
    assert PortalSettings.for_site(site).portal_name == ""


def test_preview_uses_unsaved_colours_and_corners(browser, site):
    html = preview(browser, site, "list")
    address = re.search(r'href="([^"]*preview=[^"]*)"', html)[1].replace("&amp;", "&")
    css = Client().get(address).content.decode()
    assert "color-scheme:dark" in css
    assert "--portal-radius:14px" in css
    saved = Client().get(address.partition("&preview")[0]).content.decode()
    assert "--portal-radius" not in saved
    # Visitors can't request styles of their own choice.
    forged = Client().get(f"{address}x").content.decode()
    assert "--portal-radius" not in forged


def test_customers_do_not_see_sample_tickets(as_member, home, dana):
    factories.ticket(dana, "Real")
    html = as_member(dana).get("/support/").content.decode()
    assert "Real" in html
    assert "monthly report" not in html
