"""Find the portal home of a request, and whether it's private, with one query.

Wagtail would load each page from the site's root page down to the portal home, first as a page and
then as its own model, and ask for the privacy of all of them.
"""

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.urls import reverse
from wagtail.models import PageViewRestriction, Site

from wagtail_portal.compat import AbstractPage, page_model
from wagtail_portal.utils.rows import only_row
from wagtail_portal.utils.typing import Mixin

#: The models of portal homes by where Wagtail found them: the paths of their parents, and their
#: slugs. It's only a hint: what is there now is read from the database.
_seen: dict[tuple[str, str], type] = {}


def remember(home) -> None:
    """Look for ``home`` in the same place with the next request."""
    if len(_seen) < 1000:
        _seen[home.path[: -AbstractPage.steplen], home.slug] = type(home)


def _paths_to(path: str) -> list[str]:
    """Return the paths of a page and its ancestors."""
    return [path[:end] for end in range(AbstractPage.steplen, len(path) + 1, AbstractPage.steplen)]


def find_route(request, path: str) -> None:
    """Route a request to the portal home, if it's a child of the site's root page. Wagtail finds
    the result in the request, or else routes it as usual."""
    if hasattr(request, "_wagtail_route_for_request") or not _routes_usually():
        return
    slug, *rest = [part for part in path.split("/") if part] or [""]
    site = Site.find_for_request(request)
    model: Any = _seen.get((site.root_page.path, slug)) if site else None
    if model is None or not _is_wagtails(site.root_page.specific_class, "route"):
        return
    children = model._default_manager.child_of(site.root_page).filter(slug=slug)
    home = only_row(with_privacy(children, _paths_to(site.root_page.path)))
    if home is None:
        return
    home.is_unrestricted = is_unrestricted(home)
    try:
        request._wagtail_route_for_request = home.route(request, rest)
    except Http404:
        request._wagtail_route_for_request = None


def with_privacy(pages, paths=()):
    """Annotate pages with what :func:`is_unrestricted` reads.

    :param paths: of all their ancestors whose privacy isn't known.
    """
    own = Q(page__path__in=paths) | Q(page=OuterRef("pk"))
    aliases = page_model().objects.filter(Q(path__in=paths) | Q(pk=OuterRef("pk")))
    return pages.annotate(
        is_restricted_here=Exists(PageViewRestriction.objects.filter(own)),
        is_alias_here=Exists(aliases.exclude(alias_of=None)),
    )


def is_unrestricted(page) -> bool:
    """Return whether a page of :func:`with_privacy` is known to have no restrictions."""
    return not (page.is_restricted_here or page.is_alias_here)


class LocalURLMixin(Mixin):
    """Mix into a page class of the portal to build its URLs without those of all other sites."""

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
    """Return whether a page model doesn't override a method."""
    return model is not None and getattr(model, method).__module__ == AbstractPage.route.__module__
