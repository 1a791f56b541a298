"""Preview of portal settings that aren't saved yet."""

from django.http import HttpResponse
from django.utils.translation import gettext

from wagtail_portal.models import PortalSettings, preview_requested
from wagtail_portal.pages.context import portal_context
from wagtail_portal.portal_urls import find_home

from .home_preview import act_as, rendered, show, sign_in_page
from .samples import sample_tickets


def connect() -> None:
    """Render the previews of portal settings."""
    uid = "wagtail_portal.settings_preview"
    preview_requested.connect(serve, sender=PortalSettings, dispatch_uid=uid)


def serve(*, instance: PortalSettings, request, mode: str, **kwargs) -> HttpResponse:
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
        return sign_in_page(request)
    if home is None:
        return HttpResponse(gettext("This site doesn’t have a portal page yet."))
    with sample_tickets(settings.site) as (member, tickets):
        act_as(request, member)
        return rendered(_page(home, request, mode, member, tickets))


def _page(home, request, mode, member, tickets):
    if mode == "ticket":
        return show(home, request, "portal_ticket", tickets[0].number)
    # Without its tab, there is no members page.
    if mode == "members" and PortalSettings.current(request).tab_members:
        return show(home, request, "portal_members")
    if mode == "form":
        forms = home.ticket_forms(member)
        if len(forms) == 1:
            return forms[0].serve_preview(request, "")
        return show(home, request, "portal_new")
    return show(home, request, "portal_tickets")
