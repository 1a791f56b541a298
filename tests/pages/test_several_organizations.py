"""Members of several organizations."""

import re

import pytest
from bs4 import BeautifulSoup

from tests import factories
from wagtail_portal import actions

HERE = "/support/organization/"


@pytest.fixture
def both(home, acme):
    """The two memberships of one person."""
    globex = factories.organization("Globex")
    return [factories.member(where, "both@both.example") for where in (acme, globex)]


def text_of(response) -> str:
    soup = BeautifulSoup(response.content, "html.parser")
    return re.sub(r"\s+", " ", soup.get_text(" "))


def current_organization(response) -> str:
    """Return the organization shown in the header."""
    return (
        BeautifulSoup(response.content, "html.parser").select_one(".portal-menu__label").get_text()
    )


def test_organization_is_chosen_before_the_requested_page_opens(as_member, both):
    browser = as_member(both[0])
    response = browser.get("/support/?tab=open")
    assert response.url == f"{HERE}?next=%2Fsupport%2F%3Ftab%3Dopen"
    page = browser.get(response.url)
    assert "Acme" in text_of(page) and "Globex" in text_of(page)
    assert "current" not in text_of(page)
    form = BeautifulSoup(page.content, "html.parser").select_one("main form")
    data = {"next": form.select_one("[name=next]")["value"], "member": both[1].pk}
    assert browser.post(HERE, data).url == "/support/?tab=open"
    assert current_organization(browser.get("/support/")) == "Globex"


def test_choice_is_remembered_in_the_next_session(as_member, both):
    as_member(both[0]).post(HERE, {"member": both[1].pk})
    browser = as_member(both[0])
    assert current_organization(browser.get("/support/")) == "Globex"
    browser.post(HERE, {"member": both[0].pk})
    assert current_organization(as_member(both[0]).get("/support/")) == "Acme"


def test_members_of_one_organization_are_not_asked(as_member, dana, home):
    assert as_member(dana).get("/support/").status_code == 200


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example/", "javascript:x", ""])
def test_choice_only_redirects_within_the_site(as_member, both, evil):
    response = as_member(both[0]).post(HERE, {"member": both[0].pk, "next": evil})
    assert response.url == "/support/"


def test_memberships_of_others_cannot_be_chosen(as_member, both, dana):
    browser = as_member(both[0])
    browser.post(HERE, {"member": dana.pk})
    dana.refresh_from_db()
    assert dana.chosen_at is None
    assert browser.get("/support/").url.startswith(HERE)


def test_link_into_the_other_organization_offers_to_switch(as_member, both):
    ticket = factories.ticket(both[1], subject="From Globex")
    actions.choose_organization(both[0])
    browser = as_member(both[0])
    page = browser.get(f"/support/tickets/{ticket.number}/")
    assert page.status_code == 200
    assert current_organization(page) == "Globex"
    assert "This belongs to Globex. You usually act for Acme." in text_of(page)
    # Opening it doesn't switch the organization.
    assert current_organization(browser.get("/support/")) == "Acme"
    form = BeautifulSoup(page.content, "html.parser").select_one(".portal-notice--other")
    data = {field["name"]: field["value"] for field in form.select("input")}
    data["member"] = form.select_one("button")["value"]
    page = browser.post(HERE, data, follow=True)
    assert "From Globex" in text_of(page)
    assert "Otherwise you are at" not in text_of(page)
    assert current_organization(browser.get("/support/")) == "Globex"


def test_link_works_before_an_organization_is_chosen(as_member, both):
    ticket = factories.ticket(both[1], attachments=[factories.upload()])
    browser = as_member(both[0])
    assert browser.get(f"/support/tickets/{ticket.number}/").status_code == 200
    file = ticket.messages.get().attachments.get()
    assert b"".join(browser.get(f"/support/files/{file.pk}/").streaming_content)
