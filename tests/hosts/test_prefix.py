"""A site below a path of its server, such as ``/help/``."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse, set_script_prefix
from wagtail.models import Site

from tests import factories
from tests.desk.conftest import ticket_url
from tests.desk.test_settings_preview import preview
from tests.desk.tickets.test_bulk import assign_to, assigned, bulk_url
from tests.signin.test_code import code_in
from wagtail_portal.checks import installation


class Browser(Client):
    """Sends requests through a web server that removes the prefix."""

    def generic(self, method, path, *args, **kwargs):
        assert path.startswith("/help/"), path
        return super().generic(method, path.removeprefix("/help"), *args, **kwargs)


@pytest.fixture(autouse=True)
def mounted(settings):
    settings.FORCE_SCRIPT_NAME = "/help"
    set_script_prefix("/help/")
    yield
    set_script_prefix("/")


@pytest.fixture
def team(db):
    browser = Browser()
    browser.force_login(factories.staff(is_superuser=True))
    return browser


def test_sign_in_leads_back_to_the_ticket(home, dana):
    path, browser = f"/help/support/tickets/{factories.ticket(dana).number}/", Browser()
    login = browser.get(path).url
    confirm = browser.post(login, {"login": dana.email}).url
    code = code_in(mail.outbox[-1])
    assert browser.post(confirm, {"code": code, "action": "verify"}).url == path
    assert browser.get(path).status_code == 200


def test_all_tickets_of_a_tab_are_those_of_the_tab(team, dana):
    agent = factories.agent()
    factories.ticket(dana)
    team.post(bulk_url("assign", "all", next=ticket_url("view", "closed")), assign_to(agent))
    assert assigned() == set()
    team.post(bulk_url("assign", "all", next=ticket_url("view", "unassigned")), assign_to(agent))
    assert len(assigned()) == 1


def test_settings_show_the_sign_in_page(team, home):
    assert "Send me a code" in preview(team, Site.objects.get(), "sign-in")


def test_checks_find_the_portals_urls():
    assert reverse("wagtail_portal_theme").startswith("/help/")
    assert list(installation.check_urls(None)) == []
