"""Whether the portal works, for the people in charge: a page, and a number in the menu."""

from django.contrib.auth.models import Permission
from django.urls import path, reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem

from wagtail_portal.health import check_health, count_problems
from wagtail_portal.models import SweepState
from wagtail_portal.permissions import Verb
from wagtail_portal.sweeps import SWEEPS
from wagtail_portal.utils.typing import Mixin

from .views import DeskPage


class SystemStatusView(DeskPage):
    """Shows what the health checks found, and when each part of the regular work last succeeded."""

    permission_required = Verb.VIEW_SYSTEM_STATUS
    template_name = "wagtail_portal/desk/system_status.html"
    page_title = _("System status")
    header_icon = "desktop"

    def get_breadcrumbs_items(self):
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get(self, request):
        states = SweepState.objects.in_bulk()
        sweeps = [(sweep, states.get(sweep.name)) for sweep in SWEEPS]
        context = self.get_context_data(readings=check_health(), sweeps=sweeps)
        return self.render_to_response(context)


class CountsProblems(Mixin):
    """Adds the number of problems to the label of a menu item, for those who see the page."""

    def render_component(self, request):
        component = super().render_component(request)
        if request.user.has_perm(Verb.VIEW_SYSTEM_STATUS) and (count := count_problems()):
            component.label = f"{component.label} ({count})"
        return component


class SystemStatusItem(CountsProblems, MenuItem):
    """The item of the page."""

    def is_shown(self, request):
        return request.user.has_perm(Verb.VIEW_SYSTEM_STATUS)


def menu_item(order: int) -> SystemStatusItem:
    """Return the item for the "Support" menu."""
    url = reverse_lazy("wagtail_portal_system_status")
    label, icon = SystemStatusView.page_title, SystemStatusView.header_icon
    return SystemStatusItem(label, url, name="system-status", icon_name=icon, order=order)


def permissions():
    """Return the permission, so that it can be given to groups."""
    app_label, _dot, codename = Verb.VIEW_SYSTEM_STATUS.partition(".")
    return Permission.objects.filter(content_type__app_label=app_label, codename=codename)


admin_urls = [
    path("support/status/", SystemStatusView.as_view(), name="wagtail_portal_system_status")
]
