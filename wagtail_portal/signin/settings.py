"""allauth's settings for the portal's sign-in. They don't change the rest of the site."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist

from wagtail_portal import conf

_FORMS = "wagtail_portal.signin.forms"

#: allauth's ``ACCOUNT_`` settings. ``WAGTAIL_PORTAL["SIGN_IN"]`` overrides them.
ACCOUNT = {
    "ADAPTER": "wagtail_portal.signin.adapter.PortalAccountAdapter",
    "FORMS": {
        "login": f"{_FORMS}.PortalLoginForm",
        "request_login_code": f"{_FORMS}.PortalRequestCodeForm",
        "confirm_login_code": f"{_FORMS}.PortalConfirmCodeForm",
        "confirm_reauthentication_code": f"{_FORMS}.PortalConfirmCodeForm",
    },
    "AUTHENTICATED_LOGIN_REDIRECTS": True,
    "EMAIL_UNKNOWN_ACCOUNTS": False,
    "EMAIL_VERIFICATION": "mandatory",
    "EMAIL_VERIFICATION_BY_CODE_ENABLED": True,
    "LOGIN_BY_CODE_ENABLED": True,
    "LOGIN_BY_CODE_MAX_ATTEMPTS": 5,
    "LOGIN_BY_CODE_REQUIRED": False,
    "LOGIN_BY_CODE_SUPPORTS_RESEND": True,
    "LOGIN_BY_CODE_TIMEOUT": 15 * 60,
    "LOGIN_BY_CODE_TRUST_ENABLED": False,
    "LOGIN_METHODS": {"email"},
    "LOGIN_TIMEOUT": 15 * 60,
    "LOGOUT_ON_GET": False,
    "PREVENT_ENUMERATION": True,
    "RATE_LIMITS": {"request_login_code": "20/m/ip,200/h/ip,3/m/key,10/h/key"},
    "SESSION_REMEMBER": None,
    "SIGNUP_FIELDS": ["email*"],
    "TEMPLATE_EXTENSION": "html",
}
#: The same for its ``SOCIALACCOUNT_`` settings and ``WAGTAIL_PORTAL["SOCIAL_SIGN_IN"]``.
SOCIAL = {
    "ADAPTER": "wagtail_portal.signin.social.PortalSocialAccountAdapter",
    "LOGIN_ON_GET": False,
    "ONLY": False,
}
#: Settings of which a site changes single keys.
MERGED = ("FORMS", "RATE_LIMITS")


def portal_settings(prefix: str) -> dict:
    """Return the settings that the portal has for itself, by their names without the prefix.

    :param prefix: ``"ACCOUNT_"`` or ``"SOCIALACCOUNT_"``.
    """
    if prefix == "SOCIALACCOUNT_":
        return SOCIAL | conf.SOCIAL_SIGN_IN
    found = ACCOUNT | _username_field(portal=True) | conf.SIGN_IN
    for name in MERGED:
        if isinstance(found[name], dict):
            found[name] = ACCOUNT[name] | found[name]
    return found


def site_settings(prefix: str) -> dict:
    """Return what the site needs because of the portal: its authentication backend looks for a
    field ``username``, which breaks the sign-in of a site whose users have none."""
    return _username_field(portal=False) if prefix == "ACCOUNT_" else {}


def _username_field(*, portal: bool) -> dict:
    user_model = get_user_model()
    if hasattr(settings, "ACCOUNT_USER_MODEL_USERNAME_FIELD"):
        return {}
    try:
        user_model._meta.get_field("username")
    except FieldDoesNotExist:
        name = user_model.USERNAME_FIELD
        # In the portal, no one has a name for signing in besides the email address.
        is_email = name == user_model.get_email_field_name()
        return {"USER_MODEL_USERNAME_FIELD": None if portal and is_email else name}
    return {}


def code_minutes() -> int:
    """Return for how many minutes a code is valid."""
    return portal_settings("ACCOUNT_")["LOGIN_BY_CODE_TIMEOUT"] // 60
