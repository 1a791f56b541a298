"""What editors find on the portal's pages: links to where they edit them."""

from django.urls import reverse
from django.utils.translation import gettext
from wagtail.admin.userbar import BaseItem

from wagtail_portal.models import PortalSettings

from .context import portal_context


def editing_links(request, page) -> list[dict]:
    """Return links to edit a page of the portal, its settings and its preview, with ``label``,
    ``url`` and ``icon``, as far as the user may use them."""
    links = []
    if page is not None and page.pk and page.permissions_for_user(request.user).can_edit():
        links += [
            {
                "label": gettext("Edit this page"),
                "url": reverse("wagtailadmin_pages:edit", args=[page.pk]),
                "icon": "edit",
            },
            {
                "label": gettext("Preview"),
                "url": reverse("wagtailadmin_pages:view_draft", args=[page.pk]),
                "icon": "view",
            },
        ]
    if request.user.has_perm("wagtail_portal.change_portalsettings"):
        names = [PortalSettings._meta.app_label, PortalSettings._meta.model_name]
        site = portal_context(request).site
        links.append(
            {
                "label": gettext("Portal settings"),
                "url": reverse("wagtailsettings:edit", args=[*names, site.pk]),
                "icon": "cogs",
            }
        )
    return links


class LinkItem(BaseItem):
    """A link in Wagtail's bar."""

    template_name = "wagtail_portal/editor/userbar_item.html"

    def __init__(self, link: dict):
        super().__init__()
        self.link = link


def add_to_userbar(request, items, page):
    """Add the links that Wagtail's bar doesn't have: a ``construct_wagtail_userbar`` hook."""
    if hasattr(page, "portal_page") and portal_context(request).home is not None:
        items += [LinkItem(link) for link in editing_links(request, page) if link["icon"] != "edit"]
