"""Find the portal home of a request, and whether it's private, with one query.

Wagtail would load each page from the site's root page down to the portal home, first as a page and
then as its own model, and ask for the privacy of all of them.
"""

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.http.request import split_domain_port
from django.urls import reverse
from wagtail.models import PageViewRestriction, Site

from wagtail_portal.compat import AbstractPage, page_model
from wagtail_portal.utils.prepared import prepared
from wagtail_portal.utils.typing import Mixin

#: The models and primary keys of portal homes by where Wagtail found them: the paths of their
#: parents, and their slugs. It's only a hint: what is there now is read from the database.
_seen: dict[tuple[str, str], tuple[type, int]] = {}


def remember(home) -> None:
    """Look for ``home`` in the same place with the next request."""
    if len(_seen) < 1000:
        _seen[_place(home)] = (type(home), home.pk)


def _place(page) -> tuple[str, str]:
    return page.path[: -AbstractPage.steplen], page.slug


def _paths_to(path: str) -> list[str]:
    """Return the paths of a page and its ancestors."""
    return [path[:end] for end in range(AbstractPage.steplen, len(path) + 1, AbstractPage.steplen)]


def find_route(request, path: str) -> None:
    """Route a request to the portal home, if it's a child of the site's root page. Wagtail finds
    the result in the request, or else routes it as usual."""
    if hasattr(request, "_wagtail_route_for_request") or not _routes_usually():
        return
    slug, *rest = [part for part in path.split("/") if part] or [""]
    site = _find_site(request)
    place = (site.root_page.path, slug) if site else None
    if place not in _seen or not _is_wagtails(site.root_page.specific_class, "route"):
        return
    model, pk = _seen[place]
    home = next(iter(_home(model, pk, tuple(_paths_to(place[0])))), None)
    if home is None or _place(home) != place:
        return
    home.is_unrestricted = is_unrestricted(home)
    try:
        request._wagtail_route_for_request = home.route(request, rest)
    except Http404:
        request._wagtail_route_for_request = None


def _find_site(request) -> Any:
    """Return what ``Site.find_for_request`` does, for this request and for Wagtail."""
    if not hasattr(request, "_wagtail_site"):
        name = split_domain_port(request._get_raw_host())[0]
        request._wagtail_site = best_site(_sites(name), name, request.get_port())
    return request._wagtail_site


@prepared
def _sites(hostname: str):
    found = Site.objects.filter(Q(hostname=hostname) | Q(is_default_site=True))
    return found.order_by().select_related("root_page")


def best_site(sites: list, hostname: str, port: str) -> Any:
    """Return the site that Wagtail's ``get_site_for_hostname`` chooses, or None.

    :param sites: all with that hostname, and the default one.
    """
    named = [site for site in sites if site.hostname == hostname]
    for site in named:
        if str(site.port) == port:
            return site
    default = next((site for site in sites if site.is_default_site), None)
    if len(named) == 1 or default is None:
        return named[0] if len(named) == 1 else None
    return default


@prepared
def _home(model: Any, pk: int, paths: tuple[str, ...]):
    return with_privacy(model._base_manager.filter(pk=pk), paths)


def with_privacy(pages, paths=()):
    """Annotate pages with what :func:`is_unrestricted` reads.

    :param paths: of all their ancestors whose privacy isn't known.
    """
    own = Q(page__path__in=paths) | Q(page=OuterRef("pk"))
    aliases = page_model()._base_manager.filter(Q(path__in=paths) | Q(pk=OuterRef("pk")))
    return pages.annotate(
        is_restricted_here=Exists(PageViewRestriction.objects.filter(own)),
        is_alias_here=Exists(aliases.exclude(alias_of=None)),
    )


def is_unrestricted(page) -> bool:
    """Return whether a page of :func:`with_privacy` is known to have no restrictions."""
    return not (page.is_restricted_here or page.is_alias_here)


class LocalURLMixin(Mixin):
    """Mix into a page class of the portal to build its URLs without those of all other sites."""

    def get_url_parts(self, request=None):
        """Return what Wagtail does, with a slash at the end, also if the site's other pages have
        none. What's below the portal follows it."""
        parts = super().get_url_parts(request)
        if not parts or not parts[2] or parts[2].endswith("/"):
            return parts
        return (*parts[:2], f"{parts[2]}/")

    def get_url(self, request=None, current_site=None):
        """Return the URL, as Wagtail does."""
        known = getattr(getattr(request, "portal", None), "page_urls", None)
        if known is None or current_site is not None:
            return super().get_url(request, current_site)
        if self.url_path not in known:
            known[self.url_path] = self._local_url(request) or super().get_url(request)
        return known[self.url_path]

    def _local_url(self, request) -> str | None:
        """Return the path of a page of the site that the portal was routed through."""
        site = Site.find_for_request(request) if request.portal.is_routed else None
        if site is None or not (_routes_usually() and _is_wagtails(type(self), "get_url_parts")):
            return None
        root = site.root_page.url_path
        if not self.url_path.startswith(root):
            return None
        return reverse("wagtail_serve", args=(self.url_path.removeprefix(root),))


def _routes_usually() -> bool:
    """Return whether a page's path is that of its URL."""
    translates = getattr(settings, "WAGTAIL_I18N_ENABLED", False)
    return not translates and getattr(settings, "WAGTAIL_APPEND_SLASH", True)


def _is_wagtails(model, method: str) -> bool:
    """Return whether the site's page model doesn't override a method."""
    modules = (AbstractPage.route.__module__, __name__)
    return model is not None and getattr(model, method).__module__ in modules
