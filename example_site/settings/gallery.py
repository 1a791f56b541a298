"""Settings for screenshots and browser tests: the demo with a strict policy."""

from example_site.strictest_csp import POLICY

from . import demo
from .demo import *  # noqa: F403
from .demo import MIDDLEWARE

STRICTEST_CSP = POLICY

MIDDLEWARE = ["example_site.strictest_csp.StrictestPolicyMiddleware", *MIDDLEWARE]

# Everyone uses the same machine here and signs in repeatedly.
_rates = {"request_login_code": "1000/m/ip,9000/h/ip,1000/m/key,9000/h/key"}
WAGTAIL_PORTAL = getattr(demo, "WAGTAIL_PORTAL", {}) | {"SIGN_IN": {"RATE_LIMITS": _rates}}

# A script can publish while Wagtail is autosaving, and is then asked whether to overwrite the
# autosaved draft. People are slower.
WAGTAIL_AUTOSAVE_INTERVAL = 0
