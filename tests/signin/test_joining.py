"""Joining an organization by email domain, or as an unknown person where that's allowed."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from wagtail.models import Site

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    JoinRequest,
    Member,
    Organization,
    OrganizationDomain,
    PortalSettings,
    Role,
)
from wagtail_portal.permissions import Actor

CODE = re.compile(r"\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b")


def sign_in(email) -> Client:
    """Request a code, and enter it if one was sent."""
    browser, before = Client(), len(mail.outbox)
    response = browser.post("/accounts/login/?next=/support/", {"login": email})
    if len(mail.outbox) > before:
        code = CODE.search(mail.outbox[-1].body).group()
        browser.post(response.url, {"code": code, "action": "verify"})
    return browser


def at_acme(email="kim@acme.example"):
    return Member.objects.filter(user__email=email, organization__name="Acme").first()


def verified(organization, name) -> OrganizationDomain:
    return OrganizationDomain.objects.create(
        organization=organization, domain=name, verified_at=timezone.now()
    )


@pytest.fixture
def domain(acme, home):
    """``acme.example``, verified; people join immediately unless a test changes that."""
    acme.domain_joining = "direct"
    acme.save()
    return OrganizationDomain.objects.create(
        organization=acme, domain="acme.example", verified_at=timezone.now()
    )


def test_verified_address_of_a_verified_domain_joins(domain):
    browser = sign_in("Kim@ACME.example")
    assert at_acme().role.key == Role.MEMBER
    assert browser.get("/support/").status_code == 200


def test_role_is_the_organizations_or_the_portals_default(domain, acme):
    settings = PortalSettings.for_site(Site.objects.get(is_default_site=True))
    settings.default_role = Role.objects.create(key="looker", name="Looker", tickets="own")
    settings.save()
    sign_in("kim@acme.example")
    assert at_acme().role.key == "looker"
    acme.default_role = Role.objects.create(key="lead", name="Lead", tickets="organization")
    acme.save()
    sign_in("lee@acme.example")
    assert at_acme("lee@acme.example").role.key == "lead"


def test_unverified_domain_gives_no_access(domain):
    domain.verified_at = None
    domain.save()
    sign_in("kim@acme.example")
    assert not mail.outbox
    assert at_acme() is None


def test_organization_can_disable_joining_by_domain(domain, acme):
    acme.domain_joining = "off"
    acme.save()
    sign_in("kim@acme.example")
    assert not mail.outbox


@pytest.mark.parametrize(
    "email", ["kim@sub.acme.example", "kim@acme.example.evil.example", "kim@notacme.example"]
)
def test_other_domains_give_no_access(domain, email):
    sign_in(email)
    assert not mail.outbox
    assert not Member.objects.exists()


def test_address_must_be_verified_before_joining(domain):
    browser = Client()
    browser.post("/accounts/login/", {"login": "kim@acme.example"})
    assert at_acme() is None
    assert browser.get("/support/").status_code == 302


@pytest.mark.parametrize("name", ["gmail.com", "GMX.de", "outlook.com", "free.example"])
def test_free_email_providers_are_rejected_even_if_verified(acme, home, name, settings):
    settings.WAGTAIL_PORTAL = {"FREE_EMAIL_DOMAINS": ["free.example"]}
    with pytest.raises(Invalid):
        actions.create_organization(by=factories.SYSTEM, name="X", domains=[name])
    acme.domain_joining = "direct"
    acme.save()
    OrganizationDomain.objects.create(
        organization=acme, domain=name.lower(), verified_at=timezone.now()
    )
    sign_in(f"kim@{name}")
    assert not mail.outbox
    assert not Member.objects.exists()


def test_admin_can_approve_a_join_request(domain, acme, as_member):
    acme.domain_joining = "approval"
    acme.save()
    admin = factories.member(acme, "ada@acme.example", role=Role.ADMIN)
    browser = sign_in("kim@acme.example")
    assert at_acme() is None
    page = browser.get("/support/")
    assert page.status_code == 403
    assert "told Acme that you" in page.content.decode()
    sign_in("kim@acme.example")
    asked = JoinRequest.objects.get()
    tab = as_member(admin)
    assert "kim@acme.example" in tab.get("/support/members/").content.decode()
    tab.post(f"/support/members/requests/{asked.pk}/", {"do": "approve"})
    assert browser.get("/support/").status_code == 200
    tab.post(f"/support/members/requests/{asked.pk}/", {"do": "decline"})
    assert at_acme().role.gives_access


def test_declined_person_cannot_request_again(domain, acme):
    acme.domain_joining = "approval"
    acme.save()
    admin = factories.member(acme, role=Role.ADMIN)
    sign_in("kim@acme.example")
    actions.decline_join_request(JoinRequest.objects.get(), by=Actor.for_member(admin))
    browser = sign_in("kim@acme.example")
    assert at_acme() is None
    assert not JoinRequest.objects.waiting().exists()
    assert browser.get("/support/").status_code == 403


def test_only_people_who_manage_the_organization_can_decide(domain, acme, as_member):
    acme.domain_joining = "approval"
    acme.save()
    sign_in("kim@acme.example")
    asked = JoinRequest.objects.get()
    others = [
        factories.member(acme),
        factories.member(factories.organization("Globex"), role=Role.ADMIN),
    ]
    for other in others:
        response = as_member(other).post(
            f"/support/members/requests/{asked.pk}/", {"do": "approve"}
        )
        assert response.status_code == 404
    assert at_acme() is None


def test_revoked_member_cannot_rejoin_by_domain(domain, acme):
    kim = factories.member(acme, "kim@acme.example")
    actions.revoke_access(kim, by=factories.SYSTEM)
    sign_in("kim@acme.example")
    assert not at_acme().role.gives_access


def test_unknown_person_gets_an_organization_where_allowed(home, acme):
    sign_in("new@outsider.example")
    assert not mail.outbox
    settings = PortalSettings.for_site(Site.objects.get(is_default_site=True))
    settings.strangers_may_join = True
    settings.save()
    browser = sign_in("new@outsider.example")
    assert browser.get("/support/").status_code == 200
    member = Member.objects.get(user__email="new@outsider.example")
    assert member.organization != acme
    # They can't manage members, so they can't send their own text to anyone.
    assert not member.role.manages_members
    sign_in("new@outsider.example")
    assert Organization.objects.filter(name="new@outsider.example").count() == 1


def test_known_person_does_not_get_an_organization(home, acme):
    settings = PortalSettings.for_site(Site.objects.get(is_default_site=True))
    settings.strangers_may_join = True
    settings.save()
    kim = factories.member(acme, "kim@acme.example")
    actions.revoke_access(kim, by=factories.SYSTEM)
    assert sign_in("kim@acme.example").get("/support/").status_code == 403
    assert Organization.objects.count() == 1
