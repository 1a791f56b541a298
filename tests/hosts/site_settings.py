"""Settings of the example site on several hosts: as in production, they share a cache.

``REDIS_URL`` is the cache's server; without it, the cache is a table of the database.
"""

import os

from example_site.settings.demo import *  # noqa: F403
from example_site.settings.demo import WAGTAIL_PORTAL

DEBUG = False

WAGTAIL_PORTAL = WAGTAIL_PORTAL | {"UPLOADS_PER_HOUR": 2}

if redis_url := os.environ.get("REDIS_URL"):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": os.environ["CACHE_PREFIX"],
        }
    }
