"""Previews of the portal home and of portal settings, which aren't saved yet."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from wagtail_portal.models import PortalSettings, Role, preview_requested
from wagtail_portal.pages.context import portal_context
from wagtail_portal.portal_urls import SIGN_IN, find_home
from wagtail_portal.signin.scope import portal_scope
from wagtail_portal.utils.paths import resolve_path

from .samples import sample_tickets


def preview_home(home, request, mode: str) -> HttpResponse:
    """Return the portal home as it is being edited.

    :param mode: one of its ``preview_modes``.
    """
    portal_context(request).home = home
    if mode == "visitor":
        return _sign_in_page(request)
    role = Role.ADMIN if mode == "admin" else Role.MEMBER
    with sample_tickets(home.get_site(), role) as (member, _tickets):
        portal_context(request).act_as(member)
        return _rendered(_show(home, request, "portal_tickets"))


def preview_settings(*, instance: PortalSettings, request, mode: str, **kwargs) -> HttpResponse:
    """Return a page of the portal with unsaved settings and sample tickets.

    :param mode: one of the settings' ``preview_modes``.
    """
    settings = instance
    home = find_home(settings.site)
    # PortalSettings.current returns these from now on.
    setattr(request, PortalSettings.get_cache_attr_name(), settings)
    settings.is_preview = True
    request._wagtail_site = settings.site
    portal_context(request).home = home
    if mode == "sign-in":
        return _sign_in_page(request)
    if home is None:
        return HttpResponse(gettext("This site doesn’t have a portal page yet."))
    with sample_tickets(settings.site) as (member, tickets):
        portal_context(request).act_as(member)
        return _rendered(_page(home, request, mode, member, tickets))


def connect() -> None:
    """Render the previews of portal settings."""
    uid = "wagtail_portal.settings_preview"
    preview_requested.connect(preview_settings, sender=PortalSettings, dispatch_uid=uid)


def _page(home, request, mode, member, tickets):
    if mode == "ticket":
        return _show(home, request, "portal_ticket", tickets[0].number)
    # Without its tab, there is no members page.
    if mode == "members" and PortalSettings.current(request).tab_members:
        return _show(home, request, "portal_members")
    if mode == "form":
        forms = home.ticket_forms(member)
        if len(forms) == 1:
            return forms[0].serve_preview(request, "")
        return _show(home, request, "portal_new")
    return _show(home, request, "portal_tickets")


def _show(home, request, route: str, *args) -> HttpResponse:
    view, args, kwargs = home.resolve_subpage(f"/{home.reverse_subpage(route, args=args)}")
    return view(request, *args, **kwargs)


def _sign_in_page(request) -> HttpResponse:
    request.user = AnonymousUser()
    with portal_scope(request):
        return _rendered(resolve_path(reverse(SIGN_IN)).func(request))


def _rendered(response) -> HttpResponse:
    # Render now, because templates query the sample data.
    render_now = getattr(response, "render", None)
    return render_now() if render_now else response
