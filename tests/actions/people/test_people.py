"""Organizations, members and invitations."""

import hashlib

import pytest

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Invitation, Member, Role
from wagtail_portal.permissions import Actor


def test_new_member_gets_the_organizations_default_role(acme):
    assert factories.member(acme).role.key == Role.MEMBER
    acme.default_role = Role.objects.get(key=Role.ADMIN)
    member = actions.create_member(acme, by=factories.SYSTEM, email="x@acme.example")
    assert member.role.key == Role.ADMIN


def test_adding_a_member_twice_creates_one_user_without_a_password(acme):
    first = actions.create_member(acme, by=factories.SYSTEM, email="Kim@Acme.example", name="Kim R")
    again = actions.create_member(acme, by=factories.SYSTEM, email=" kim@acme.example")
    assert first == again
    assert not first.user.has_usable_password()
    assert first.name == "Kim R"
    assert not first.user.is_staff


@pytest.mark.parametrize("email", ["", "kim", "kim@", "a b@c.example", "x@y.example\nBcc: z@z.ex"])
def test_invalid_email_address_is_rejected(acme, email):
    with pytest.raises(Invalid):
        actions.create_member(acme, by=factories.SYSTEM, email=email)
    assert not Member.objects.exists()


def test_member_without_a_name_is_shown_without_the_email_domain(acme):
    assert factories.member(acme, "kim.lee@acme.example", name=" ").name


def test_only_admins_of_the_organization_can_invite(acme, dana):
    admin = Actor.for_member(factories.member(acme, role=Role.ADMIN))
    with pytest.raises(NotAllowed):
        actions.invite_member(acme, by=Actor.for_member(dana), email="x@acme.example")
    with pytest.raises(NotAllowed):
        actions.invite_member(factories.organization(), by=admin, email="x@acme.example")
    with pytest.raises(Invalid):
        actions.invite_member(acme, by=admin, email=dana.email.upper())
    invitation, token = actions.invite_member(acme, by=admin, email="X@acme.example")
    assert invitation.email == "x@acme.example"
    assert invitation.token_digest == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(Invitation.objects.values())


def test_new_invitation_replaces_the_previous_one(acme):
    first, _token = actions.invite_member(acme, by=factories.SYSTEM, email="x@acme.example")
    second, _token = actions.invite_member(acme, by=factories.SYSTEM, email="x@acme.example")
    first.refresh_from_db()
    assert first.withdrawn_at is not None
    assert first.token_digest is None
    assert list(Invitation.objects.open()) == [second]


def test_organization_needs_a_name_and_a_unique_external_id(db):
    actions.create_organization(by=factories.SYSTEM, name="A", external_id="7")
    with pytest.raises(Invalid):
        actions.create_organization(by=factories.SYSTEM, name=" ")
    with pytest.raises(Invalid):
        actions.create_organization(by=factories.SYSTEM, name="B", external_id="7")
    actions.create_organization(by=factories.SYSTEM, name="E", domains=["E.example"])
    with pytest.raises(Invalid):
        actions.create_organization(by=factories.SYSTEM, name="F", domains=["e.example"])
    for name in ("C", "D"):
        assert actions.create_organization(by=factories.SYSTEM, name=name).external_id is None


def test_managers_but_not_agents_can_create_organizations(db):
    with pytest.raises(NotAllowed):
        actions.create_organization(by=Actor.for_agent(factories.agent()), name="A")
    manager = factories.staff("Support managers")
    assert actions.create_organization(by=Actor.for_agent(manager), name="A").pk


def test_changing_an_organization_keeps_the_dates_of_its_verified_domains(acme):
    values = {"name": "Acme", "external_id": None, "default_role": None, "domain_joining": "off"}

    def change(by=factories.SYSTEM, **domains):
        given = {"domains": (), "verified_domains": (), **domains}
        return actions.change_organization(acme, by=by, **values, **given)

    def verified():
        return dict(acme.domains.values_list("domain", "verified_at"))

    change(domains=["acme.test"], verified_domains=["Acme.example"])
    first = verified()
    assert first["acme.example"] and first["acme.test"] is None
    change(verified_domains=["acme.example"])
    assert verified() == {"acme.example": first["acme.example"]}
    change(domains=["acme.example"])
    assert verified() == {"acme.example": None}
    with pytest.raises(NotAllowed):
        change(by=Actor.for_agent(factories.agent()))
    with pytest.raises(Invalid):
        change(domains=["gmail.com"])
    factories.organization("Birk", domains=["birk.example"])
    with pytest.raises(Invalid):
        change(domains=["birk.example"])
    assert verified() == {"acme.example": None}


def test_visible_members_depend_on_the_role(acme, dana):
    admin = factories.member(acme, role=Role.ADMIN)
    factories.member(factories.organization())
    assert set(Member.objects.visible_to(dana)) == {dana}
    assert set(Member.objects.visible_to(admin)) == {dana, admin}
    nobody = factories.member(acme, role=Role.NO_ACCESS)
    assert not Member.objects.visible_to(nobody).exists()
