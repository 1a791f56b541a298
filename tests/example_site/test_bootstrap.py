"""The example site with Bootstrap, whose base template the portal extends."""

import re
import shutil

import pytest

from tests.demo_folder import MANAGE

from .conftest import ExampleSite

ASK = """
    from django.test import Client
    from wagtail_portal.models import Member

    customer = Client(headers={"host": "localhost:8000"})
    pages = {"/accounts/login/": customer.get("/accounts/login/").content.decode()}
    member = Member.objects.filter(user__email="maren@brightwater.example").get()
    customer.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    ticket = f"/support/tickets/{member.requested_tickets.first().number}/"
    for path in ("/", "/support/", ticket, "/support/problem/", "/support/members/"):
        pages[path] = customer.get(path).content.decode()
    answer = pages
"""


@pytest.fixture(scope="module")
def pages(demo_folder, tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("bootstrap") / "var"
    shutil.copytree(demo_folder, folder)
    site = ExampleSite(folder, DJANGO_SETTINGS_MODULE="example_site.settings.bootstrap")
    try:
        return site.ask(ASK)
    finally:
        site.stop()


def test_every_page_has_the_sites_header_and_styles(pages):
    for path, html in pages.items():
        assert html.count('class="navbar-brand"') == 1, path
        assert "bootstrap/layers.css" in html and "site-footer" in html, path
        # The site's policy allows no others.
        assert not re.search(r"<style|\sstyle=|<script>", html), path


def test_portal_is_inside_of_it(pages):
    portal = {path: html for path, html in pages.items() if path != "/"}
    for path, html in portal.items():
        assert html.count('<div class="portal ') == 1 and html.count("<main") == 1, path
        assert 'content="noindex"' in html and html.count("portal-skip") == 1, path
    assert 'class="portal' not in pages["/"]


def test_style_sheets_are_in_layers_below_the_portals():
    folder = MANAGE.parent / "bootstrap" / "static" / "bootstrap"
    layers = (folder / "layers.css").read_text(encoding="utf-8")
    imported = re.findall(r'@import url\("([^"]+)"\) layer\(site\);', layers)
    assert imported == ["bootstrap.min.css", "theme.css"]
    assert all((folder / name).exists() for name in imported)
    assert layers.index("@layer site, portal.reset;") < layers.index("@import")
