"""Where the portal's pages are, for mails and for the frame around every page."""

from urllib.parse import urlencode

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page, Site

from .context import portal_context
from .home import PortalHomePageMixin
from .ticket.messages import link_end


def find_home(site: Site):
    """The live portal home of a site; None where there is no portal."""
    for model in apps.get_models():
        if issubclass(model, PortalHomePageMixin):
            home = model.objects.in_site(site).live().order_by("path").first()
            if home is not None:
                return home
    return None


def home_of(request):
    """The portal home that a request is about: the one it was routed through, else its site's."""
    context = portal_context(request)
    if context.home is None and (site := Site.find_for_request(request)):
        context.home = find_home(site)
    return context.home


def home_url(request) -> str:
    """The address of the portal's main page; "" without a portal."""
    home = home_of(request)
    return home.get_url(request) if home else ""


def ticket_url(ticket, message=None) -> str:
    """The absolute address of a ticket, or of a message in it; "" when its site has no portal."""
    home = find_home(ticket.site)
    if home is None:
        return ""
    url = home.full_url + home.reverse_subpage("portal_ticket", args=[ticket.number])
    return url + link_end(message) if message else url


def form_pages():
    """All forms, drafts too: tickets came from them when they were live."""
    from .ticket_form.form_page import TicketFormPageMixin

    models = [model for model in apps.get_models() if issubclass(model, TicketFormPageMixin)]
    types = ContentType.objects.get_for_models(*models).values() if models else []
    base = next((model._meta.get_parent_list()[-1] for model in models), Page)
    return base.objects.filter(content_type__in=list(types)).order_by("title", "pk")


def invitation_url(site: Site, token: str) -> str:
    """The absolute address of an invitation in the portal of a site; "" without a portal."""
    home = find_home(site)
    if home is None:
        return ""
    url = home.full_url + home.reverse_subpage("portal_invitation")
    return f"{url}?{urlencode({'token': token})}"


def portal_url(site, route: str = "") -> str:
    """The absolute address of a site's portal, or of one of its pages; "" without a portal."""
    home = find_home(site)
    if home is None:
        return ""
    return home.full_url + (home.reverse_subpage(route) if route else "")
