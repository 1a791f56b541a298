"""User models needn't have the methods for names that Django's own have."""

import pytest
from django.contrib.auth.models import AbstractUser

from tests.desk.conftest import signed_in, ticket_url
from tests.pages import all_pages
from wagtail_portal.utils.users import named_by


@pytest.fixture(autouse=True)
def _plain_users(monkeypatch):
    for name in ("get_full_name", "get_short_name"):
        monkeypatch.delattr(AbstractUser, name)


def test_pages_and_screens_name_people(home, as_member):
    sample = all_pages.build(home)
    ticket = sample["ticket"]
    browser, agent = as_member(sample["admin"]), signed_in(sample["agent"])
    for url in all_pages.urls(sample):
        assert browser.get(url).status_code == 200, url
    assert "Δανάη" in browser.get(f"/support/tickets/{ticket.number}/").content.decode()
    for url in (ticket_url("list"), ticket_url("edit", ticket.pk)):
        assert "Δανάη" in agent.get(url).content.decode()


def test_members_change_their_name(browser, home, dana):
    browser.post("/support/profile/", {"name": "Dana Okafor"})
    dana.user.refresh_from_db()
    assert (dana.user.first_name, dana.user.last_name) == ("Dana", "Okafor")
    assert dana.name == "Dana Okafor"


def test_everything_is_loaded_that_may_be_part_of_a_name(monkeypatch):
    usual = {"id", "email", "first_name", "last_name"}
    assert set(named_by.__wrapped__()) == usual
    monkeypatch.setattr(AbstractUser, "get_full_name", lambda self: self.username, raising=False)
    assert set(named_by.__wrapped__()) > usual | {"username"}
