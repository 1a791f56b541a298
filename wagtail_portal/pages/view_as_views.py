"""Pages where agents choose a member to view the portal as, and stop viewing."""

from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers

from wagtail_portal.actions import begin_view_as
from wagtail_portal.exceptions import ActionError
from wagtail_portal.permissions import Actor, members_to_view_as
from wagtail_portal.portal_urls import admin_login_url
from wagtail_portal.read_only_mode import allowed_when_read_only
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.text import clean_line
from wagtail_portal.utils.users import contains_words, user_lookups

from .context import portal_context
from .errors import READ_ONLY, error_page
from .privacy import ignores_privacy
from .view_as import may_view, remember, stop

SAFE = ("GET", "HEAD", "OPTIONS")
SHOWN = 20


def refuse_changes(request, path_components):
    """Return the view that refuses a request to change something while the portal is viewed as a
    member; None for all other requests."""
    own = path_components[:1] == ["view-as"]
    if request.method in SAFE or own or not portal_context(request).is_read_only:
        return None
    return read_only


def read_only(request, page):
    """Say that nothing was changed."""
    return error_page(request, READ_ONLY)


@ignores_privacy
def view_as(request, page):
    """Choose a member to view the portal as."""
    if refusal := _refuse_to_view(request):
        return refusal
    error, members = None, members_to_view_as(request.user)
    if request.method == "POST":
        member = get_object_or_404(members, pk=pk_in(request.POST, "member"))
        try:
            until = begin_view_as(member, by=Actor.for_agent(request.user))
        except ActionError as problem:
            error = problem
        else:
            stop(request)
            portal_context(request).reset_view_as()
            remember(request, member, until)
            return redirect(page.get_url(request))
    query = clean_line(request.GET.get("q", ""))[:100]
    matches = contains_words(query, ["organization__name", *user_lookups("user__")])
    found = list(members.filter(matches).order_by("organization__name", "pk")[: SHOWN + 1])
    context = {
        "page": page,
        "query": query,
        "members": found[:SHOWN],
        "more": len(found) > SHOWN,
        "error": error,
        "view_as_url": page.portal_url(request, "portal_view_as"),
    }
    response = render(request, "wagtail_portal/view_as/choose_member.html", context)
    add_never_cache_headers(response)
    return response


@allowed_when_read_only
@ignores_privacy
def end_view_as(request, page):
    """Stop viewing the portal as a member."""
    if refusal := _refuse_to_view(request):
        return refusal
    if request.method == "POST":
        stop(request)
        portal_context(request).reset_view_as()
    return redirect(page.portal_url(request, "portal_view_as"))


def _refuse_to_view(request):
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), admin_login_url())
    if may_view(request.user):
        return None
    # As if the URL didn't exist.
    raise Http404
