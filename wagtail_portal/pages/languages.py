"""The translations of the portal's pages: which one a reader sees, and where the others are."""

from django.shortcuts import redirect
from django.utils import translation
from wagtail.models import Locale
from wagtail.url_routing import RouteResult

from wagtail_portal.portal_urls import is_multilingual
from wagtail_portal.utils.languages import language_name

from .context import portal_context


def route_in_chosen_language(home, request, path_components):
    """Return the route to the translation in the language of the reader's profile; None if they've
    chosen none, or are there already.

    :param home: the portal home that the request was routed to.
    """
    profile = portal_context(request).profile if is_multilingual() else None
    code = profile.known_language if profile else ""
    other = _translation(home, Locale.objects.filter(language_code=code).first()) if code else None
    if other is None:
        return None
    translated = _translate(home, other, path_components)
    path = request.path.rstrip("/").removesuffix("/".join(path_components))
    with translation.override(code):
        url = other.get_url(request)
    if url.rstrip("/") == path.rstrip("/"):
        # The sites' addresses don't name the language.
        return other.route(request, translated)
    if request.method not in ("GET", "HEAD"):
        return None
    query = request.META.get("QUERY_STRING", "")
    url += "".join(f"{part}/" for part in translated) + (f"?{query}" if query else "")
    return RouteResult(home, args=(lambda request: redirect(url), [], {}))


def _translation(page, locale):
    """Return the live translation of a page, or None."""
    if locale is None or page.locale_id == locale.pk:
        return None
    found = page.get_translation_or_none(locale)
    return found if found is not None and found.live else None


def _translate(home, other, path_components) -> list[str]:
    """Return the path below another translation of a portal, whose forms have slugs of their
    own."""
    if len(path_components) != 1:
        return path_components
    form = home.get_children().live().filter(slug=path_components[0]).first()
    found = form and _translation(form, other.locale)
    return [found.slug] if found else path_components


def languages_of(page, request) -> list[dict]:
    """Return the languages of a page with ``code``, ``name``, ``url`` and ``is_current``; none if
    there's only one, or if they have the same address."""
    portal = portal_context(request)
    if not (is_multilingual() and page is not None and portal.is_routed):
        return []
    rest = (
        ""
        if page.portal_page == "form"
        else request.path.removeprefix(portal.home_path).lstrip("/")
    )
    pages = page.get_translations(inclusive=True).live().select_related("locale")
    found = [
        {
            "code": one.locale.language_code,
            "name": language_name(one.locale.language_code).capitalize(),
            "url": one.get_full_url(request) + rest,
            "is_current": one.pk == page.pk,
        }
        for one in pages.order_by("locale__language_code")
    ]
    return found if len({row["url"] for row in found}) > 1 else []
