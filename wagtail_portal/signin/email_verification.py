"""Sign in visitors who verify their email address after sending a form."""

from allauth.account.models import Login

from wagtail_portal import conf
from wagtail_portal.actions import record_sign_in
from wagtail_portal.models import Member, memberships_of

from .adapter import is_staff
from .addresses import verify_address
from .allauth_internals import perform_login, record_authentication
from .provisioning import find_active_owner, provision_if_expected
from .scope import portal_scope


def member_of(email: str, *, site) -> Member | None:
    """Record that an email address was verified, and return the membership of its user, who may
    have joined by domain just now.

    Returns None for staff unless they may use codes, as access to a mailbox must not be enough.

    :param site: the site where the code was entered.
    """
    provision_if_expected(email, site=site)
    user = find_active_owner(email)
    if user is None or is_staff(user) and not conf.AGENTS_MAY_USE_CODES:
        return None
    record_sign_in(user, email=email, site=site)
    return next(iter(memberships_of(user)), None)


def sign_in(request, user, email: str, url: str):
    """Sign in like after one of allauth's own codes, including second factors."""
    with portal_scope(request):
        record_authentication(request, user, method="code", email=email)
        verify_address(request, user, email)
        return perform_login(request, Login(user=user, email=email, redirect_url=url))
