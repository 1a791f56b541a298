"""Serve a table of routes, whose views are ordinary callables, from a page."""

from contextlib import suppress
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RoutePattern
from django.utils import translation
from django.utils.functional import Promise
from django.utils.regex_helper import normalize
from wagtail.contrib.routable_page.models import RoutablePageMixin

from wagtail_portal.portal_urls import page_models


class RoutesMixin(RoutablePageMixin):
    """Mix into a page class that has ``portal_routes``, a list as in a ``urls.py``.

    Methods with one of Wagtail's ``path`` decorators come before the list, and can replace a route.
    """

    portal_routes: list = []

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


def routed_view(view):
    """Return the view of the table that was prepared to be called with its page."""
    return view.args[0] if isinstance(view, partial) and view.args else view


def is_reserved(slug: str) -> bool:
    """Return whether a page with that slug below a portal home of the project could hide a route,
    or couldn't be reached because of one."""
    return any(_takes(row, slug) for home in page_models("home") for row in home.get_subpage_urls())


def _takes(route, slug: str) -> bool:
    with suppress(Resolver404):
        if route.resolve(f"{slug}/"):
            return True
    # "tickets/" itself may lead nowhere, but what is below it belongs to the portal.
    return slug in _first_parts(route.pattern)


def _first_parts(pattern) -> set[str]:
    """Return the first parts of the paths that a route matches, unless they have parameters."""
    if not isinstance(pattern, RoutePattern):
        paths = [path for path, _names in normalize(pattern.regex.pattern)]
        return {path.partition("/")[0] for path in paths if "/" in path} - {""}
    # A path can be translated.
    languages = [code for code, _name in settings.LANGUAGES]
    path: Any = cast(Any, pattern)._route
    languages = languages if isinstance(path, Promise) else languages[:1]
    found = set()
    for code in languages:
        with translation.override(code):
            found.add(str(path).partition("/")[0])
    return {part for part in found if part and "<" not in part}
