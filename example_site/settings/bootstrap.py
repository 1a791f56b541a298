"""The demo with a second look: the portal's pages extend the base template of a Bootstrap site."""

from .demo import *  # noqa: F403
from .demo import INSTALLED_APPS, TEMPLATES

# Before the portal and the marketing pages, whose templates it overrides.
INSTALLED_APPS = ["example_site.bootstrap", *INSTALLED_APPS]

TEMPLATES[0]["OPTIONS"]["context_processors"].append("wagtail_portal.context_processors.portal")
