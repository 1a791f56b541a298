"""Sign in people with the claims of a token."""

from allauth.account.adapter import get_adapter
from allauth.account.models import Login
from django.db import transaction

from wagtail_portal.actions import create_member, record_sign_in, use_token
from wagtail_portal.models import Member, Organization
from wagtail_portal.permissions import Actor
from wagtail_portal.signin.allauth_internals import (
    perform_login,
    record_authentication,
    verify_email_indirectly,
)
from wagtail_portal.signin.identities import check_access, find_person
from wagtail_portal.signin.provisioning import prepare
from wagtail_portal.signin.refusals import Refused
from wagtail_portal.signin.sessions import MEMBER_SESSION_KEY

from .issuers import ISSUER_SESSION_KEY, Issuer
from .tokens import Claims


def check(issuer: Issuer, claims: Claims) -> None:
    """Check that the person would have access, without changing anything.

    :raises Refused: if not.
    """
    if not issuer.speaks_for(claims.email):
        raise Refused("domain", claims.email)
    organization = _organization(issuer, claims)
    check_access(
        claims.email,
        find_person(claims.email),
        organization=organization,
        organizations=issuer.organizations,
        new=issuer.new_members,
    )


def admit(issuer: Issuer, claims: Claims):
    """Return the user of the person, created if need be. Works once for each token.

    :raises Refused: if not.
    """
    with transaction.atomic():
        check(issuer, claims)
        if not use_token(issuer.key, claims.token_id, expires_at=claims.expires_at):
            raise Refused("replay", claims.email)
        organization = _organization(issuer, claims)
        prepare(claims.email)
        user = find_person(claims.email)
        if user is not None:
            record_sign_in(user, email=claims.email)
        if organization and not organization.members.filter(user=user).exists():
            member = create_member(
                organization,
                by=Actor.system(),
                email=claims.email,
                name=claims.name,
                notify=False,
            )
            user = member.user
            prepare(claims.email)
        return user


def sign_in(request, issuer: Issuer, claims: Claims, url: str):
    """Sign the person in, and redirect to ``url``, perhaps by way of a second factor.

    :raises Refused: if they do not come in.
    """
    user = admit(issuer, claims)
    if request.user.is_authenticated and request.user != user:
        get_adapter(request).logout(request)
    request.session[ISSUER_SESSION_KEY] = issuer.key
    if organization := _organization(issuer, claims):
        member = Member.objects.of_user(user).filter(organization=organization).first()
        request.session[MEMBER_SESSION_KEY] = member and member.pk
    record_authentication(request, user, method="jwt", email=claims.email, issuer=issuer.key)
    verify_email_indirectly(request, user, claims.email)
    return perform_login(request, Login(user=user, email=claims.email, redirect_url=url))


def _organization(issuer: Issuer, claims: Claims) -> Organization | None:
    """Return the organization in which the person acts, or None if nothing names one."""
    wanted = claims.organization
    if not wanted and len(issuer.organizations) == 1:
        wanted = issuer.organizations[0]
    if not wanted:
        return None
    found = Organization.objects.filter(external_id=wanted, key=None).first()
    allowed = not issuer.organizations or wanted in issuer.organizations
    # Some databases ignore case and trailing spaces in comparisons.
    if found is None or found.external_id != wanted or not allowed:
        raise Refused("organization", repr(wanted))
    return found
