"""Guests with whom a customer shared a ticket, on the team's screen."""

import pytest
from bs4 import BeautifulSoup

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.models import Guest, PortalSettings, TicketLogEntry
from wagtail_portal.permissions import Actor

PARTNER = "partner@else.example"


@pytest.fixture
def guest(dana, ticket):
    """Someone outside, with whom Dana shared her ticket."""
    settings = PortalSettings.for_site(ticket.site)
    settings.customers_share = True
    settings.save()
    return actions.share_ticket(ticket, email=PARTNER, by=Actor.for_member(dana))


def buttons(page) -> list[str]:
    """Return the texts of the buttons to remove a guest."""
    found = BeautifulSoup(page.content, "html.parser").select("button[name=guest]")
    return [" ".join(row.text.split()) for row in found]


def test_agent_removes_a_guest(agent, ticket, guest):
    browser = signed_in(agent)
    page = browser.get(ticket_url("edit", ticket.pk))
    assert buttons(page) == [f"Remove: {PARTNER}"]
    for _time in range(2):
        # A double click does no harm.
        page = browser.post(ticket_url("unshare", ticket.pk), {"guest": guest.pk}, follow=True)
    assert f"{PARTNER} no longer has access to this ticket." not in page.content.decode()
    assert buttons(page) == []
    assert not Guest.objects.exists()
    entry = TicketLogEntry.objects.get(action="wagtail_portal.unshare_ticket")
    assert (entry.ticket_id, entry.user) == (ticket.pk, agent)


def test_agent_is_told_that_the_guest_lost_access(agent, ticket, guest):
    browser = signed_in(agent)
    page = browser.post(ticket_url("unshare", ticket.pk), {"guest": guest.pk}, follow=True)
    assert f"{PARTNER} no longer has access to this ticket." in page.content.decode()


def test_guest_of_another_ticket_stays(agent, dana, guest):
    other = factories.ticket(dana)
    signed_in(agent).post(ticket_url("unshare", other.pk), {"guest": guest.pk})
    assert Guest.objects.get() == guest


def test_who_may_not_change_tickets_sees_the_guest_only(ticket, guest):
    group("Readers", "view_ticket")
    browser = signed_in(factories.staff("Readers"))
    page = browser.get(ticket_url("edit", ticket.pk))
    assert PARTNER in page.content.decode() and buttons(page) == []
    response = browser.post(ticket_url("unshare", ticket.pk), {"guest": guest.pk})
    assert response.status_code in (302, 403)
    assert Guest.objects.get() == guest


def test_guest_of_a_merged_ticket_is_removed(agent, dana, ticket, guest):
    actions.merge_tickets(ticket, by=Actor.for_agent(agent), into=factories.ticket(dana))
    # Merging ends what was shared; this one is left from before.
    Guest.objects.get_or_create(ticket=ticket, email=PARTNER, added_by=dana)
    left = Guest.objects.get()
    browser = signed_in(agent)
    assert buttons(browser.get(ticket_url("edit", ticket.pk)))
    browser.post(ticket_url("unshare", ticket.pk), {"guest": left.pk})
    assert not Guest.objects.exists()
