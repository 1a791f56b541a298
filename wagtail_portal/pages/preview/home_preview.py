"""Previews of the portal home in the page editor."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.urls import resolve, reverse

from wagtail_portal.models import Role
from wagtail_portal.pages.context import portal_context

from .samples import sample_tickets


def preview_home(home, request, mode: str) -> HttpResponse:
    """Return the portal home as it is being edited.

    :param mode: one of its ``preview_modes``.
    """
    portal_context(request).home = home
    if mode == "visitor":
        return sign_in_page(request)
    role = Role.ADMIN if mode == "admin" else Role.MEMBER
    with sample_tickets(home.get_site(), role) as (member, _tickets):
        act_as(request, member)
        return rendered(show(home, request, "portal_tickets"))


def show(home, request, route: str, *args) -> HttpResponse:
    """Return the response of a route below the portal home."""
    view, more, named = home.resolve_subpage(f"/{home.reverse_subpage(route, args=args)}")
    return view(request, *more, **named)


def sign_in_page(request) -> HttpResponse:
    """Return what someone sees who isn't signed in."""
    request.user = AnonymousUser()
    return rendered(resolve(reverse("account_login")).func(request))


def act_as(request, member) -> None:
    """Let the rest of this request be one of ``member``, who exists for the preview only."""
    portal_context(request).act_as(member)


def rendered(response) -> HttpResponse:
    """Render a response now, because its templates query the sample data."""
    render_now = getattr(response, "render", None)
    return render_now() if render_now else response
