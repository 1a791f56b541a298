"""Who is asking: the member behind a request, and what the others get to see instead."""

import re
from functools import wraps
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.handlers.exception import response_for_exception
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from wagtail_portal.actions import choose_organization
from wagtail_portal.gate import MEMBER_SESSION_KEY
from wagtail_portal.models import JoinRequest, Member, Profile, profile_of

from . import drafts
from .locale import override_locale, set_content_language
from .view_as import may_view, viewed_member


def memberships(request) -> list[Member]:
    """The memberships of the signed-in user that give access, loaded once a request."""
    if not hasattr(request, "_portal_memberships"):
        user = request.user
        viewed = viewed_member(request)
        if viewed is not None:
            request._portal_memberships = [viewed]
            return request._portal_memberships
        found = list(Member.objects.of_user(user)) if user.is_authenticated else []
        for member in found:
            request._portal_profile = profile_of(member.user)
            # The user is loaded already, and the permission checks on it are cached there.
            member.user = user
        request._portal_memberships = found
    return request._portal_memberships


def chosen_profile(request) -> Profile | None:
    """The profile of a signed-in member, loaded with the memberships; None for everybody else."""
    memberships(request)
    return getattr(request, "_portal_profile", None)


def current_member(request) -> Member | None:
    """The membership in which the visitor acts: the chosen one, else the one used last."""
    if hasattr(request, "_portal_acting"):
        return request._portal_acting
    found = memberships(request)
    chosen = request.session.get(MEMBER_SESSION_KEY)
    return next((member for member in found if member.pk == chosen), found[0] if found else None)


def choose_member(request, pk: int) -> bool:
    """Act in another of one's organizations from now on; False if it is not one's own."""
    member = next((member for member in memberships(request) if member.pk == pk), None)
    if member is None:
        return False
    request.session[MEMBER_SESSION_KEY] = pk
    choose_organization(member)
    return True


def has_to_choose(request) -> bool:
    """Whether the visitor belongs to several organizations, and never said in which one they
    act."""
    found = memberships(request)
    if len(found) < 2 or any(member.chosen_at for member in found):
        return False
    return request.session.get(MEMBER_SESSION_KEY) not in {member.pk for member in found}


def in_any_organization(view):
    """For a view beneath :func:`members_only`: it says itself to which organization it belongs, so
    that nobody is asked to choose one first."""
    view.in_any_organization = True
    return view


def find_as(request, member: Member, find):
    """``(member, found)``: what ``find(member)`` gives, for the present membership or else for
    another of the visitor's, in which they act for the rest of this request.

    A link in a mail does not say to which of one's organizations it belongs.
    """
    for candidate in [member, *(row for row in memberships(request) if row != member)]:
        found = find(candidate)
        if found is not None:
            request._portal_acting = candidate
            if candidate != member:
                request._portal_usual = member
            return candidate, found
    return member, None


def members_only(view):
    """For a page's ``view(page, request, member, ...)``: only members get there.

    Others are asked to sign in, with what they typed kept, or are told why they cannot go on.
    Nothing that is answered may be kept by a cache (threat 18).
    """

    @wraps(view)
    def wrapper(page, request, *args, **kwargs):
        profile = chosen_profile(request)
        with override_locale(profile):
            try:
                response = _answer(view, page, request, *args, **kwargs)
            except Http404 as error:
                # "Nothing here" is also an answer to somebody in particular.
                response = response_for_exception(request, error)
        set_content_language(response, profile)
        add_never_cache_headers(response)
        return response

    return wrapper


def _answer(view, page, request, *args, **kwargs):
    if not request.user.is_authenticated:
        if request.method == "POST":
            drafts.keep(request)
        return redirect_to_login(_return_path(request), reverse("account_login"))
    member = current_member(request)
    if member is not None:
        chooses = request.method == "GET" and not getattr(view, "in_any_organization", False)
        if chooses and has_to_choose(request):
            home = page if hasattr(page, "portal_url") else page.get_parent().specific
            url = home.portal_url(request, "portal_organization")
            return redirect(f"{url}?{urlencode({'next': request.get_full_path()})}")
        return view(page, request, member, *args, **kwargs)
    staff = request.user.has_perm("wagtailadmin.access_admin")
    name = "staff_visitor" if staff else "no_access"
    context = {"page": page}
    if not staff:
        waiting = JoinRequest.objects.waiting().filter(user=request.user)
        context["waits_for"] = waiting.select_related("organization").first()
    if staff and may_view(request.user):
        context["view_as_url"] = request.portal_home.portal_url(request, "portal_view_as")
    return render(request, f"wagtail_portal/{name}.html", context, status=403)


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
