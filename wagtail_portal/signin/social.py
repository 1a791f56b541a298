"""OpenID Connect and SAML through allauth's providers. Sites with an adapter of their own mix the
class in."""

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess

from wagtail_portal.actions import record_sign_in
from wagtail_portal.actions.people.provision_user import normalize_email
from wagtail_portal.exceptions import Invalid

from .adapter import is_staff
from .allauth_internals import verify_email_indirectly
from .identities import check_access, find_person
from .provisioning import prepare
from .refusals import Refused, refuse


class PortalSocialAccountAdapterMixin:
    """Sign in people only by an email address that the provider has verified, and never as staff:
    no other system can open the admin. There is no sign-up."""

    def is_open_for_signup(self, request, sociallogin):
        return False

    def is_auto_signup_allowed(self, request, sociallogin):
        return False

    def authenticate_by_email(self, sociallogin):
        # allauth would match the address without checking who the user is.
        return None

    def pre_social_login(self, request, sociallogin):
        super().pre_social_login(request, sociallogin)
        try:
            self._find_user(request, sociallogin)
        except Refused as error:
            raise self._refusal(request, sociallogin.provider, error, sociallogin.state) from error

    def on_authentication_error(self, request, provider, error=None, exception=None, **kwargs):
        problem = Refused("provider", f"{error} {type(exception).__name__} {exception}"[:300])
        raise self._refusal(request, provider, problem, {})

    def _find_user(self, request, sociallogin) -> None:
        addresses = _verified_addresses(sociallogin)
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            # A signed-in user connects another account; allauth checks whose it is.
            if is_staff(request.user):
                raise Refused("staff")
            return
        for email in addresses:
            self._check_domain(sociallogin, email)
        bounds = _settings(sociallogin).get("organizations", ())
        if sociallogin.is_existing:
            user = sociallogin.user
            if is_staff(user):
                raise Refused("staff", str(user.pk))
            email = next((row for row in addresses if find_person(row) == user), "")
            check_access(email, user, organizations=bounds)
        else:
            if not addresses:
                raise Refused("unverified" if sociallogin.email_addresses else "claims")
            email, user = _first_person(addresses)
            check_access(email, user, organizations=bounds)
            # Someone who was invited and has never signed in gets a user only now.
            prepare(email)
            user = find_person(email)
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
        # Some providers send the text "false", which is true in Python.
        if row.verified is True:
            try:
                found.append(normalize_email(row.email))
            except Invalid:
                continue
    return found


def _first_person(addresses: list[str]):
    people = [(email, find_person(email)) for email in addresses]
    return next((row for row in people if row[1]), people[0])


class PortalSocialAccountAdapter(PortalSocialAccountAdapterMixin, DefaultSocialAccountAdapter):
    """The adapter for sites without one of their own."""
