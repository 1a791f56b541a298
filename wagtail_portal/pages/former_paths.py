"""Links to portals and forms that were renamed or moved.

Emails, bookmarks and open tabs have the old address. Wagtail's redirects know only the page itself
and not what's below it, and would tell everyone about forms that only some may see.
"""

import re
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from wagtail.models import PageViewRestriction, Site
from wagtail.signals import page_slug_changed, post_page_move

from wagtail_portal.actions import remember_path
from wagtail_portal.models import FormerPath
from wagtail_portal.portal_urls import SIGN_IN, page_models

from . import drafts
from .access import save_draft
from .context import portal_context
from .errors import moved_page, return_path
from .privacy import accepts

#: The page of a ticket, below which its forms are sent.
TICKET = re.compile(r"tickets/\d+/")


def find_former(request, path: str):
    """Return the portal or form that was at a path, or above it, and the rest of the path; None and
    "" for an unknown one.

    :param path: relative to the root of the site, like ``support/tickets/1001/``.
    """
    parts = [part for part in path.split("/") if part]
    candidates = ["".join(f"{part}/" for part in parts[:end]) for end in range(1, len(parts) + 1)]
    site = Site.find_for_request(request)
    if site is None or not candidates:
        return None, ""
    rows = FormerPath.objects.filter(root=site.root_page.localized, path__in=candidates)
    found = max(rows.select_related("page"), key=lambda row: len(row.path), default=None)
    if found is None:
        return None, ""
    page, rest = found.page.specific, path[len(found.path) :]
    # Below a form, there's nothing.
    return (None, "") if rest and page.portal_page == "form" else (page, rest)


def redirect_to_former(request, former):
    """Return the response that leads from a former path to where its page is now; None if there's
    none, or none that the reader may know of.

    :param former: what :func:`find_former` returned.
    """
    page, rest = former
    url = page.get_url(request) if page is not None and page.live else None
    if url is None or url + rest == request.path:
        return None
    if page.portal_page == "form":
        if not page.is_open:
            return None
        if (refusal := _refuse(request, page)) is not None:
            return refusal or None
    if request.method == "POST" and urlsplit(url).netloc:
        # Browsers keep a form from being sent on to another host, which doesn't know them.
        ticket = TICKET.match(rest)
        return moved_page(request, url + (ticket[0] if ticket else rest))
    if request.method != "POST":
        drafts.move(request, request.path, urlsplit(url + rest).path)
    query = request.META.get("QUERY_STRING", "")
    target = f"{url}{rest}?{query}" if query else url + rest
    # The browser sends what was typed once more.
    response = HttpResponseRedirect(target, preserve_request=request.method == "POST")
    add_never_cache_headers(response)
    return response


def _refuse(request, form):
    """Return the sign-in page if it depends on the reader whether they may know of a form, False if
    they may not, and None if they may."""
    restrictions = form.get_view_restrictions()
    # Visitors are asked for a password there.
    private = [one for one in restrictions if one.restriction_type != PageViewRestriction.PASSWORD]
    if form.is_for_anyone and not private:
        return None
    if not request.user.is_authenticated:
        if request.method == "POST":
            save_draft(request)
        response = redirect_to_login(return_path(request), reverse(SIGN_IN))
        add_never_cache_headers(response)
        return response
    member = portal_context(request).member
    is_allowed = member is not None and form.is_for(member)
    return None if is_allowed and all(accepts(one, request) for one in private) else False


def _remember(instance, before: str, after: str) -> None:
    """Keep the former paths of a page, if it's of the portal, and of portals below it."""
    pages = [instance] if getattr(instance.specific_class, "portal_page", "") == "form" else []
    for home_class in page_models("home"):
        pages += home_class._default_manager.descendant_of(instance, inclusive=True)
    for page in pages:
        if page.first_published_at is not None:
            remember_path(page, left=before + page.url_path.removeprefix(after))


def _renamed(sender, instance, instance_before, **kwargs):
    _remember(instance, instance_before.url_path, instance.url_path)


def _moved(sender, instance, url_path_before, url_path_after, **kwargs):
    if url_path_before != url_path_after:
        _remember(instance, url_path_before, url_path_after)


def connect() -> None:
    """Keep the paths of pages that are renamed or moved from now on."""
    uid = "wagtail_portal.former_paths"
    page_slug_changed.connect(_renamed, dispatch_uid=uid)
    post_page_move.connect(_moved, dispatch_uid=uid)
