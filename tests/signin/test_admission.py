"""The same rules for every way to sign in: a code, a token, OpenID Connect and SAML."""

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from django.urls import reverse
from wagtail.models import ModelLogEntry, Site

from tests import factories
from tests.signin import test_joining
from tests.signin.test_joining import domain, verified  # noqa: F401
from tests.signin.tokens import ISSUER, claims, forge, send_token, token, user_of
from wagtail_portal import actions
from wagtail_portal.models import JoinRequest, Member, Organization, PortalSettings, Role
from wagtail_portal.permissions import Actor
from wagtail_portal.signin.scope import portal_scope

KIM = "kim@acme.example"


class Assertion:
    """A provider's response, as the SAML library presents it."""

    def __init__(self, **attributes):
        self.attributes = {name: [value] for name, value in attributes.items()}

    def get_attributes(self):
        return self.attributes

    def get_nameid(self):
        return self.attributes["uid"][0]


class Ways:
    """The ways to sign in; ``limits`` are the site's settings for another system."""

    def __init__(self, settings):
        self.settings, self.limits, self.claims = settings, {}, {}

    def code(self, email, **said) -> Client:
        return test_joining.sign_in(email)

    def token(self, email, **said) -> Client:
        self.settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [{**ISSUER, **self.limits}]}
        browser = Client()
        send_token(browser, token(email, **said))
        return browser

    def openid(self, email, **said) -> Client:
        data = {"sub": email, "email": email, "email_verified": True, **said}
        return self._social("openid_connect", {"userinfo": data, "id_token": {"sub": email}})

    def saml(self, email, **said) -> Client:
        said = {"uid": email, "email": email, "email_verified": "true", **said}
        return self._social("saml", Assertion(**said))

    def _social(self, kind, response) -> Client:
        portal = {**self.limits, "claims": self.claims}
        mapping = {name: name for name in ("uid", "email", "email_verified", "first_name")}
        options = {"server_url": "https://id.example", "attribute_mapping": mapping}
        app = {"provider_id": "acme", "client_id": "acme", "name": "Acme Identity"}
        app["settings"] = {"portal": portal, **options}
        self.settings.SOCIALACCOUNT_PROVIDERS = {kind: {"APPS": [app]}}
        request = RequestFactory().get("/")
        request.session, request.user = SessionStore(), AnonymousUser()
        request._messages = FallbackStorage(request)
        browser = Client()
        with request_context(request), portal_scope(request):
            provider = get_adapter().get_provider(request, "acme")
            login = provider.sociallogin_from_response(request, response)
            complete_social_login(request, login)
        request.session.save()
        browser.cookies["sessionid"] = request.session.session_key
        return browser


@pytest.fixture
def ways(settings, monkeypatch, home):
    # The views of SAML need a library that isn't installed here, so their URLs aren't included.
    reverse("wagtail_portal_signin:account_login")
    monkeypatch.setitem(registry.provider_map, "saml", SAMLProvider)
    return Ways(settings)


each_way = pytest.mark.parametrize("way", ["code", "token", "openid", "saml"])
each_system = pytest.mark.parametrize("way", ["token", "openid", "saml"])


def member_at(name, email=KIM):
    return Member.objects.filter(user__email=email, organization__name=name).first()


def page_of(browser):
    return browser.get("/support/")


# The same rules


@each_way
def test_verified_domain_lets_people_join(ways, way, domain):  # noqa: F811
    browser = getattr(ways, way)("Kim@ACME.example")
    assert member_at("Acme").role.key == Role.MEMBER
    assert page_of(browser).status_code == 200
    # Nothing changes the next time.
    assert page_of(getattr(ways, way)(KIM)).status_code == 200
    assert Member.objects.count() == 1


@each_way
def test_verified_domain_lets_people_request_to_join(ways, way, domain, acme):  # noqa: F811
    acme.domain_joining = "approval"
    acme.save()
    browser = getattr(ways, way)(KIM)
    assert member_at("Acme") is None
    page = page_of(browser)
    assert page.status_code == 403
    assert "told Acme that you" in page.content.decode()
    # They can check whether it was approved.
    assert "told Acme that you" in page_of(getattr(ways, way)(KIM)).content.decode()
    actions.approve_join_request(JoinRequest.objects.get(), by=factories.SYSTEM)
    assert page_of(browser).status_code == 200


