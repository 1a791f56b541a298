"""Who may use a page: members only, or anyone; and what everyone else sees."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial, wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from wagtail.models import PageViewRestriction

from wagtail_portal.exceptions import ActionError, RateLimited, StorageUnavailable
from wagtail_portal.logs import safe_copy
from wagtail_portal.models import JoinRequest, Member, Organization, PortalSettings, Ticket
from wagtail_portal.portal_urls import SIGN_IN
from wagtail_portal.utils.error_reports import private_reports
from wagtail_portal.utils.timezones import naming_zone

from . import drafts
from .context import override_locale, portal_context
from .editing import editing_links
from .errors import CSRF, TEXTS, NotFound, Written, error_page, return_path
from .forms import error_message
from .quick_routes import LocalURLMixin
from .view_as import may_view

logger = logging.getLogger(__name__)

#: Shared tickets that someone without access finds on one page.
SHARED_SHOWN = 50


def in_any_organization(view: Any) -> Callable:
    """Mark a view below :func:`members_only` that finds the organization itself, so that members of
    several don't have to choose one first."""
    view.in_any_organization = True
    return view


def members_only(view: Callable) -> Callable:
    """Let only members use a ``view(request, page, member, ...)``.

    Others are asked to sign in, and get back what they typed, or are told why they have no access.
    Responses depend on the user, so no cache stores them.
    """

    answer = open_to_visitors(partial(_answer, view))

    @private_reports
    @wraps(view)
    def wrapper(request, page, *args, **kwargs):
        profile = portal_context(request).profile
        with override_locale(profile):
            response = answer(request, page, *args, **kwargs)
        if profile is not None and profile.known_language:
            # Before a middleware names another one.
            response.headers.setdefault("Content-Language", profile.known_language)
        return response

    return wrapper


def open_to_visitors(view: Callable) -> Callable:
    """Let anyone use a ``view(request, page, ...)``, and keep caches from storing its response, and
    error reports from showing what someone has typed."""

    @private_reports
    @wraps(view)
    def wrapper(request, page, *args, **kwargs):
        try:
            # Members chose a time zone, or their times name it.
            visiting = not request.user.is_authenticated
            with naming_zone(True) if visiting else nullcontext():
                response = view(request, page, *args, **kwargs)
        except UnreadablePostError:
            # The browser has given up.
            raise
        except (StorageUnavailable, OSError) as error:
            # Also a full disk, or a service that can't be reached.
            text = "A file can't be read or saved, or a service can't be reached."
            logger.error(text, exc_info=safe_copy(error))
            response = error_page(request, 503)
        add_never_cache_headers(response)
        return response

    return wrapper


def sign_in_first(request, before: dict[str, list[str]] | None = None):
    """Redirect to the sign-in page, and keep what was sent.

    :param before: what was sent with earlier steps of the form.
    """
    if request.method == "POST":
        save_draft(request, before=before)
    return redirect_to_login(return_path(request), reverse(SIGN_IN))


def _answer(view, request, page, *args, **kwargs):
    if not request.user.is_authenticated:
        return sign_in_first(request)
    if request.method == "POST" and "discard" in request.POST:
        drafts.delete(request, request.path)
        return redirect(return_path(request))
    context = portal_context(request)
    member = context.member
    if member is not None:
        chooses = request.method == "GET" and not getattr(view, "in_any_organization", False)
        if chooses and context.has_to_choose:
            url = context.home.portal_url(request, "portal_organization")
            return redirect(f"{url}?{urlencode({'next': request.get_full_path()})}")
        try:
            return view(request, page, member, *args, **kwargs)
        except ActionError as error:
            # What the view found is no longer there, as it was, or for this member.
            return refused(request, error, page.get_url(request))
    staff = request.user.has_perm("wagtailadmin.access_admin")
    name = "agent_page" if staff else "no_access"
    written = Written.of(request, can_be_sent=False)
    data = {"page": page, "written": written or Written.kept(drafts.load_all(request))}
    if not staff:
        requests = JoinRequest.objects.waiting().filter(user=request.user)
        data["shared"] = _shared_tickets(request, context.home)
        data["join_request"] = requests.select_related("organization").first()
    if staff:
        data["editing_links"] = editing_links(request, page)
    if staff and may_view(request.user):
        data["view_as_url"] = context.home.portal_url(request, "portal_view_as")
    return render(request, f"wagtail_portal/{name}.html", data, status=403)


def refused(request, error: ActionError, url: str):
    """Answer a form that its sender may no longer send: lead to ``url``, or give back what they
    wrote."""
    text = error_message(error)
    written = Written.of(request, can_be_sent=False)
    if written is not None and written.texts:
        return error_page(request, 403, NotFound(str(TEXTS[CSRF][0]), text), written=written)
    messages.error(request, text)
    return redirect(url)


def _shared_tickets(request, home) -> list[dict]:
    """Return the tickets that were shared with someone who isn't a member."""
    visitors = Member.objects.filter(user=request.user, organization__key=Organization.VISITORS)
    member = visitors.select_related("role").first()
    if member:
        member.site_of_tickets = PortalSettings.site_of_tickets(request)
    found = Ticket.objects.visible_to(member) if member else Ticket.objects.none()
    found = found.order_by("-pk")[:SHARED_SHOWN]
    return [
        {
            "number": row.number,
            "url": home.portal_url(request, "portal_shared", row.number),
        }
        for row in found
    ]


def save_draft(request, kept: str = "", *, before: dict[str, list[str]] | None = None) -> None:
    """Keep what was typed until its author has signed in, and tell them so.

    :param kept: what to say, if something else than signing in is left to do.
    :param before: what was sent with earlier steps of the form.
    """
    try:
        is_saved = drafts.save(request, before)
    except (RateLimited, drafts.TooLong):
        text = gettext("We couldn’t keep what you wrote while you sign in.")
        messages.warning(request, text)
    else:
        if is_saved:
            text = gettext("We’ve kept what you wrote. Sign in to check it and send it.")
            messages.info(request, kept or text)


class ViewRestrictionsMixin(LocalURLMixin):
    """Mix into a page class to ask for Wagtail's view restrictions with one query less, and in the
    pages of the portal."""

    password_required_template = "wagtail_portal/signin/password.html"  # noqa: S105
    #: Whether Wagtail's privacy keeps out anyone from the page that's served, and whether that was
    #: checked for the reader, so that Wagtail needn't ask again.
    has_restrictions = are_restrictions_checked = False
    #: Whether neither this page nor one above it is known to be restricted.
    is_unrestricted = False

    @property
    def is_restricted_by_wagtail(self) -> bool:
        """Whether Wagtail's privacy of the page, or of one above it, keeps out anyone."""
        if self.are_restrictions_checked:
            return self.has_restrictions
        return self.get_view_restrictions().exists()

    def get_view_restrictions(self):
        if self.are_restrictions_checked or self.is_unrestricted:
            return PageViewRestriction.objects.none()
        pages = self.get_ancestors(inclusive=True)
        found = list(pages.values_list("alias_of", "view_restrictions"))
        if any(alias for alias, _restriction in found):
            return super().get_view_restrictions()
        restrictions = PageViewRestriction.objects
        pks = [pk for _alias, pk in found if pk]
        return restrictions.filter(pk__in=pks) if pks else restrictions.none()
