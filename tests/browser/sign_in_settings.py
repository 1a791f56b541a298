"""Settings of the example site with every sign-in method enabled.

``OPENID_PROVIDER`` is the URL of the OpenID provider.
"""

import os

from example_site.settings.gallery import *  # noqa: F403
from example_site.settings.gallery import INSTALLED_APPS
from example_site.strictest_csp import POLICY
from tests.signin.provider import CLIENT

# As documented: the sign-in form redirects to the provider, and the QR code for authenticator apps
# is part of the page.
STRICTEST_CSP = (
    POLICY.replace("form-action 'self'", f"form-action 'self' {os.environ['OPENID_PROVIDER']}")
    + "; img-src 'self' data:"
)

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django.contrib.humanize",
]
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
# The site is served over plain HTTP on loopback.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
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
