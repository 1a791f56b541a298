"""The demo as a browser of any language sees it, on a careful site: for screenshots and for what is
tried in a browser."""

from example_site.strictest_csp import POLICY

from .demo import *  # noqa: F403
from .demo import MIDDLEWARE

STRICTEST_CSP = POLICY

_after = MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware") + 1
MIDDLEWARE = [
    "example_site.strictest_csp.StrictestPolicyMiddleware",
    *MIDDLEWARE[:_after],
    "django.middleware.locale.LocaleMiddleware",
    *MIDDLEWARE[_after:],
]

# Everybody sits at the same machine here, and signs in again and again.
ACCOUNT_RATE_LIMITS = {"request_login_code": "1000/m/ip,9000/h/ip,1000/m/key,9000/h/key"}

# A script publishes faster than a person could, into the middle of what the editor saves by itself;
# Wagtail then asks whether to overwrite what it has just saved.
WAGTAIL_AUTOSAVE_INTERVAL = 0