@each_way
@pytest.mark.parametrize("why", ["off", "not verified", "lost access", "declined", "free"])
def test_domain_that_gives_no_access(ways, way, domain, acme, settings, why):  # noqa: F811
    if why == "lost access":
        kim = factories.member(acme, KIM)
        actions.revoke_access(kim, by=factories.SYSTEM)
    elif why == "declined":
        acme.domain_joining = "approval"
        acme.save()
        test_joining.sign_in(KIM)
        admin = factories.member(acme, role=Role.ADMIN)
        actions.decline_join_request(JoinRequest.objects.get(), by=Actor.for_member(admin))
    elif why == "free":
        domain.domain = "gmail.com"
        domain.save()
    elif why == "off":
        acme.domain_joining = "off"
        acme.save()
    else:
        domain.verified_at = None
        domain.save()
    browser = getattr(ways, way)("kim@gmail.com" if why == "free" else KIM)
    assert page_of(browser).status_code in (302, 403)
    assert not Member.objects.with_access().filter(user__email__startswith="kim").exists()
    assert not JoinRequest.objects.waiting().exists()


@each_way
def test_unknown_person_gets_an_organization_where_allowed(ways, way, acme):
    browser = getattr(ways, way)("new@stranger.example")
    assert page_of(browser).status_code == 302
    assert not Member.objects.exists()
    settings = PortalSettings.for_site(Site.objects.get(is_default_site=True))
    settings.strangers_may_join = True
    settings.save()
    browser = getattr(ways, way)("new@stranger.example")
    assert page_of(browser).status_code == 200
    assert member_at("new@stranger.example", "new@stranger.example")
    getattr(ways, way)("new@stranger.example")
    assert Organization.objects.count() == 2


@each_way
def test_invited_person_joins(ways, way, acme):
    actions.invite_member(acme, by=factories.SYSTEM, email=KIM)
    assert page_of(getattr(ways, way)(KIM)).status_code == 200
    assert member_at("Acme")


@each_way
def test_visitor_can_join_by_domain(ways, way, domain):  # noqa: F811
    actions.save_visitor(KIM)
    assert page_of(getattr(ways, way)(KIM)).status_code == 200
    assert member_at("Acme")


# Within the limits of the system


@each_system
@pytest.mark.parametrize("limits", [{"organizations": ["birch-7"]}, {"domains": ["birch.example"]}])
@pytest.mark.parametrize("open_sign_in", [True, False])
def test_limits_apply_to_joining(ways, way, domain, limits, open_sign_in):  # noqa: F811
    factories.organization("Birch", external_id="birch-7")
    settings = PortalSettings.for_site(Site.objects.get(is_default_site=True))
    settings.strangers_may_join = open_sign_in
    settings.save()
    ways.limits = limits
    browser = getattr(ways, way)(KIM)
    assert user_of(browser) is None
    assert not Member.objects.exists()
    assert not JoinRequest.objects.exists()
    assert Organization.objects.count() == 2


@each_system
def test_verified_domain_within_the_limits(ways, way, acme):
    birch = factories.organization("Birch", external_id="birch-7", domain_joining="direct")
    verified(birch, "birch.example")
    ways.limits = {"organizations": ["birch-7", "cedar"], "domains": ["birch.example"]}
    assert page_of(getattr(ways, way)("kim@birch.example")).status_code == 200
    assert member_at("Birch", "kim@birch.example")


@each_system
def test_external_id_of_a_merged_organization_leads_to_the_one_it_is_now(ways, way):
    birch = factories.organization("Birch", external_id="birch-7")
    elm = factories.organization("Elm", external_id="elm-1")
    actions.merge_organizations(birch, into=elm, by=Actor.system())
    elsewhere = factories.member(factories.organization("Other", external_id="other"))
    ways.limits = {"organizations": ["birch-7"], "new_members": True}
    assert page_of(getattr(ways, way)(KIM)).status_code == 200
    assert member_at("Elm")
    assert user_of(getattr(ways, way)(elsewhere.email)) is None


