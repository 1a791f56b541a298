"""Editors' settings for every page: header links, favicon, corners and support hours."""

from datetime import UTC, datetime, time

import pytest
from bs4 import BeautifulSoup
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from tests import factories
from wagtail_portal.models import Days, HeaderLink, PortalSettings, SupportHours


@pytest.fixture
def settings_of_site(home):
    settings = PortalSettings.for_site(home.get_site())
    settings.save()
    return settings


def page_of(browser, url="/support/") -> BeautifulSoup:
    return BeautifulSoup(browser.get(url).content, "html.parser")


def test_header_links_lead_to_pages_and_urls(as_member, dana, home, settings_of_site):
    draft = factories.form_page(home, slug="draft", live=False)
    HeaderLink.objects.create(settings=settings_of_site, label="Docs", url="https://docs.example/")
    HeaderLink.objects.create(settings=settings_of_site, label="Home", page=home.get_parent())
    HeaderLink.objects.create(settings=settings_of_site, label="Draft", page=draft)
    links = page_of(as_member(dana)).select(".portal-header__links a")
    assert [(link.text, link["href"]) for link in links] == [
        ("Docs", "https://docs.example/"),
        ("Home", home.get_parent().url),
    ]


def test_header_link_is_a_page_or_a_url(settings_of_site):
    for values in ({}, {"url": "https://a.example/", "page": settings_of_site.site.root_page}):
        with pytest.raises(ValidationError, match="Choose a page or enter a web address"):
            HeaderLink(settings=settings_of_site, label="x", **values).clean()


def test_favicon(as_member, dana, settings_of_site):
    # Otherwise, browsers would ask for /favicon.ico, which may not exist.
    (icon,) = page_of(as_member(dana)).select("link[rel=icon]")
    assert finders.find(icon["href"].removeprefix("/static/"))
    picture = get_image_model().objects.create(title="Icon", file=get_test_image_file())
    settings_of_site.favicon = picture
    settings_of_site.save()
    (icon,) = page_of(as_member(dana)).select("link[rel=icon]")
    assert icon["href"].endswith(".png")


def test_svg_pictures(as_member, dana, settings_of_site, settings):
    settings.WAGTAILIMAGES_EXTENSIONS = ["png", "svg"]
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 50 20"/>'
    picture = get_image_model().objects.create(title="Logo", file=ContentFile(svg, "logo.svg"))
    settings_of_site.logo = settings_of_site.favicon = picture
    settings_of_site.save()
    page = page_of(as_member(dana))
    logo = page.select_one(".portal-brand__logo")
    assert (logo["width"], logo["height"]) == ("50", "20")
    (icon,) = page.select("link[rel=icon]")
    assert icon["href"].endswith(".svg")
    assert "type" not in icon.attrs


@pytest.mark.parametrize(("corners", "radius"), [("square", "0"), ("round", "14px")])
def test_corner_radius(settings_of_site, corners, radius):
    settings_of_site.corners = corners
    settings_of_site.save()
    (sheet, *_others) = page_of(Client(), "/accounts/login/").select("link[rel=stylesheet]")
    assert f"--portal-radius:{radius};" in Client().get(sheet["href"]).content.decode()


def test_customers_see_when_the_team_is_back(as_member, dana, home, settings_of_site, monkeypatch):
    factories.form_page(home)
    settings_of_site.support_zone = "Europe/Vienna"
    settings_of_site.save()
    SupportHours.objects.create(
        settings=settings_of_site, days=Days.WEEKDAYS, opens=time(9), closes=time(17)
    )
    browser = as_member(dana)
    # A Saturday.
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 21, 12, tzinfo=UTC))
    for url in ("/support/", "/support/report/"):
        words = " ".join(page_of(browser, url).select_one(".portal-hours").get_text().split())
        assert "back on Monday at 8 a.m. UTC. You can" in words
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert page_of(browser).select_one(".portal-hours") is None
    # Another server may not know the zone: some leave out former names, such as US/Pacific.
    settings_of_site.support_zone = "Mars/Olympus"
    settings_of_site.save()
    assert page_of(browser).select_one(".portal-hours") is None
