"""Who may use a page: members only, or anyone; and what everyone else sees."""

import logging
import re
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.handlers.exception import response_for_exception
from django.http import Http404, JsonResponse, UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from wagtail.models import PageViewRestriction

from wagtail_portal.exceptions import Deleted, NotAllowed, RateLimited, StorageUnavailable
from wagtail_portal.logs import safe_copy
from wagtail_portal.models import JoinRequest, Profile
from wagtail_portal.utils.error_reports import private_reports
from wagtail_portal.utils.timezones import find_time_zone

from . import drafts
from .context import portal_context
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
        except Http404 as error:
            # A 404 depends on who asks, too.
            response = response_for_exception(request, error)
        except UnreadablePostError:
            # The browser has given up.
            raise
        except (StorageUnavailable, OSError) as error:
            # Also a full disk, or a service that can't be reached.
            text = "A file can't be read or saved, or a service can't be reached."
            logger.error(text, exc_info=safe_copy(error))
            response = _storage_unavailable(request, page)
        add_never_cache_headers(response)
        return response

    return wrapper


def _storage_unavailable(request, page):
    """Return the answer to a request that needs a file, for people and for scripts."""
    accepts_json = "application/json" in request.headers.get("Accept", "")
    if accepts_json or "X-Requested-With" in request.headers:
        text = gettext("This isn’t available right now. Try again in a few minutes.")
        return JsonResponse({"error": text}, status=503)
    home = portal_context(request).home
    context = {"page": page, "home_url": home.get_url(request) if home else "/"}
    return render(request, "wagtail_portal/storage_unavailable.html", context, status=503)


def _answer(view, request, page, *args, **kwargs):
    if not request.user.is_authenticated:
        if request.method == "POST":
            _save_draft(request)
        return redirect_to_login(_return_path(request), reverse("account_login"))
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
        drafts.save(request)
    except RateLimited:
        messages.warning(request, gettext("We couldn’t keep what you wrote while you sign in."))


def _return_path(request) -> str:
    """Return the path to come back to after signing in, which has to answer GET."""
    if request.method != "POST":
        return request.get_full_path()
    for part in ("uploads/", "read/"):
        if request.path.endswith(f"/{part}"):
            return request.path.removesuffix(part)
    # Forms of a ticket lead back to it, except for the two that have a page of their own.
    sent = re.fullmatch(r"(.*/tickets/\d+/)(?!follow-up/|followers/)[a-z-]+/", request.path)
    return sent[1] if sent else request.get_full_path()


@contextmanager
def override_locale(profile: Profile | None):
    """Use the language and the time zone of a profile. If it has none, those of the site, the page
    or the browser stay."""
    with ExitStack() as chosen:
        if profile is not None and profile.known_language:
            chosen.enter_context(translation.override(profile.known_language))
        if profile is not None and (time_zone := find_time_zone(profile.time_zone)):
            chosen.enter_context(timezone.override(time_zone))
        yield


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
