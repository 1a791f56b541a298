"""The URLs of the portal and of the desk, as they're registered."""

from dataclasses import dataclass
from urllib.parse import quote

from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

from wagtail_portal.pages.routes import portal_routes


@dataclass(frozen=True)
class Route:
    """A URL: its ``template`` has a placeholder for each of ``params``.

    ``place`` is ``"portal"``, ``"accounts"``, ``"admin"`` or the namespace of a viewset.
    """

    place: str
    name: str
    template: str
    params: tuple[str, ...]

    @property
    def model_name(self) -> str:
        """The model of a snippet's views; "" for other URLs."""
        return self.place.rpartition("wagtail_portal_")[2] if "snippet" in self.place else ""

    def path(self, values: dict) -> str:
        """Return the path with these values, whether or not a converter accepts them."""
        return self.template % {name: quote(str(values[name]), safe="") for name in self.params}


def _named(resolver, place: str, prefix: str):
    for name, forms in resolver.reverse_dict.lists():
        for template, params in (pair for possibilities, *_rest in forms for pair in possibilities):
            if isinstance(name, str):
                yield Route(place, name, prefix + template, tuple(params))


def portal_pages() -> list[Route]:
    """Return the routes below the portal home at ``/support/``."""
    resolver = URLResolver(RegexPattern(r"^"), portal_routes)
    return list(_named(resolver, "portal", "/support/"))


def sign_in_urls() -> list[Route]:
    """Return the URLs that a site includes at ``/accounts/``."""
    return list(_named(get_resolver("wagtail_portal.urls"), "accounts", "/accounts/"))


def desk_urls() -> list[Route]:
    """Return the URLs that are registered outside of Wagtail's own viewsets."""
    found = _named(get_resolver("wagtail.admin.urls"), "admin", "/admin/")
    return [route for route in found if route.name.startswith("wagtail_portal")]


def viewset_urls() -> list[Route]:
    """Return the URLs of the portal's snippets and choosers in the admin."""
    return [
        route
        for namespace, (prefix, resolver) in get_resolver(
            "wagtail.admin.urls"
        ).namespace_dict.items()
        if "wagtail_portal_" in namespace
        for route in _named(resolver, namespace, f"/admin/{prefix}")
    ]
