"""The adapter for allauth's providers (OpenID Connect, SAML). Sites with their own adapter mix the
class in."""

from contextlib import suppress
from dataclasses import fields
from typing import Any

from allauth.account.utils import user_field
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from wagtail.models import Site

from wagtail_portal.models import memberships_of
from wagtail_portal.utils.email_addresses import normalize_address
from wagtail_portal.utils.text import clean_line, is_storable, storable
from wagtail_portal.utils.typing import Mixin

from .adapter import is_staff
from .addresses import verify_address
from .admission import admit, check
from .identities import find_user
from .limits import Identity, Limits
from .refusals import Refused, refuse
from .sessions import MEMBER_SESSION_KEY

#: What a provider may say about a user, by the name of one of its claims.
CLAIMS = ("organization", "organization_name", "role")


class PortalSocialAccountAdapterMixin(Mixin):
    """Sign in users only by an email address that the provider has verified, and never as staff,
    so that no other system gives access to the admin. There is no sign-up."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def authenticate_by_email(self, sociallogin: Any) -> Any:
        # allauth would match the address without checking access.
        return None

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict) -> Any:
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

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        super().pre_social_login(request, sociallogin)
        try:
            self._connect_user(request, sociallogin)
        except Refused as error:
            raise self._refusal(request, sociallogin.provider, error, sociallogin.state) from error

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        **kwargs: Any,
    ) -> None:
        said = [error, exception and f"{type(exception).__name__} {exception}"]
        said.append((kwargs.get("extra_context") or {}).get("saml_last_error_reason"))
        detail = clean_line(" ".join(str(part) for part in said if part))
        raise self._refusal(request, provider, Refused("provider", detail[:300]), {})

    def _connect_user(self, request: HttpRequest, sociallogin: Any) -> None:
        addresses = _verified_addresses(sociallogin)
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            # A signed-in user is connecting an account; allauth checks that it's theirs.
            if is_staff(request.user):
                raise Refused("staff")
            return
        limits, site = _limits(sociallogin), Site.find_for_request(request)
        for email in addresses:
            if not limits.speaks_for(email):
                raise Refused("domain", email)
        if sociallogin.is_existing:
            user = sociallogin.user
            if is_staff(user):
                raise Refused("staff", str(user.pk))
            email = next((row for row in addresses if find_user(row) == user), "")
            identity = _identity(sociallogin, email)
            user, organization = admit(limits, identity, site=site, user=user)
        else:
            if not addresses:
                raise Refused("unverified" if sociallogin.email_addresses else "claims")
            users = {email: find_user(email) for email in addresses}
            known = [email for email in addresses if users[email]]
            email = _first_with_access(sociallogin, limits, known or addresses, site)
            identity = _identity(sociallogin, email)
            user, organization = admit(limits, identity, site=site)
            sociallogin.connect(request, user)
        if organization:
            found = memberships_of(user, organization)
            request.session[MEMBER_SESSION_KEY] = found[0].pk if found else None
        if email:
            verify_address(request, user, email)

    def _refusal(
        self, request: HttpRequest, provider: Any, error: Refused, state: dict
    ) -> ImmediateHttpResponse:
        name = str(getattr(provider, "name", "") or provider)
        target = state.get("next") or ""
        return ImmediateHttpResponse(refuse(request, error, provider=name, return_to=target))


def _settings(sociallogin: Any) -> dict:
    """Return the site's settings for this provider."""
    app = getattr(sociallogin.provider, "app", None)
    return (app.settings or {}).get("portal", {}) if app else {}


def _limits(sociallogin: Any) -> Limits:
    """Return what the site's settings allow this provider."""
    found: dict[str, Any] = {}
    given = _settings(sociallogin)
    for field in fields(Limits):
        if field.name in given:
            value = given[field.name]
            # A text would otherwise be searched for parts of it.
            is_list = isinstance(field.default, tuple)
            found[field.name] = (value,) if is_list and isinstance(value, str) else value
    return Limits(**found)


def _identity(sociallogin: Any, email: str) -> Identity:
    """Return what the provider says about the user, as far as the settings name its claims."""
    names = _settings(sociallogin).get("claims", {})
    data = sociallogin.account.extra_data
    # OpenID Connect has two parts.
    parts = [data.get("userinfo"), data.get("id_token"), data]
    parts = [part for part in parts if isinstance(part, dict)]
    said = {}
    for name in CLAIMS:
        claim = names.get(name)
        value = next((part[claim] for part in parts if claim in part), "") if claim else ""
        # SAML's attributes are lists.
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not isinstance(value, str) and not is_number:
            raise Refused("claims", f"'{claim}' is not a text")
        said[name] = str(value)
    person = (user_field(sociallogin.user, name) for name in ("first_name", "last_name"))
    return Identity(email=email, name=" ".join(filter(None, person)), **said)


def _first_with_access(sociallogin: Any, limits: Limits, addresses: list[str], site: Any) -> str:
    """Return the first of the addresses by which the user has access, or else the first."""
    for email in addresses:
        with suppress(Refused):
            check(limits, _identity(sociallogin, email), site=site)
            return email
    return addresses[0]


def _verified_addresses(sociallogin: Any) -> list[str]:
    found = []
    for row in sociallogin.email_addresses:
        # Some providers send the string "false", which is truthy.
        if row.verified is True:
            with suppress(ValidationError):
                found.append(normalize_address(row.email))
    return found


class PortalSocialAccountAdapter(PortalSocialAccountAdapterMixin, DefaultSocialAccountAdapter):
    """The adapter for sites without their own."""
