"""Sign in users with the claims of a token."""

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
from wagtail_portal.signin.identities import check_access, find_user
from wagtail_portal.signin.provisioning import provision_if_expected
from wagtail_portal.signin.refusals import Refused
from wagtail_portal.signin.sessions import MEMBER_SESSION_KEY

from .issuers import ISSUER_SESSION_KEY, Issuer
from .tokens import Claims


def check(issuer: Issuer, claims: Claims) -> None:
    """Check that the user of a token has access, without changing anything.

    :raises Refused: if they have no access.
    """
    if not issuer.speaks_for(claims.email):
        raise Refused("domain", claims.email)
    organization = _organization(issuer, claims)
    check_access(
        claims.email,
        find_user(claims.email),
        organization=organization,
        organizations=issuer.organizations,
        new=issuer.new_members,
    )


def admit(issuer: Issuer, claims: Claims):
    """Return the user of a token, created if necessary. Each token can be used once.

    :raises Refused: if they have no access.
    """
    with transaction.atomic():
        check(issuer, claims)
        if not use_token(issuer.key, claims.token_id, expires_at=claims.expires_at):
            raise Refused("replay", claims.email)
        organization = _organization(issuer, claims)
        provision_if_expected(claims.email)
        user = find_user(claims.email)
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
            provision_if_expected(claims.email)
        return user


def sign_in(request, issuer: Issuer, claims: Claims, url: str):
    """Sign in and redirect to ``url``, or to the page for a second factor.

    :raises Refused: if the user has no access.
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
    """Return the organization to sign in to, or None if neither the token nor the issuer names one.

    :raises Refused: if it doesn't exist, or the issuer may not sign in its members.
    """
    external_id = claims.organization
    if not external_id and len(issuer.organizations) == 1:
        external_id = issuer.organizations[0]
    if not external_id:
        return None
    found = Organization.objects.filter(external_id=external_id, key=None).first()
    allowed = not issuer.organizations or external_id in issuer.organizations
    # Some databases ignore case and trailing spaces in comparisons.
    if found is None or found.external_id != external_id or not allowed:
        raise Refused("organization", repr(external_id))
    return found
