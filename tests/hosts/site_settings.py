"""Settings of the example site on several hosts, which share the cache."""

from example_site.settings.demo import *  # noqa: F403
from example_site.settings.demo import WAGTAIL_PORTAL

DEBUG = False

WAGTAIL_PORTAL = WAGTAIL_PORTAL | {"UPLOADS_PER_HOUR": 2}
