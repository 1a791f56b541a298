"""How a page serves a table of routes whose views are ordinary callables."""

from functools import partial

from django.urls.resolvers import RoutePattern
from wagtail.contrib.routable_page.models import RoutablePageMixin


class RoutesMixin(RoutablePageMixin):
    """Mix into a page class that has ``portal_routes``, a list as in a ``urls.py``.

    A method with one of Wagtail's ``path`` decorators comes before the table, so that a site can
    replace a route as well as add one.
    """

    portal_routes = []

    @classmethod
    def get_subpage_urls(cls):
        """Return the site's own routes, then those of the table."""
        # The one that Wagtail's mixin brings along stands for the page itself, as ours does.
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


def reserved_slugs(routes) -> set[str]:
    """Return what the first part of an address beneath the page is in ``routes``, which no child
    page can have as its slug."""
    starts = (
        row.pattern._route.partition("/")[0]
        for row in routes
        if isinstance(row.pattern, RoutePattern)
    )
    return {start for start in starts if start and "<" not in start}
