"""The adapter for allauth's providers (OpenID Connect, SAML). Sites with their own adapter mix the
class in."""

from contextlib import suppress

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess

from wagtail_portal.actions import record_sign_in
from wagtail_portal.actions.people.provision_user import normalize_email
from wagtail_portal.exceptions import Invalid
from wagtail_portal.utils.text import is_storable, storable

from .adapter import is_staff
from .allauth_internals import verify_email_indirectly
from .identities import check_access, find_user
from .provisioning import provision_if_expected
from .refusals import Refused, refuse


class PortalSocialAccountAdapterMixin:
    """Sign in users only by an email address that the provider has verified, and never as staff,
    so that no other system gives access to the admin. There is no sign-up."""

    def is_open_for_signup(self, request, sociallogin):
        return False

    def is_auto_signup_allowed(self, request, sociallogin):
        return False

    def authenticate_by_email(self, sociallogin):
        # allauth would match the address without checking access.
        return None

    def populate_user(self, request, sociallogin, data):
        account = sociallogin.account
        max_length = account._meta.get_field("uid").max_length
        # allauth looks it up next.
        if not is_storable(account.uid) or len(account.uid) > max_length:
            error = Refused("claims", "The user’s ID is too long or contains an invalid character.")
            raise self._refusal(request, sociallogin.provider, error, {})
        account.extra_data = storable(account.extra_data)
        rows = sociallogin.email_addresses
        sociallogin.email_addresses = [row for row in rows if is_storable(row.email)]
        return super().populate_user(request, sociallogin, storable(data))

    def pre_social_login(self, request, sociallogin):
        super().pre_social_login(request, sociallogin)
        try:
            self._connect_user(request, sociallogin)
        except Refused as error:
            raise self._refusal(request, sociallogin.provider, error, sociallogin.state) from error

    def on_authentication_error(self, request, provider, error=None, exception=None, **kwargs):
        problem = Refused("provider", f"{error} {type(exception).__name__} {exception}"[:300])
        raise self._refusal(request, provider, problem, {})

    def _connect_user(self, request, sociallogin) -> None:
        addresses = _verified_addresses(sociallogin)
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            # A signed-in user is connecting an account; allauth checks that it's theirs.
            if is_staff(request.user):
                raise Refused("staff")
            return
        for email in addresses:
            self._check_domain(sociallogin, email)
        organizations = _settings(sociallogin).get("organizations", ())
        if sociallogin.is_existing:
            user = sociallogin.user
            if is_staff(user):
                raise Refused("staff", str(user.pk))
            email = next((row for row in addresses if find_user(row) == user), "")
            check_access(email, user, organizations=organizations)
        else:
            if not addresses:
                raise Refused("unverified" if sociallogin.email_addresses else "claims")
            users = [(email, find_user(email)) for email in addresses]
            email, user = next((row for row in users if row[1]), users[0])
            check_access(email, user, organizations=organizations)
            # Invited people who have never signed in don't have a user yet.
            provision_if_expected(email)
            user = find_user(email)
            sociallogin.connect(request, user)
        record_sign_in(user, email=email)
        if email:
            verify_email_indirectly(request, user, email)

    def _check_domain(self, sociallogin, email: str) -> None:
        domains = _settings(sociallogin).get("domains", ())
        if domains and email.rpartition("@")[2] not in {name.lower() for name in domains}:
            raise Refused("domain", email)

    def _refusal(self, request, provider, error: Refused, state: dict) -> ImmediateHttpResponse:
        name = str(getattr(provider, "name", "") or provider)
        target = state.get("next") or ""
        return ImmediateHttpResponse(refuse(request, error, provider=name, return_to=target))


def _settings(sociallogin) -> dict:
    """Return the site's settings for this provider."""
    app = getattr(sociallogin.provider, "app", None)
    return (app.settings or {}).get("portal", {}) if app else {}


def _verified_addresses(sociallogin) -> list[str]:
    found = []
    for row in sociallogin.email_addresses:
        # Some providers send the string "false", which is truthy.
        if row.verified is True:
            with suppress(Invalid):
                found.append(normalize_email(row.email))
    return found


class PortalSocialAccountAdapter(PortalSocialAccountAdapterMixin, DefaultSocialAccountAdapter):
    """The adapter for sites without their own."""
