"""Editors' settings for tabs and invitations."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.utils import timezone
from wagtail.models import Site

from tests import factories
from tests.desk.conftest import signed_in
from wagtail_portal import actions
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Invitation, PortalSettings, Role
from wagtail_portal.permissions import Actor

MEMBERS = "/support/members/"


@pytest.fixture
def admin(acme, home):
    return factories.member(acme, "ada@acme.example", role=Role.ADMIN, name="Ada Admin")


@pytest.fixture
def change_settings(home):
    """Return ``change_settings(tab_open=False)``, which changes the portal settings."""

    def change(**values):
        settings = PortalSettings.for_site(Site.objects.get())
        for name, value in values.items():
            setattr(settings, name, value)
        settings.save()

    return change


def tabs_of(browser, address="/support/") -> list[str]:
    soup = BeautifulSoup(browser.get(address).content, "html.parser")
    return [link.get_text(" ", strip=True) for link in soup.select(".portal-tabs a")]


def test_hidden_tabs_are_not_shown(as_member, dana, change_settings):
    browser = as_member(dana)
    assert tabs_of(browser) == ["Needs your reply", "Open", "Closed", "All"]
    change_settings(tab_needs_reply=False, tab_closed=False)
    assert tabs_of(browser) == ["Open", "All"]


def test_url_of_a_hidden_tab_shows_all_tickets(as_member, dana, change_settings):
    factories.ticket(dana, subject="It burns")
    browser = as_member(dana)
    assert "It burns" not in browser.get("/support/?tab=closed").content.decode()
    change_settings(tab_closed=False)
    assert "It burns" in browser.get("/support/?tab=closed").content.decode()


def test_members_are_only_managed_by_the_team_if_their_tab_is_hidden(
    as_member, admin, dana, change_settings
):
    browser = as_member(admin)
    assert MEMBERS in browser.get("/support/").content.decode()
    change_settings(tab_members=False)
    assert MEMBERS not in browser.get("/support/").content.decode()
    posts = {f"{MEMBERS}invite/": {}, f"{MEMBERS}{dana.pk}/": {"do": "revoke"}}
    for address in (MEMBERS, f"{MEMBERS}history/", *posts):
        assert browser.get(address).status_code == 404
    for address, data in posts.items():
        assert browser.post(address, data).status_code == 404
    dana.refresh_from_db()
    assert dana.role.key == Role.MEMBER


def test_customers_cannot_invite_if_invitations_are_off(as_member, admin, acme, change_settings):
    invitation, _token = actions.invite_member(
        acme, by=Actor.for_member(admin), email="kim@acme.example"
    )
    browser = as_member(admin)
    assert "Resend" in browser.get(MEMBERS).content.decode()
    change_settings(customers_invite=False)
    page = browser.get(MEMBERS).content.decode()
    assert "Invite people" not in page and "Resend" not in page
    assert "Withdraw" in page
    data = {"addresses": "lou@acme.example", "role": Role.objects.get(key=Role.MEMBER).pk}
    assert browser.post(f"{MEMBERS}invite/", data).status_code == 404
    mail.outbox.clear()
    browser.post(f"{MEMBERS}invitations/{invitation.pk}/", {"do": "resend"})
    assert [row.pk for row in Invitation.objects.open()] == [invitation.pk] and not mail.outbox
    with pytest.raises(NotAllowed):
        actions.invite_member(acme, by=Actor.for_member(admin), email="lou@acme.example")
    # The team still can.
    team = Actor.for_agent(factories.staff("Support managers"))
    actions.invite_member(acme, by=team, email="lou@acme.example")
    assert Invitation.objects.open().filter(email="lou@acme.example").exists()


def test_invitation_is_valid_for_the_configured_number_of_days(admin, acme, change_settings):
    change_settings(invitation_days=3)
    invitation, _token = actions.invite_member(
        acme, by=Actor.for_member(admin), email="kim@acme.example"
    )
    left = invitation.expires_at - timezone.now()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)


@pytest.mark.parametrize("days", ["0", "366", "-3", "soon", ""])
def test_validity_of_invitations_is_between_one_day_and_a_year(home, days):
    site = Site.objects.get()
    settings = PortalSettings.for_site(site)
    browser = signed_in(factories.staff(is_superuser=True, is_staff=True))
    data = {"invitation_days": days, "portal_name": "Typed"}
    response = browser.post(f"/admin/settings/wagtail_portal/portalsettings/{site.pk}/", data)
    form = response.context["form"]
    assert form.errors["invitation_days"] and form["portal_name"].value() == "Typed"
    settings.refresh_from_db()
    assert settings.invitation_days == 14
