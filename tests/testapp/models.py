"""Page models of a site."""

from django.urls import path
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from wagtail_portal.pages.home import PortalHomePageMixin
from wagtail_portal.pages.ticket_form.form_block import TicketFormBlock

from . import views


class ContentPage(Page):
    """A page of the site in which editors can place a ticket form."""

    body = StreamField([("ticket_form", TicketFormBlock())], blank=True)

    content_panels = [*Page.content_panels, FieldPanel("body")]
    template = "testapp/content_page.html"


class HelpDeskPage(PortalHomePageMixin, Page):  # type: ignore[django-manager-missing]
    """A portal home page with a route added, one overridden and one removed."""

    portal_routes = [
        path("status/", views.service_status, name="helpdesk_status"),
        path("new/", views.choose_form, name="portal_new"),
        *(
            route
            for route in PortalHomePageMixin.portal_routes
            if route.name not in {"portal_new", "portal_own_data"}
        ),
    ]
