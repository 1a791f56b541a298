"""Pages of a site that has a portal."""

from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from wagtail_portal.pages.ticket_form.form_block import TicketFormBlock


class ContentPage(Page):
    """Any page of the site, in which an editor can place a ticket form."""

    body = StreamField([("ticket_form", TicketFormBlock())], blank=True)

    content_panels = [*Page.content_panels, FieldPanel("body")]
    template = "testapp/content_page.html"
