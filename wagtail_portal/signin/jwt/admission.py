"""Sign in users with the claims of a token."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import Login
from django.db import transaction
from wagtail.models import Site

from wagtail_portal.actions import use_token, was_signed_out
from wagtail_portal.models import memberships_of
from wagtail_portal.signin import admission
from wagtail_portal.signin.addresses import verify_address
from wagtail_portal.signin.allauth_internals import perform_login, record_authentication
from wagtail_portal.signin.refusals import Refused
from wagtail_portal.signin.sessions import MEMBER_SESSION_KEY

from .issuers import Issuer
from .sessions import begin, opened_by
from .tokens import Claims


def check(request, issuer: Issuer, claims: Claims) -> None:
    """Check that the user of a token has access, without changing anything.

    :raises Refused: if they have no access.
    """
    who: dict[str, Any] = {
        "subject": claims.subject,
        "sid": claims.sid,
        "issued_at": claims.issued_at,
    }
    if was_signed_out(issuer=issuer.key, **who):
        raise Refused("signed_out", claims.email)
    admission.check(issuer, claims, site=Site.find_for_request(request))


def sign_in(request, issuer: Issuer, claims: Claims, url: str):
    """Sign in and redirect to ``url``, or to the page for a second factor. Each token can be used
    once.

    :raises Refused: if the user has no access.
    """
    try:
        with transaction.atomic():
            check(request, issuer, claims)
            if not use_token(issuer.key, claims.token_id, expires_at=claims.expires_at):
                raise Refused("replay", claims.email)
            site = Site.find_for_request(request)
            user, organization = admission.admit(issuer, claims, site=site)
    except Refused:
        opened = opened_by(request)
        if opened and opened["issuer"] == issuer.key and opened["subject"] != claims.subject:
            # Someone else uses the dashboard in this browser now.
            get_adapter(request).logout(request)
        raise
    if request.user.is_authenticated and request.user != user:
        get_adapter(request).logout(request)
    begin(request, issuer, claims, user)
    if organization:
        found = memberships_of(user, organization)
        request.session[MEMBER_SESSION_KEY] = found[0].pk if found else None
    record_authentication(request, user, method="jwt", email=claims.email, issuer=issuer.key)
    verify_address(request, user, claims.email)
    return perform_login(request, Login(user=user, email=claims.email, redirect_url=url))
