"""The retention settings in the admin: a preview, and the legal hold of an organization."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Site

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import PortalSettings, Ticket

from .conftest import signed_in, ticket_url


@pytest.fixture
def browser(superuser):
    return signed_in(superuser)


@pytest.fixture
def ticket(dana):
    ticket = factories.ticket(dana)
    actions.close_ticket(ticket, by=factories.SYSTEM)
    closed_at = timezone.now() - timedelta(days=100)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=closed_at)
    return ticket


def test_preview_counts_without_saving(browser, ticket, agent):
    site = Site.objects.get(is_default_site=True)
    settings_url = reverse(
        "wagtailsettings:edit", args=["wagtail_portal", "portalsettings", site.pk]
    )
    url = reverse("wagtail_portal_retention", args=[site.pk])
    assert url in browser.get(settings_url).content.decode()
    assert all(count == 0 for _label, count in browser.get(url).context["effects"])
    response = browser.get(url, {"anonymize_months": 2, "delete_months": 5, "log_months": 3})
    assert [count for _label, count in response.context["effects"]] == [0, 1, 1, 0]
    assert PortalSettings.for_site(site).anonymize_months is None
    assert "effects" not in browser.get(url, {"delete_months": "soon"}).context
    assert signed_in(agent).get(url).status_code != 200


def test_ticket_under_legal_hold_cannot_be_deleted(browser, ticket, acme):
    acme.legal_hold = True
    acme.save()
    url = ticket_url("delete", ticket.pk)
    assert "under legal hold" in browser.get(url).content.decode()
    browser.post(url)
    assert Ticket.objects.filter(pk=ticket.pk).exists()


def test_legal_hold_is_set_on_the_organization(browser, acme):
    url = reverse("wagtailsnippets_wagtail_portal_organization:edit", args=[acme.pk])
    data = {
        "name": acme.name,
        "domain_joining": "off",
        "legal_hold": "on",
        "domains-TOTAL_FORMS": 0,
        "domains-INITIAL_FORMS": 0,
    }
    assert browser.post(url, data).status_code == 302
    acme.refresh_from_db()
    assert acme.legal_hold
    history = reverse("wagtailsnippets_wagtail_portal_organization:history", args=[acme.pk])
    assert "Legal hold set" in browser.get(history).content.decode()
