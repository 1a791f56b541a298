"""The first steps on Wagtail's home page and above the portal settings, and creating a portal."""

from django.forms import Media
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.panels import TabbedInterface
from wagtail.admin.ui.components import Component
from wagtail.models import Site

from wagtail_portal.actions import set_up_portal
from wagtail_portal.desk.views import DeskPage
from wagtail_portal.exceptions import Invalid

from .steps import FirstSteps, incomplete_sites

MEDIA = Media(
    css={"all": ["wagtail_portal/desk/first-steps.css"]},
    js=["wagtail_portal/desk/first-steps.js"],
)


class FirstStepsPanel(Component):
    """A panel on the home page, until everything is done."""

    name = "portal_first_steps"
    template_name = "wagtail_portal/desk/first_steps/home_panel.html"
    order = 40

    def __init__(self, sites: list[FirstSteps]):
        self.sites = sites

    @property
    def media(self):
        return MEDIA

    def get_context_data(self, parent_context):
        return {"sites": self.sites}


def add_panel(request, panels) -> None:
    """Add the panel for those who can change the portal settings, if something is missing."""
    if sites := incomplete_sites(request.user):
        panels.append(FirstStepsPanel(sites))


class TabsBelowFirstSteps(TabbedInterface):
    """The tabs of the portal settings, below the portal's address and what's still missing."""

    class BoundPanel(TabbedInterface.BoundPanel):
        template_name = "wagtail_portal/desk/first_steps/settings.html"

        @property
        def media(self):
            return super().media + MEDIA

        def get_context_data(self, parent_context=None):
            context = super().get_context_data(parent_context)
            steps = FirstSteps(self.instance.site, self.request.user)
            return {**context, "first_steps": steps}


class SetUpView(DeskPage):
    """Says what would be created, and creates it."""

    permission_required = "wagtail_portal.change_portalsettings"
    template_name = "wagtail_portal/desk/first_steps/set_up.html"
    page_title = _("Create the portal page")
    header_icon = "comment"

    def setup(self, request, site):
        super().setup(request)
        self.steps = FirstSteps(get_object_or_404(Site, pk=site), request.user)

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": self.steps.settings_url, "label": gettext("Portal settings")},
            {"url": "", "label": self.page_title},
        ]

    def get(self, request, *args, **kwargs):
        return self.render_to_response(self.get_context_data(steps=self.steps))

    def post(self, request, *args, **kwargs):
        try:
            created = set_up_portal(self.steps.site, user=request.user)
        except Invalid as error:
            for text in error.messages:
                messages.error(request, text)
            return self.get(request)
        if created:
            messages.success(request, gettext("The portal was created."))
        return redirect(self.steps.settings_url)


admin_urls = [
    path("support/set-up/<int:site>/", SetUpView.as_view(), name="wagtail_portal_set_up"),
]
