"""The presentational tags: relative times, icons and initials."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.forms.renderers import get_default_renderer
from django.template import engines
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from wagtail_portal.templatetags.wagtail_portal_ui import (
    email_colours,
    exact_time,
    initials,
    portal_icon,
    relative_time,
)

STATES = ("new", "waiting_on_us", "waiting_on_customer", "on_hold", "closed")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def test_times_include_the_exact_time(settings):
    settings.TIME_ZONE = "UTC"
    html = relative_time(datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC))
    assert 'datetime="2020-02-03T04:05:06+00:00"' in html
    assert '<span aria-hidden="true">3 Feb 2020</span>' in html
    # The title is for mouse users; screen readers get the same text.
    assert 'title="Feb. 3, 2020, 4:05 a.m."' in html
    assert "3 Feb 2020, Feb. 3, 2020, 4:05 a.m.</span>" in html
    assert exact_time(NOON - timedelta(days=900)).startswith('<time datetime="2024-06-03T12:00:00')
    assert relative_time(None) == ""


def test_icon_references_the_sprite_and_is_hidden_from_screen_readers():
    html = portal_icon("check", **{"class": '"><script>'})
    assert 'href="#portal-icon-check"' in html
    assert 'aria-hidden="true"' in html
    assert "<script>" not in html


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Maren Tolk", "MT"),
        ("maren", "M"),
        ("Anna van der Berg", "AB"),
        ("ilse@brightwater.example", "IB"),
        ("(Team) Support", "S"),
        ("محمد علي", "مع"),
        ("", ""),
        (None, ""),
    ],
)
def test_initials(name, letters):
    assert initials(name) == letters


def test_emails_have_colours_without_settings():
    assert email_colours("") == email_colours("#2f6fed")
    assert email_colours("#2f6fed", "dark")["canvas"] != email_colours("#2f6fed")["canvas"]


def test_every_icon_in_templates_is_in_the_sprite(pytestconfig):
    folder = pytestconfig.rootpath / "wagtail_portal" / "templates"
    sprite = engines["django"].get_template("wagtail_portal/includes/icons.html").render()
    drawn = set(re.findall(r'id="portal-icon-([\w-]+)"', sprite))
    used = set()
    for path in folder.rglob("*.html"):
        used |= set(re.findall(r'portal_icon "([\w-]+)"', path.read_text(encoding="utf-8")))
    assert used <= drawn
    assert {f"state-{state}" for state in STATES} <= drawn


@pytest.mark.parametrize(
    "attrs",
    [
        {},
        {"id": "id_body", "rows": 10, "maxlength": 20000},
        {"required": True, "disabled": False, "hidden": None},
        {"placeholder": '"<b>"', "title": mark_safe("<i>&quot;"), "data-<": "&"},
        {"aria-label": gettext_lazy("Reply"), "data-parts": (1, 2)},
    ],
)
def test_attributes_are_those_of_djangos_template(attrs, settings):
    settings.USE_THOUSAND_SEPARATOR = True
    context = {"widget": {"attrs": attrs}}
    expected = get_default_renderer().render("django/forms/widgets/attrs.html", context)
    template = "{% load wagtail_portal_ui %}{{ widget.attrs|attributes }}"
    shown = engines["django"].from_string(template).render(context)
    assert shown.strip() == expected


def test_icon_escapes_what_is_not_safe():
    assert 'icon--"&' in portal_icon(mark_safe('"&'))
    assert "icon--&quot;&amp;" in portal_icon('"&')
