"""A portal that lets customers share tickets, and a guest."""

import pytest
from django.core import mail
from django.test import Client

from tests.signin.test_code import CODE
from wagtail_portal import actions
from wagtail_portal.models import PortalSettings

KIM = "kim@partner.example"


@pytest.fixture
def portal(home):
    found = PortalSettings.for_site(home.get_site())
    found.customers_share = True
    found.save()
    return found


@pytest.fixture
def guests_url(ticket):
    return f"/support/tickets/{ticket.number}/guests/"


@pytest.fixture
def url(ticket):
    return f"/support/shared/{ticket.number}/"


@pytest.fixture
def run(django_capture_on_commit_callbacks):
    """Return ``run(act)``, which sends the emails of what it does."""

    def run(act):
        with django_capture_on_commit_callbacks(execute=True):
            return act()

    return run


@pytest.fixture
def enter(run):
    """Return ``enter(url, address)``, a browser that signed in with a code for that page."""

    def enter(url, address=KIM, browser=None, **headers):
        browser = browser or Client(**headers)
        page = browser.get(url)
        page = run(lambda: browser.post(page.url, {"login": address}))
        code = CODE.search(mail.outbox[-1].body).group()
        data = {"code": code, "action": "verify"}
        response = run(lambda: browser.post(page.url, data))
        assert response.url == url
        return browser

    return enter


@pytest.fixture
def guest(portal, ticket, customer, url, enter):
    """The browser of a guest of the ticket."""
    actions.share_ticket(ticket, by=customer, email=KIM, notify=False)
    return enter(url)
