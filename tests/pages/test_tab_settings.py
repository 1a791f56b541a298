"""What the editors decide about tabs and invitations."""

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
def decide(home):
    """``decide(tab_open=False)``: change the settings."""

    def change(**values):
        settings = PortalSettings.for_site(Site.objects.get())
        for name, value in values.items():
            setattr(settings, name, value)
        settings.save()

    return change


def tabs_of(browser, address="/support/") -> list[str]:
    soup = BeautifulSoup(browser.get(address).content, "html.parser")
    return [link.get_text(" ", strip=True) for link in soup.select(".portal-tabs a")]


def test_tabs_that_are_not_shown_are_not_there(as_member, dana, decide):
    browser = as_member(dana)
    assert tabs_of(browser) == ["Needs your reply", "Open", "Closed", "All"]
    decide(tab_needs_reply=False, tab_closed=False)
    assert tabs_of(browser) == ["Open", "All"]


def test_address_of_a_tab_that_is_not_shown_leads_to_all(as_member, dana, decide):
    factories.ticket(dana, subject="It burns")
    browser = as_member(dana)
    assert "It burns" not in browser.get("/support/?tab=closed").content.decode()
    decide(tab_closed=False)
    assert "It burns" in browser.get("/support/?tab=closed").content.decode()


def test_members_are_with_the_team_alone_where_their_tab_is_not_shown(
    as_member, admin, dana, decide
):
    browser = as_member(admin)
    assert MEMBERS in browser.get("/support/").content.decode()
    decide(tab_members=False)
    assert MEMBERS not in browser.get("/support/").content.decode()
    posts = {f"{MEMBERS}invite/": {}, f"{MEMBERS}{dana.pk}/": {"do": "revoke"}}
    for address in (MEMBERS, f"{MEMBERS}history/", *posts):
        assert browser.get(address).status_code == 404
    for address, data in posts.items():
        assert browser.post(address, data).status_code == 404
    dana.refresh_from_db()
    assert dana.role.key == Role.MEMBER


def test_where_customers_do_not_invite_there_is_no_form_and_no_way(as_member, admin, acme, decide):
    invitation, _token = actions.invite_member(
        acme, by=Actor.for_member(admin), email="kim@acme.example"
    )
    browser = as_member(admin)
    assert "Resend" in browser.get(MEMBERS).content.decode()
    decide(customers_invite=False)
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
    # The team does.
    team = Actor.for_agent(factories.staff("Support managers"))
    actions.invite_member(acme, by=team, email="lou@acme.example")
    assert Invitation.objects.open().filter(email="lou@acme.example").exists()


def test_invitation_is_good_for_as_long_as_the_editors_say(admin, acme, decide):
    decide(invitation_days=3)
    invitation, _token = actions.invite_member(
        acme, by=Actor.for_member(admin), email="kim@acme.example"
    )
    left = invitation.expires_at - timezone.now()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)


@pytest.mark.parametrize("days", ["0", "366", "-3", "soon", ""])
def test_days_of_an_invitation_are_a_number_within_a_year(home, days):
    site = Site.objects.get()
    settings = PortalSettings.for_site(site)
    browser = signed_in(factories.staff(is_superuser=True, is_staff=True))
    data = {"invitation_days": days, "portal_name": "Typed"}
    response = browser.post(f"/admin/settings/wagtail_portal/portalsettings/{site.pk}/", data)
    form = response.context["form"]
    assert form.errors["invitation_days"] and form["portal_name"].value() == "Typed"
    settings.refresh_from_db()
    assert settings.invitation_days == 14