@each_system
def test_new_members_join_the_only_organization(ways, way, acme):
    factories.organization("Birch", external_id="birch-7")
    ways.limits = {"organizations": ["birch-7"]}
    assert user_of(getattr(ways, way)(KIM)) is None
    ways.limits["new_members"] = True
    assert page_of(getattr(ways, way)(KIM)).status_code == 200
    assert member_at("Birch").role.key == Role.MEMBER


def test_new_members_of_a_verified_domain(ways, domain, acme):  # noqa: F811
    """The organization needn't be named."""
    ways.limits = {"new_members": True}
    assert page_of(ways.token(KIM, name="Kim Lee")).status_code == 200
    assert member_at("Acme").name == "Kim Lee"
    acme.domain_joining = "approval"
    acme.save()
    assert page_of(ways.token("lee@acme.example")).status_code == 403
    assert JoinRequest.objects.get().user.email == "lee@acme.example"


def test_naming_the_organization_does_not_bypass_approval(ways, domain, acme):  # noqa: F811
    acme.domain_joining, acme.external_id = "approval", "acme-1"
    acme.save()
    assert page_of(ways.token(KIM, organization="acme-1")).status_code == 403
    assert member_at("Acme") is None
    assert JoinRequest.objects.waiting().exists()


def test_only_the_named_organization_is_joined(ways, domain):  # noqa: F811
    factories.organization("Birch", external_id="birch-7")
    ways.limits = {"new_members": True}
    assert page_of(ways.token(KIM, organization="birch-7")).status_code == 200
    assert [row.organization.name for row in Member.objects.all()] == ["Birch"]


def test_single_organization_as_text_is_compared_as_a_whole(ways, acme):
    """Part of an ID is not an ID."""
    factories.organization("Birch", external_id="birch")
    ways.limits = {"organizations": "birch-7", "new_members": True}
    ways.claims = {"organization": "company"}
    assert user_of(ways.openid(KIM, company="birch")) is None


# Organizations at first sight


@each_system
def test_organization_is_created_where_allowed(ways, way, acme):
    ways.claims = {"organization": "organization", "organization_name": "organization_name"}
    ways.limits = {"new_members": True}
    said = {"organization": "birch-7", "organization_name": " Birch \n Ltd "}
    assert user_of(getattr(ways, way)(KIM, **said)) is None
    assert not Organization.objects.filter(external_id="birch-7").exists()
    ways.limits["new_organizations"] = True
    assert page_of(getattr(ways, way)(KIM, **said)).status_code == 200
    assert Organization.objects.get(external_id="birch-7").name == "Birch Ltd"
    assert member_at("Birch Ltd").role.key == Role.MEMBER
    # Its name is the team's from then on.
    said["organization_name"] = "Something else"
    assert page_of(getattr(ways, way)("lee@acme.example", **said)).status_code == 200
    assert member_at("Birch Ltd", "lee@acme.example")
    assert Organization.objects.count() == 2


def test_organization_without_a_name_gets_its_external_id(ways):
    ways.limits = {"new_members": True, "new_organizations": True}
    ways.token(KIM, organization=42)
    assert member_at("42").organization.external_id == "42"


@pytest.mark.parametrize(
    "wanted", [" birch-7", "x" * 101, "a\u200bb", "a\x00b", "\ud800", "visitors"]
)
def test_unusable_external_id_creates_no_organization(client, home, settings, wanted):
    visitor = actions.save_visitor("lee@birch.example")
    visitor.organization.external_id = "visitors"
    visitor.organization.save()
    before = Organization.objects.count()
    limits = {"new_members": True, "new_organizations": True}
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [{**ISSUER, **limits}]}
    sent = forge(claims(KIM, organization=wanted))
    assert send_token(client, sent).status_code == 403
    assert Organization.objects.count() == before


def test_limits_apply_to_creating_organizations(ways):
    ways.limits = {"organizations": ["a", "b"], "new_members": True, "new_organizations": True}
    assert user_of(ways.token(KIM, organization="c")) is None
    assert not Organization.objects.exists()
    assert page_of(ways.token(KIM, organization="b")).status_code == 200


