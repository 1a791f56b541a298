"""Tell the team how someone signs in."""

from django.apps import apps
from django.contrib.auth.hashers import is_password_usable
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from wagtail_portal.models.addresses import sign_in_methods_requested
from wagtail_portal.utils.humanize import comma_list

from .sessions import APP, USER_SESSION


def connect() -> None:
    """Answer the desk's question of how someone signs in."""
    uid = "wagtail_portal.signin.methods"
    sign_in_methods_requested.connect(on_sign_in_methods_requested, dispatch_uid=uid)


def on_sign_in_methods_requested(*, user, **kwargs) -> list[str]:
    """Return how a user signs in, as sentences without a full stop. At most three queries."""
    found = [gettext("A code sent by email")]
    if is_password_usable(user.password):
        found.append(gettext("A password"))
    if providers := _providers(user):
        found.append(comma_list(providers))
    if apps.is_installed("allauth.mfa"):
        rows = apps.get_model("mfa.Authenticator").objects.filter(user=user)
        # Recovery codes alone aren't a second factor.
        if rows.exclude(type="recovery_codes").exists():
            found.append(gettext("With a second factor"))
    if apps.is_installed(APP):
        number = apps.get_model(USER_SESSION).objects.filter(user=user).count()
        if number:
            text = ngettext("%(number)s signed-in device", "%(number)s signed-in devices", number)
            found.append(text % {"number": number_format(number)})
    return found


def _providers(user) -> list[str]:
    if not apps.is_installed("allauth.socialaccount"):
        return []
    accounts = apps.get_model("socialaccount.SocialAccount").objects.filter(user=user)
    return sorted({account.get_provider().name for account in accounts})
