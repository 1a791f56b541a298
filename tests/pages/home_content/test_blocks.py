"""Editors' content above the ticket list, and who sees it."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from wagtail_portal.models import Role
from wagtail_portal.pages.home_content.blocks import AnnouncementBlock, LinkBlock


def content_block(kind, **value):
    return {"type": kind, "value": {"for_roles": [], **value}}


def write(home, *parts):
    """Publish content on the portal's home page as an editor."""
    home.content = home._meta.get_field("content").to_python(list(parts))
    home.save_revision().publish()
    home.refresh_from_db()


def shown(browser) -> BeautifulSoup:
    return BeautifulSoup(browser.get("/support/").content, "html.parser").main


@pytest.fixture
def browser(as_member, dana, home):
    return as_member(dana)


def announcement(**value):
    defaults = {"severity": "warning", "title": "Delays", "text": "<p>Wait.</p>"}
    return content_block("announcement", **{**defaults, **value})


def test_announcement_links_text_pages_and_forms(browser, home):
    form = factories.form_page(home)
    root = home.get_parent()
    write(
        home,
        announcement(text='<p>Wait, or <a href="https://status.example/">look</a>.</p>'),
        content_block(
            "links",
            title="Helpful",
            links=[
                {"label": "Status", "page": None, "url": "https://status.example/"},
                {"label": "Home", "page": root.pk, "url": ""},
            ],
        ),
        content_block("text", text="<h2>Hello</h2>"),
        content_block("pages", title="", pages=[root.pk]),
        content_block("forms", title="", forms=[form.pk]),
    )
    page = shown(browser)
    notice = page.select_one(".portal-notice--warning")
    assert notice.strong.text == "Delays"
    assert notice.a["href"] == "https://status.example/"
    links = [(link.text, link["href"]) for link in page.select(".portal-home a")]
    assert links == [
        ("Status", "https://status.example/"),
        ("Home", root.url),
        (root.title, root.url),
        (form.title, form.url),
    ]
    assert page.select_one(".portal-home h2").text == "Helpful"


def test_announcement_is_only_shown_between_its_dates(browser, home):
    now = timezone.now()
    hour = timedelta(hours=1)
    for begins, ends, is_there in (
        (None, None, True),
        (now - hour, now + hour, True),
        (now + hour, None, False),
        (None, now - hour, False),
    ):
        dates = {name: at and at.isoformat() for name, at in (("begins", begins), ("ends", ends))}
        write(home, announcement(**dates))
        cache.clear()
        assert ("Delays" in shown(browser).text) == is_there


def test_blocks_can_be_limited_to_roles(browser, as_member, acme, home):
    admin = as_member(factories.member(acme, role=Role.ADMIN))
    write(home, announcement(for_roles=["admin"]))
    assert "Delays" in shown(admin).text
    assert "Delays" not in shown(browser).text


def test_deleted_pages_and_forms_are_left_out(browser, home):
    form = factories.form_page(home)
    write(home, content_block("forms", title="Write", forms=[form.pk]))
    form.unpublish()
    cache.clear()
    assert "Write" not in shown(browser).text
    form.delete()
    cache.clear()
    assert shown(browser).h1


def test_content_is_hidden_during_a_search(browser, home, dana):
    factories.ticket(dana, "Broken pump")
    write(home, announcement())
    page = BeautifulSoup(browser.get("/support/?q=pump").content, "html.parser")
    assert "Delays" not in page.main.text


def test_content_takes_no_additional_queries(browser, home, django_assert_num_queries):
    browser.get("/support/")
    with CaptureQueriesContext(connection) as without:
        browser.get("/support/")
    number = len(without)
    form = factories.form_page(home)
    write(home, announcement(), content_block("forms", title="", forms=[form.pk]))
    browser.get("/support/")
    with django_assert_num_queries(number):
        assert "Delays" in browser.get("/support/").content.decode()


def test_errors_are_shown_next_to_the_field():
    block = AnnouncementBlock()
    now = timezone.now()
    value = block.to_python({"title": "x", "severity": "info", "text": "", "for_roles": []})
    value["begins"], value["ends"] = now, now
    with pytest.raises(ValidationError) as error:
        block.clean(value)
    assert "ends" in error.value.block_errors
    link = LinkBlock()
    with pytest.raises(ValidationError) as error:
        link.clean(link.to_python({"label": "x", "page": None, "url": ""}))
    assert "url" in error.value.block_errors


@pytest.mark.parametrize(
    ("mode", "there", "missing"),
    [
        ("member", "The monthly report", "Import stops at row"),
        ("admin", "Import stops at row", "Send me a code"),
        ("visitor", "Send me a code", "The monthly report"),
    ],
)
def test_preview_for_a_role(home, mode, there, missing):
    home.content = home._meta.get_field("content").to_python([announcement()])
    html = home.make_preview_request(preview_mode=mode).content.decode()
    assert there in html
    assert missing not in html
    assert ("Delays" in html) == (mode != "visitor")
