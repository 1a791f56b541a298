"""Keep the portal's private forms out of Wagtail's public APIs.

They list every page without a view restriction, so they would publish the titles of forms that only
customers may see.
"""

from functools import wraps
from importlib import import_module

from django.apps import apps

from wagtail_portal.portal_urls import page_models

from .ticket_form.audience import Audience

#: By app: the module and the function or method that finds the public pages.
SOURCES = {
    "wagtail.api.v2": ("wagtail.api.v2.views", "PagesAPIViewSet", "get_base_queryset"),
    "wagtail.api.v3": ("wagtail.api.v3.querysets", "", "get_public_pages_queryset"),
}


def hide_private_forms() -> None:
    """Leave out forms that aren't for anyone, for the APIs that the site has installed."""
    for app, (module, owner, name) in SOURCES.items():
        if apps.is_installed(app):
            place = import_module(module)
            place = getattr(place, owner) if owner else place
            setattr(place, name, _without_private_forms(getattr(place, name)))


def _without_private_forms(find_pages):
    @wraps(find_pages)
    def find_public_pages(*args, **kwargs):
        pages = find_pages(*args, **kwargs)
        for model in page_models("form"):
            private = model.objects.exclude(audience=Audience.ANYONE)
            pages = pages.exclude(pk__in=private.values("pk"))
        return pages

    return find_public_pages
