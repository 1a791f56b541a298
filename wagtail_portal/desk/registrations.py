"""Registrations of the team's side with the Wagtail admin, loaded with the admin's URLs."""

from wagtail import hooks
from wagtail.sites.views import SiteViewSet

from wagtail_portal.models import PortalSettings

from . import account, dashboard, deletion, portal_settings, settings_history, system_status
from .first_steps import views as first_steps
from .group_scope import GroupScopeForm
from .menu import SupportGroup
from .report import views as report
from .tickets.bulk_actions import BULK_ACTIONS
from .views import NoBulkDelete

__all__ = ["SupportGroup"]

# Models can't import the form from the desk.
PortalSettings.edit_handler = portal_settings.edit_handler

# After Wagtail's own action, which it replaces.
hooks.register("register_bulk_action", NoBulkDelete, order=100)
for _bulk_action in BULK_ACTIONS:
    hooks.register("register_bulk_action", _bulk_action)

hooks.register("register_permissions", system_status.permissions)
hooks.register("before_edit_setting", settings_history.before_edit)
hooks.register("after_edit_setting", settings_history.after_edit)
hooks.register("register_reports_menu_item", report.menu_item)
hooks.register("construct_homepage_panels", first_steps.add_panel)
hooks.register("construct_homepage_panels", dashboard.add_panel)
hooks.register("construct_homepage_summary_items", dashboard.add_summary)
hooks.register("register_group_permission_panel", lambda: GroupScopeForm)

hooks.register("before_delete_user", deletion.check_user)
hooks.register("before_delete_page", deletion.check_page, order=-100)
hooks.register("before_bulk_action", deletion.check_bulk_action)
SiteViewSet.delete_view_class = deletion.SiteDeleteView

hooks.register("register_account_settings_panel", account.NotificationPreferencesPanel)
