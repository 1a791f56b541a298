"""The example site with every way to sign in that a site may switch on; OPENID_PROVIDER is the
address of a provider."""

import os

from example_site.settings.gallery import *  # noqa: F403
from example_site.settings.gallery import INSTALLED_APPS
from tests.signin.provider import CLIENT

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django.contrib.humanize",
]
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
# The address is plain http on loopback.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
SOCIALACCOUNT_ADAPTER = "wagtail_portal.signin.social.PortalSocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "acme",
                "name": "Acme Identity",
                **CLIENT,
                "settings": {"server_url": os.environ["OPENID_PROVIDER"], "portal": {}},
            }
        ]
    }
}
