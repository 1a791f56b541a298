"""Keep forms that only some may see out of everything that lists the site's public pages.

Wagtail's APIs and sitemaps, and a site's own search and menus, would publish the titles of forms
that only customers may see: they know only Wagtail's own privacy.
"""

from functools import wraps
from importlib import import_module

from django.apps import apps
from django.db.models import Q
from wagtail.query import PageQuerySet

from wagtail_portal.portal_urls import page_models

from .ticket_form.audience import Audience

#: By app: the module and the function or method that finds the public pages.
SOURCES = {
    "wagtail.api.v2": ("wagtail.api.v2.views", "PagesAPIViewSet", "get_base_queryset"),
    "wagtail.api.v3": ("wagtail.api.v3.querysets", "", "get_public_pages_queryset"),
}


def hide_private_forms() -> None:
    """Leave out forms that aren't for anyone of ``public()``, as of private pages, and of the APIs
    that the site has installed, which don't call it."""
    if not hasattr(PageQuerySet.private_q, "__wrapped__"):
        PageQuerySet.private_q = _with_private_forms(PageQuerySet.private_q)
    for app, (module, owner, name) in SOURCES.items():
        if apps.is_installed(app):
            place = import_module(module)
            place = getattr(place, owner) if owner else place
            setattr(place, name, _without_private_forms(getattr(place, name)))


def _private_forms() -> Q:
    """Return the condition of a form that isn't for anyone."""
    found = Q(pk__in=[])
    for model in page_models("form"):
        # Their keys, because search engines can't look them up.
        private = model.objects.exclude(audience=Audience.ANYONE)
        found |= Q(pk__in=list(private.values_list("pk", flat=True)))
    return found


def _with_private_forms(private_q):
    @wraps(private_q)
    def with_private_forms(self):
        return private_q(self) | _private_forms()

    return with_private_forms


def _without_private_forms(find_pages):
    @wraps(find_pages)
    def find_public_pages(*args, **kwargs):
        return find_pages(*args, **kwargs).exclude(_private_forms())

    return find_public_pages
