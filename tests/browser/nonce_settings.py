"""Settings of the example site with a policy in which only scripts and style sheets with the nonce
of the page are loaded."""

from example_site.settings.gallery import *  # noqa: F403
from example_site.settings.gallery import MIDDLEWARE

MIDDLEWARE = [
    "tests.browser.nonce_policy.NoncePolicyMiddleware" if "StrictestPolicy" in name else name
    for name in MIDDLEWARE
]
