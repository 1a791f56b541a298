"""Serve a table of routes, whose views are ordinary callables, from a page."""

from functools import partial

from django.urls.resolvers import RoutePattern
from wagtail.contrib.routable_page.models import RoutablePageMixin

from wagtail_portal.portal_urls import page_models


class RoutesMixin(RoutablePageMixin):
    """Mix into a page class that has ``portal_routes``, a list as in a ``urls.py``.

    Methods with one of Wagtail's ``path`` decorators come before the list, and can replace a route.
    """

    portal_routes = []

    @classmethod
    def get_subpage_urls(cls):
        """Return the site's own routes, then those of the table."""
        # Wagtail's mixin has a route for the page itself, which we replace.
        own = [row for row in super().get_subpage_urls() if row.name != "index_route"]
        return (*own, *cls.portal_routes)

    def resolve_subpage(self, path):
        """Find the view for a path below this page, ready to be called with the request."""
        match = self.get_resolver().resolve(path)
        if hasattr(match.func, "_routablepage_routes"):
            match.func = match.func.__get__(self, type(self))
        else:
            match.func = partial(call_view, match.func, self)
        return match


def call_view(view, page, request, *args, **kwargs):
    """Call a view of the table, which takes the request first."""
    return view(request, page, *args, **kwargs)


def reserved_slugs() -> set[str]:
    """Return the slugs that a route of any portal home of the project has taken."""
    routes = [row for home in page_models("home") for row in home.get_subpage_urls()]
    starts = (
        row.pattern._route.partition("/")[0]
        for row in routes
        if isinstance(row.pattern, RoutePattern)
    )
    return {start for start in starts if start and "<" not in start}
