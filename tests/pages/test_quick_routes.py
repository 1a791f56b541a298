"""Requests are routed to the site and the portal home that Wagtail would find."""

from itertools import combinations

import pytest
from django.http import HttpRequest
from wagtail.models import Site

from tests import factories
from wagtail_portal.pages.quick_routes import _find_site

SITES = [
    ("shop.example", 80, False),
    ("shop.example", 8000, False),
    ("blog.example", 80, False),
    ("shop.example", 443, True),
    ("default.example", 80, True),
]


def _request(host: str, port: str) -> HttpRequest:
    request = HttpRequest()
    request.META = {"HTTP_HOST": host, "SERVER_PORT": port}
    return request


#: All that can be there at once: one of them is the default at most.
TOGETHER = [
    some
    for number in range(4)
    for some in combinations(SITES, number)
    if not {*SITES[3:]} <= {*some}
]


@pytest.mark.parametrize(
    "sites",
    TOGETHER,
    ids=lambda some: "-".join(f"{name}:{port}" for name, port, _is_default in some) or "none",
)
def test_site_is_the_one_that_wagtail_finds(db, home, sites):
    root = home.get_parent()
    Site.objects.all().delete()
    for name, port, is_default in sites:
        Site.objects.create(
            hostname=name, port=port, is_default_site=is_default, root_page=root, site_name=name
        )
    for host in ("shop.example", "SHOP.example:8000", "blog.example", "other.example"):
        for port in ("80", "443", "8000"):
            expected = Site.find_for_request(_request(host, port))
            assert _find_site(_request(host, port)) == expected


def test_portal_home_is_found_again_after_it_has_changed_places(browser, home):
    assert browser.get("/support/profile/").status_code == 200
    home.slug = "help"
    home.save()
    assert browser.get("/support/profile/").status_code == 404
    assert browser.get("/help/profile/").status_code == 200
    factories.portal_home()
    assert browser.get("/support/profile/").status_code == 200
    assert browser.get("/help/profile/").status_code == 200


def test_portal_home_that_has_moved_below_another_page_is_found_there(browser, home):
    assert browser.get("/support/profile/").status_code == 200
    section = home.get_parent().add_child(instance=type(home)(title="Section", slug="section"))
    home.move(section, "last-child")
    assert browser.get("/support/profile/").status_code == 404
