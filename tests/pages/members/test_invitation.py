"""Invitation links: where they lead, and what happens to invalid tokens."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.core import mail
from django.utils import timezone
from wagtail.models import Site

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Invitation, Member, PortalSettings, Role
from wagtail_portal.permissions import Actor

PAGE = "/support/invitation/"
CODE = re.compile(r"\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b")


@pytest.fixture
def admin(acme, home):
    return factories.member(acme, "ada@acme.example", role=Role.ADMIN, name="Ada Admin")


@pytest.fixture
def invited(acme, admin):
    """``(invitation, token)`` of Kim's invitation."""
    return actions.invite_member(acme, by=Actor.for_member(admin), email="kim@acme.example")


def text_of(response) -> str:
    soup = BeautifulSoup(response.content, "html.parser")
    return re.sub(r"\s+", " ", soup.select_one("main").get_text(" "))


def send_form(client, response, path="/accounts/login/"):
    """Submit the page's form whose action is ``path``."""
    soup = BeautifulSoup(response.content, "html.parser")
    form = soup.select_one(f"main form[action='{path}']")
    data = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    return client.post(path, data)


def enter_code(client, response):
    """Enter the code from the email."""
    code = CODE.search(mail.outbox[-1].body).group()
    return client.post(response.url, {"code": code, "action": "verify"})


def with_verified_address(member):
    """Give the member a verified email address, as if they had signed in with a code before."""
    EmailAddress.objects.create(user=member.user, email=member.email, verified=True, primary=True)
    return member


def members() -> set[str]:
    return {member.email for member in Member.objects.all()}


