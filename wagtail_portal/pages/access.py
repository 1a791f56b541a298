"""Who gets to a page: members alone, or anyone; and what the others see instead."""

import re
from contextlib import ExitStack, contextmanager
from functools import wraps
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.handlers.exception import response_for_exception
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from wagtail.models import PageViewRestriction

from wagtail_portal.models import JoinRequest, Profile

from . import drafts
from .context import portal_context
from .view_as import may_view


def in_any_organization(view):
    """For a view beneath :func:`members_only`: it says itself to which organization it belongs, so
    that nobody is asked to choose one first."""
    view.in_any_organization = True
    return view


def members_only(view):
    """For a ``view(request, page, member, ...)``: only members get there.

    Others are asked to sign in, with what they typed kept, or are told why they cannot go on.
    Nothing that is answered may be kept by a cache (threat 18).
    """

    @wraps(view)
    def wrapper(request, page, *args, **kwargs):
        profile = portal_context(request).profile
        with override_locale(profile):
            try:
                response = _answer(view, request, page, *args, **kwargs)
            except Http404 as error:
                # "Nothing here" is also an answer to somebody in particular.
                response = response_for_exception(request, error)
        _set_content_language(response, profile)
        add_never_cache_headers(response)
        return response

    return wrapper


def open_to_visitors(view):
    """For a ``view(request, page, ...)`` that anyone may see: no cache may keep the response,
    whatever comes of it."""

    @wraps(view)
    def wrapper(request, page, *args, **kwargs):
        try:
            response = view(request, page, *args, **kwargs)
        except Http404 as error:
            response = response_for_exception(request, error)
        add_never_cache_headers(response)
        return response

    return wrapper


def _answer(view, request, page, *args, **kwargs):
    if not request.user.is_authenticated:
        if request.method == "POST":
            drafts.save(request)
        return redirect_to_login(_return_path(request), reverse("account_login"))
    context = portal_context(request)
    member = context.member
    if member is not None:
        chooses = request.method == "GET" and not getattr(view, "in_any_organization", False)
        if chooses and context.has_to_choose:
            url = context.home.portal_url(request, "portal_organization")
            return redirect(f"{url}?{urlencode({'next': request.get_full_path()})}")
        return view(request, page, member, *args, **kwargs)
    staff = request.user.has_perm("wagtailadmin.access_admin")
    name = "agent_page" if staff else "no_access"
    data = {"page": page}
    if not staff:
        waiting = JoinRequest.objects.waiting().filter(user=request.user)
        data["waits_for"] = waiting.select_related("organization").first()
    if staff and may_view(request.user):
        data["view_as_url"] = context.home.portal_url(request, "portal_view_as")
    return render(request, f"wagtail_portal/{name}.html", data, status=403)


def _return_path(request) -> str:
    """Where to come back to: an address that answers to a GET."""
    if request.method != "POST":
        return request.get_full_path()
    for part in ("uploads/", "read/"):
        if request.path.endswith(f"/{part}"):
            return request.path.removesuffix(part)
    # What is sent from a ticket leads back to it, but for the two that are pages themselves.
    sent = re.fullmatch(r"(.*/tickets/\d+/)(?!follow-up/|followers/)[a-z-]+/", request.path)
    return sent[1] if sent else request.get_full_path()


@contextmanager
def override_locale(profile: Profile | None):
    """Use the language and the time zone of a profile; where it names none, they stay as the site,
    the page or the browser has it."""
    with ExitStack() as chosen:
        if profile is not None and profile.known_language:
            chosen.enter_context(translation.override(profile.known_language))
        if profile is not None and profile.zone:
            chosen.enter_context(timezone.override(profile.zone))
        yield


def _set_content_language(response, profile: Profile | None) -> None:
    """Name the language of a response, before a middleware names another one."""
    if profile is not None and profile.known_language:
        response.headers.setdefault("Content-Language", profile.known_language)


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
