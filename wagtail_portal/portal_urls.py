"""URLs of the portal's pages, for code that can't import them: emails, sign-in, the Wagtail admin.

Page models have the attribute ``portal_page``, which is ``"home"`` or ``"form"``. A URL never gives
access to a page, because emails are forwarded.
"""

from urllib.parse import urlencode

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page, Site

#: Signs the tokens with which a member mutes a ticket from within an email.
MUTE_SALT = "wagtail_portal.mute"


def page_models(kind: str) -> list[type]:
    """Return the page models that are portal homes, or ticket forms.

    :param kind: ``"home"`` or ``"form"``.
    """
    return [model for model in apps.get_models() if getattr(model, "portal_page", "") == kind]


def find_home(site: Site):
    """Return the live portal home of a site, or None."""
    for model in page_models("home"):
        if home := model.objects.in_site(site).live().order_by("path").first():
            return home
    return None


def home_url(request) -> str:
    """Return the URL of the portal home of the request's site; "" without a portal."""
    site = Site.find_for_request(request)
    home = find_home(site) if site else None
    return home.get_url(request) if home else ""


def portal_url(site: Site, route: str = "", *args) -> str:
    """Return the absolute URL of a site's portal, or of a route in it; "" without a portal."""
    home = find_home(site)
    if home is None:
        return ""
    return home.full_url + (home.reverse_subpage(route, args=args) if route else "")


def ticket_url(ticket, message=None) -> str:
    """Return the absolute URL of a ticket, or of a message in it; "" without a portal."""
    url = portal_url(ticket.site, "portal_ticket", ticket.number)
    return url + message_suffix(message) if url and message else url


def message_suffix(message) -> str:
    """Return what the URL of a message adds to that of its ticket."""
    return f"?message={message.pk}#message-{message.pk}"


def invitation_url(site: Site, token: str) -> str:
    """Return the absolute URL where an invitation is accepted; "" without a portal."""
    url = portal_url(site, "portal_invitation")
    return f"{url}?{urlencode({'token': token})}" if url else ""


def form_pages():
    """Return all ticket forms as a queryset. Unpublished ones may have been live in the past."""
    models = page_models("form")
    types = ContentType.objects.get_for_models(*models).values() if models else []
    base = next((model._meta.get_parent_list()[-1] for model in models), Page)
    return base.objects.filter(content_type__in=list(types)).order_by("title", "pk")