def test_link_leads_through_the_code_into_the_portal(
    client, home, admin, acme, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.invite_member(acme, by=Actor.for_member(admin), email="kim@acme.example")
    link = re.search(r"http://localhost(/\S+)", mail.outbox[0].body).group(1)
    page = client.get(link)
    assert page.status_code == 200
    assert "Join Acme" in text_of(page)
    assert "kim@acme.example" in text_of(page)
    assert {"private", "no-store"} <= set(page["Cache-Control"].split(", "))
    assert page["Referrer-Policy"] == "same-origin"
    assert "kim@acme.example" not in members()

    response = send_form(client, page)
    assert mail.outbox[-1].to == ["kim@acme.example"]
    assert enter_code(client, response).url == "/support/"
    assert client.get("/support/").status_code == 200
    kim = Member.objects.get(user__email="kim@acme.example")
    assert (kim.organization, kim.role.key) == (acme, Role.MEMBER)
    assert kim.activated_at is not None
    # The link has been used.
    assert client.get(link).status_code == 404


def test_opening_the_link_changes_nothing(client, invited):
    _invitation, token = invited
    before = Invitation.objects.values().get()
    for _time in range(3):
        assert client.get(f"{PAGE}?token={token}").status_code == 200
    assert Invitation.objects.values().get() == before
    assert not mail.outbox


SPOILED = {
    "blank": lambda token: "",
    "space": lambda token: " ",
    "spaces": lambda token: "%20%20",
    "zero": lambda token: "%00",
    "space behind": lambda token: f"{token}%20",
    "space before": lambda token: f"%20{token}",
    "changed case": lambda token: token.swapcase(),
    "upper case": lambda token: token.upper(),
    "shorter": lambda token: token[:-1],
    "longer": lambda token: token + "A",
    "other letters": lambda token: "é" * 43,
    "very long": lambda token: "x" * 5000,
    "none": lambda token: "None",
    "null": lambda token: "null",
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_invalid_token_is_refused_with_help(client, as_member, admin, acme, invited, spoil):
    # Used invitations store an empty token, which a database might match with "".
    for email in ("a@acme.example", "b@acme.example"):
        used, _token = actions.invite_member(acme, by=factories.SYSTEM, email=email)
        actions.withdraw_invitation(used, by=factories.SYSTEM)
    _invitation, token = invited
    wrong = spoil(token)
    kim = with_verified_address(
        factories.member(factories.organization("Globex"), "kim@acme.example")
    )
    for browser in (client, as_member(kim)):
        page = browser.get(f"{PAGE}?token={wrong}")
        assert page.status_code == 404
        assert "This invitation is no longer valid" in text_of(page)
        assert "ask the person who invited you" in text_of(page)
        assert "kim@acme.example" not in text_of(page)
        assert browser.post(PAGE, {"token": wrong.replace("%20", " ")}).status_code == 404
    assert not Member.objects.filter(user=kim.user, organization=acme).exists()


def test_token_is_compared_exactly_on_every_database(invited):
    _invitation, token = invited
    assert Invitation.objects.with_token(token).exists()
    for wrong in ("", " ", f"{token} ", f" {token}", token.swapcase()):
        assert not Invitation.objects.with_token(wrong).exists()
    Invitation.objects.update(token_digest=None)
    for wrong in ("", " ", token):
        assert not Invitation.objects.with_token(wrong).exists()


def test_expired_invitation_says_so(client, invited):
    _invitation, token = invited
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    page = client.get(f"{PAGE}?token={token}")
    assert page.status_code == 404
    assert "has expired" in text_of(page)
    client.post("/accounts/login/", {"login": "kim@acme.example"})
    assert not mail.outbox


@pytest.mark.parametrize("ended", ["accepted", "withdrawn", "sent again"])
def test_token_can_be_used_once(client, acme, admin, invited, ended):
    invitation, token = invited
    if ended == "accepted":
        user = actions.provision_user("kim@acme.example")
        actions.accept_invitation(invitation, user=user, email="kim@acme.example")
    elif ended == "withdrawn":
        actions.withdraw_invitation(invitation, by=Actor.for_member(admin))
    else:
        actions.resend_invitation(invitation, by=Actor.for_member(admin))
    assert client.get(f"{PAGE}?token={token}").status_code == 404
    before = members()
    client.post(PAGE, {"token": token})
    assert members() == before


def test_member_of_another_organization_joins_with_one_click(as_member, acme, invited):
    _invitation, token = invited
    kim = with_verified_address(
        factories.member(factories.organization("Globex"), "kim@acme.example")
    )
    browser = as_member(kim)
    page = browser.get(f"{PAGE}?token={token}")
    response = send_form(browser, page, PAGE)
    assert response.url == "/support/"
    assert Member.objects.filter(user=kim.user).count() == 2
    # The new organization is the current one from now on.
    assert "You’re now a member of Acme" in text_of(browser.get("/support/"))
    assert browser.post(PAGE, {"token": token}).status_code == 404
    assert Member.objects.filter(user=kim.user).count() == 2


def test_link_does_not_work_for_another_person(as_member, acme, invited):
    _invitation, token = invited
    thief = with_verified_address(
        factories.member(factories.organization("Globex"), "thief@globex.example")
    )
    browser = as_member(thief)
    page = browser.get(f"{PAGE}?token={token}")
    assert "This invitation is for kim@acme.example" in text_of(page)
    assert "sign out" in text_of(page)
    browser.post(PAGE, {"token": token})
    assert Member.objects.filter(user=thief.user).count() == 1
    assert Invitation.objects.open().exists()


def test_unverified_address_cannot_accept_an_invitation(as_member, acme, invited):
    _invitation, token = invited
    kim = factories.member(factories.organization("Globex"), "kim@acme.example")
    browser = as_member(kim)
    assert browser.get(f"{PAGE}?token={token}").status_code == 200
    browser.post(PAGE, {"token": token})
    assert Member.objects.filter(user=kim.user).count() == 1


def test_invitation_does_not_restore_revoked_access(client, acme, admin, invited):
    """Invited, then added by the team, then revoked: the link no longer works."""
    _invitation, token = invited
    kim = factories.member(acme, "kim@acme.example")
    actions.revoke_access(kim, by=Actor.for_member(admin))
    assert client.get(f"{PAGE}?token={token}").status_code == 404
    enter_code(client, client.post("/accounts/login/", {"login": "kim@acme.example"}))
    kim.refresh_from_db()
    assert not kim.role.gives_access


def test_invitation_ends_when_the_address_changes(client, acme, admin, invited):
    """Kim no longer uses the address, so its next owner mustn't get in."""
    kim = with_verified_address(
        factories.member(factories.organization("Globex"), "kim@acme.example")
    )
    kim.user.email = "kim@elsewhere.example"
    kim.user.save()
    client.post("/accounts/login/", {"login": "kim@acme.example"})
    assert not mail.outbox
    assert not Invitation.objects.open().exists()


def test_revoked_admin_does_not_come_back_through_an_invitation(acme, admin, home):
    other = factories.member(acme, "olga@acme.example", role=Role.ADMIN)
    role = Role.objects.get(key=Role.ADMIN)
    by = Actor.for_member(admin)
    back, _token = actions.invite_member(acme, by=by, email="ada@home.example", role=role)
    theirs, _token = actions.invite_member(
        acme, by=Actor.for_member(other), email="kim@acme.example"
    )
    actions.revoke_access(admin, by=Actor.for_member(other))
    back.refresh_from_db()
    theirs.refresh_from_db()
    assert back.withdrawn_at and back.token_digest is None
    assert theirs.withdrawn_at is None
    actions.record_sign_in(factories.staff(), email="ada@home.example")
    assert "ada@home.example" not in members()


def test_lowered_role_withdraws_what_it_cannot_give(acme, admin, home):
    factories.member(acme, role=Role.ADMIN)
    Role.objects.create(key="lead", name="Lead", tickets="own", members="manage")
    by = Actor.for_member(admin)
    invited = {
        key: actions.invite_member(
            acme, by=by, email=f"{key}@acme.example", role=Role.objects.get(key=key)
        )[0]
        for key in (Role.ADMIN, Role.MEMBER)
    }
    actions.change_role(admin, by=Actor.system(), role=Role.objects.get(key="lead"))
    for key, invitation in invited.items():
        invitation.refresh_from_db()
        assert bool(invitation.withdrawn_at) == (key == Role.ADMIN), key


def weaken_role(admin):
    Role.objects.create(key="boss", name="Boss", tickets="organization", members="manage")
    actions.change_role(admin, by=Actor.system(), role=Role.objects.get(key="boss"))
    yield
    Role.objects.filter(key="boss").update(members="view")


def deactivate(admin):
    yield
    admin.user.is_active = False
    admin.user.save()


def leave_invitations_to_the_team(admin):
    yield
    settings = PortalSettings.for_site(Site.objects.get())
    settings.customers_invite = False
    settings.save()


@pytest.mark.parametrize("change", [weaken_role, deactivate, leave_invitations_to_the_team])
def test_inviter_has_to_be_able_to_invite_when_it_is_accepted(acme, admin, home, change):
    factories.member(acme, role=Role.ADMIN)
    steps = change(admin)
    if change is weaken_role:
        next(steps)
        admin.refresh_from_db()
    invitation, _token = actions.invite_member(
        acme, by=Actor.for_member(admin), email="kim@acme.example", role=admin.role
    )
    list(steps)
    kim = factories.member(factories.organization(), "kim@acme.example").user
    with pytest.raises(Invalid):
        actions.accept_invitation(invitation, user=kim, email="kim@acme.example")
    assert not acme.members.filter(user=kim).exists()


def test_invitation_of_an_agent_ends_with_their_permission(acme, home):
    agent = factories.staff("Support managers")
    invitation, _token = actions.invite_member(
        acme, by=Actor.for_agent(agent), email="kim@acme.example"
    )
    kim = factories.member(factories.organization(), "kim@acme.example").user
    agent.groups.clear()
    with pytest.raises(Invalid):
        actions.accept_invitation(invitation, user=kim, email="kim@acme.example")
    agent.delete()
    assert not Invitation.objects.exists()
