"""The two page types, for projects that use Wagtail's own base page."""

from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from .home import PortalHomePageMixin
from .ticket_form.form_page import TicketFormPageMixin


class PortalHomePage(PortalHomePageMixin, Page):  # type: ignore[django-manager-missing]
    """The portal: the ticket list, and everything below it."""

    subpage_types = ["wagtail_portal_pages.TicketFormPage"]
    page_description = _(
        "The support portal: the customers’ tickets, with the ticket forms below it."
    )

    content_panels = Page.content_panels + PortalHomePageMixin.home_panels

    class Meta:
        verbose_name = _("support portal")
        verbose_name_plural = _("support portals")


class TicketFormPage(TicketFormPageMixin, Page):  # type: ignore[django-manager-missing]
    """A form that opens a ticket."""

    parent_page_types = ["wagtail_portal_pages.PortalHomePage"]
    subpage_types: list = []
    page_description = _("A form that customers use to open a ticket.")

    content_panels = Page.content_panels + TicketFormPageMixin.form_panels

    class Meta:
        verbose_name = _("ticket form")
        verbose_name_plural = _("ticket forms")