def test_confirmation_and_refusal_create_no_organization(ways, settings):
    settings.WAGTAIL_PORTAL = {
        "JWT_ISSUERS": [{**ISSUER, "new_members": True, "new_organizations": True}]
    }
    sent = token(KIM, organization="birch-7")
    assert send_token(Client(), sent, origin="").status_code == 200
    assert not Organization.objects.exists()
    staff = factories.staff("Support agents")
    assert send_token(Client(), token(staff.email, organization="birch-7")).status_code == 403
    assert not Organization.objects.exists()
    assert ModelLogEntry.objects.get(action="wagtail_portal.record_refusal")


# Roles


@each_system
def test_role_is_ignored_unless_the_site_allows_it(ways, way, acme):
    factories.organization("Birch", external_id="birch-7")
    ways.claims = {"role": "role"}
    ways.limits = {"organizations": ["birch-7"], "new_members": True}
    getattr(ways, way)(KIM, role="admin")
    assert member_at("Birch").role.key == Role.MEMBER
    ways.limits["roles"] = ["looker"]
    getattr(ways, way)("lee@acme.example", role="admin")
    assert member_at("Birch", "lee@acme.example").role.key == Role.MEMBER
    ways.limits["roles"] = ["admin", "member"]
    getattr(ways, way)("max@acme.example", role="admin")
    assert member_at("Birch", "max@acme.example").role.key == Role.ADMIN


@pytest.mark.parametrize("role", ["no-access", "nobody-knows", "Admin", "admin "])
def test_role_that_gives_no_access_or_does_not_exist_is_ignored(ways, role):
    Role.objects.filter(key=Role.NO_ACCESS).update(key="no-access")
    factories.organization("Birch", external_id="birch-7")
    ways.limits = {
        "organizations": ["birch-7"],
        "new_members": True,
        "roles": ["no-access", "nobody-knows", "admin"],
    }
    assert page_of(ways.token(KIM, role=role)).status_code == 200
    assert member_at("Birch").role.key == Role.MEMBER


def test_role_of_someone_who_joins_by_domain(ways, domain):  # noqa: F811
    ways.limits = {"roles": ["admin"]}
    ways.token(KIM, role="admin")
    assert member_at("Acme").role.key == Role.ADMIN


def test_later_tokens_change_roles_within_the_allowed_ones(ways, acme):
    kim = factories.member(acme, KIM)
    ways.limits = {"roles": ["admin", "member"]}
    for role in ("admin", "member"):
        ways.token(KIM, role=role)
        assert member_at("Acme").role.key == role
    ways.token(KIM)
    assert member_at("Acme").role.key == "member"
    # A role that the dashboard may not give, it may not take either.
    looker = Role.objects.create(key="looker", name="Looker", tickets="own")
    actions.change_role(kim, by=factories.SYSTEM, role=looker)
    ways.token(KIM, role="admin")
    assert member_at("Acme").role == looker
    # Nor does it give access back.
    actions.revoke_access(kim, by=factories.SYSTEM)
    assert user_of(ways.token(KIM, role="admin")) is None
    assert not member_at("Acme").role.gives_access


def test_role_applies_to_the_named_organization_only(ways, acme):
    birch = factories.organization("Birch", external_id="birch-7")
    for organization in (acme, birch):
        factories.member(organization, KIM)
    ways.limits = {"roles": ["admin", "member"]}
    ways.token(KIM, role="admin")
    assert {row.role.key for row in Member.objects.all()} == {"member"}
    ways.token(KIM, role="admin", organization="birch-7")
    assert [member_at(name).role.key for name in ("Acme", "Birch")] == ["member", "admin"]


@each_system
@pytest.mark.parametrize("value", [["admin", "member"], {"name": "admin"}, True])
def test_claims_that_are_not_text_are_refused(ways, way, acme, value):
    factories.member(acme, KIM)
    ways.claims = {"role": "role"}
    assert user_of(getattr(ways, way)(KIM, role=value)) is None


def test_linked_identity_without_an_address_cannot_join(ways, domain, acme):  # noqa: F811
    ways.openid(KIM)
    actions.revoke_access(member_at("Acme"), by=factories.SYSTEM)
    factories.organization("Birch", external_id="birch-7")
    EmailAddress.objects.all().delete()
    ways.limits = {"organizations": ["birch-7"], "new_members": True}
    browser = ways.openid(KIM, email_verified=False)
    assert user_of(browser) is None
    assert Member.objects.count() == 1
    assert SocialAccount.objects.count() == 1
