"""Members who can't open tickets are told before they write, and get back what they wrote."""

import pytest
from bs4 import BeautifulSoup

from tests import factories
from tests.testapp.models import ContentPage
from wagtail_portal.models import Role, Ticket

SAYS = "You can’t open tickets"


@pytest.fixture
def form(home):
    return factories.form_page(home)


@pytest.fixture
def reader(acme, form):
    role = Role.objects.create(key="reader", name="Reader", can_edit_tickets=False)
    return factories.member(acme, "both@acme.example", role=role.key)


def main_of(response):
    return BeautifulSoup(response.content, "html.parser").select_one("main")


@pytest.mark.parametrize("url", ["/support/new/", "/support/report/", "/support/report/?subject=x"])
def test_reader_is_told_on_arrival(as_member, reader, url):
    page = main_of(as_member(reader).get(url))
    assert SAYS in page.get_text()
    assert "Reader" in page.get_text()
    assert not page.select("form")


def test_form_with_steps_is_not_begun(as_member, reader, home):
    blocks = [
        factories.block("subject"),
        factories.block("step", "More"),
        factories.block("description"),
    ]
    factories.form_page(home, blocks, title="Steps", slug="steps")
    browser = as_member(reader)
    assert SAYS in main_of(browser.get("/support/steps/")).get_text()
    page = main_of(browser.post("/support/steps/", {"subject": "Typed"}))
    assert SAYS in page.get_text()


def test_what_a_reader_wrote_is_given_back(as_member, reader):
    page = main_of(
        as_member(reader).post(
            "/support/report/", {"subject": "Broken pump", "description": "Since <noon>"}
        )
    )
    assert "Broken pump" in page.get_text()
    assert "Since <noon>" in page.get_text()
    assert not Ticket.objects.exists()


def test_other_organization_is_offered(as_member, reader):
    browser = as_member(reader)
    assert "Switch to another" not in main_of(browser.get("/support/new/")).get_text()
    factories.member(factories.organization("Globex"), "both@acme.example")
    browser.post("/support/organization/", {"member": reader.pk})
    assert "Switch to another" in main_of(browser.get("/support/new/")).get_text()


def test_embedded_form_says_so_too(as_member, reader, form, home, dana):
    root = home.get_parent()
    page = ContentPage(title="Pumps", slug="pumps", body=[("ticket_form", {"form": form})])
    root.add_child(instance=page)
    text = as_member(reader).get("/pumps/").content.decode()
    assert "doesn’t allow you to open tickets" in text
    assert "<form" not in text
    assert "<form" in as_member(dana).get("/pumps/").content.decode()


def test_new_ticket_is_only_offered_with_a_form(as_member, home, dana):
    browser = as_member(dana)
    link = "/support/new/"
    assert link not in browser.get("/support/").content.decode()
    form = factories.form_page(home)
    assert link in browser.get("/support/").content.decode()
    form.for_roles.set([Role.objects.get(key=Role.ADMIN)])
    form.save()
    assert link not in browser.get("/support/").content.decode()
    form.for_roles.set([])
    form.save()
    assert link in browser.get("/support/").content.decode()
    form.unpublish()
    assert link not in browser.get("/support/").content.decode()
    form.save_revision().publish()
    assert link in browser.get("/support/").content.decode()
    form.delete()
    assert link not in browser.get("/support/").content.decode()
