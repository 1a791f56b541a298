"""The base page model, a page that can embed a form, and the portal's pages."""

from django.db import models
from wagtail.fields import StreamField
from wagtail.models import AbstractPage, DefaultBasePageMixin

from wagtail_portal.pages.home import PortalHomePageMixin
from wagtail_portal.pages.ticket_form.form_block import TicketFormBlock
from wagtail_portal.pages.ticket_form.form_page import TicketFormPageMixin

FORM = "basepage.SupportFormPage"


class BasePage(AbstractPage, DefaultBasePageMixin):
    """What all pages of the site have."""

    cost_center = models.CharField(max_length=20, blank=True)


class ContentPage(BasePage):
    """A page with an embedded form."""

    body = StreamField(
        [("ticket_form", TicketFormBlock(page_type="basepage.SupportFormPage"))], blank=True
    )


class SupportPage(PortalHomePageMixin, BasePage):
    """The portal."""


class SupportFormPage(TicketFormPageMixin, BasePage):
    """A form."""

    content_panels = BasePage.content_panels + TicketFormPageMixin.form_panels
