"""What a site's own templates can show of the portal, on every page."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from wagtail_portal.pages.layout import layout_for


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return ``portal``, the :class:`~wagtail_portal.pages.layout.Layout` of the response.

    ``wagtail_portal/base.html`` can then extend a template of the site. Nothing is loaded before a
    template uses it.
    """
    return {"portal": SimpleLazyObject(lambda: layout_for(request))}
