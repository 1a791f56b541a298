"""Who may use a page: members only, or anyone; and what everyone else sees."""

import logging
from functools import partial, wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from wagtail.models import PageViewRestriction

from wagtail_portal.exceptions import Deleted, NotAllowed, RateLimited, StorageUnavailable
from wagtail_portal.logs import safe_copy
from wagtail_portal.models import JoinRequest
from wagtail_portal.utils.error_reports import private_reports

from . import drafts
from .context import override_locale, portal_context
from .errors import error_page, return_path
from .forms import error_message
from .view_as import may_view

logger = logging.getLogger(__name__)


def in_any_organization(view):
    """Mark a view below :func:`members_only` that finds the organization itself, so that members of
    several don't have to choose one first."""
    view.in_any_organization = True
    return view


def members_only(view):
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


def open_to_visitors(view):
    """Let anyone use a ``view(request, page, ...)``, and keep caches from storing its response, and
    error reports from showing what somebody has typed."""

    @private_reports
    @wraps(view)
    def wrapper(request, page, *args, **kwargs):
        try:
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


def _answer(view, request, page, *args, **kwargs):
    if not request.user.is_authenticated:
        if request.method == "POST":
            _save_draft(request)
        return redirect_to_login(return_path(request), reverse("account_login"))
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
        except (Deleted, NotAllowed) as error:
            # What the view found is no longer there, or no longer for this member.
            messages.error(request, error_message(error))
            return redirect(page.get_url(request))
    staff = request.user.has_perm("wagtailadmin.access_admin")
    name = "agent_page" if staff else "no_access"
    data = {"page": page}
    if not staff:
        requests = JoinRequest.objects.waiting().filter(user=request.user)
        data["join_request"] = requests.select_related("organization").first()
    if staff and may_view(request.user):
        data["view_as_url"] = context.home.portal_url(request, "portal_view_as")
    return render(request, f"wagtail_portal/{name}.html", data, status=403)


def _save_draft(request) -> None:
    try:
        is_saved = drafts.save(request)
    except (RateLimited, drafts.TooLong):
        text = gettext("We couldn’t keep what you wrote while you sign in.")
        messages.warning(request, text)
    else:
        if is_saved:
            text = gettext("We’ve kept what you wrote. Sign in to check it and send it.")
            messages.info(request, text)


class ViewRestrictionsMixin:
    """Mix into a page class to ask for Wagtail's view restrictions with one query less."""

    def get_view_restrictions(self):
        pages = self.get_ancestors(inclusive=True)
        found = list(pages.values_list("alias_of", "view_restrictions"))
        if any(alias for alias, _restriction in found):
            return super().get_view_restrictions()
        restrictions = PageViewRestriction.objects
        pks = [pk for _alias, pk in found if pk]
        return restrictions.filter(pk__in=pks) if pks else restrictions.none()
