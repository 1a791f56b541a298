"""Registrations with the Wagtail admin."""

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.contrib.settings.registry import register_setting
from wagtail.sites.views import SiteViewSet
from wagtail.snippets.models import register_snippet

from .desk import (
    account,
    autocomplete,
    dashboard,
    deletion,
    erase_member,
    mailbox_test,
    merge_organizations,
    portal_settings,
    retention,
    settings_history,
    system_status,
    ticket_field_chooser,
)
from .desk.first_steps import views as first_steps
from .desk.group_scope import GroupScopeForm
from .desk.imports import views as imports
from .desk.menu import SupportGroup
from .desk.report import views as report
from .desk.tickets import extra_urls
from .desk.tickets.bulk_actions import BULK_ACTIONS
from .desk.views import NoBulkDelete
from .log_entries import LOG_ENTRY_TYPES
from .models import PortalSettings
from .pages.editing import add_to_userbar
from .pages.organization_chooser import organization_chooser
from .pages.privacy import check_privacy
from .pages.ticket_form import publish_questions, publish_warning

# Models can't import the form from the desk.
PortalSettings.edit_handler = portal_settings.edit_handler
register_setting(PortalSettings, icon="comment", order=100)

register_snippet(SupportGroup)

hooks.register("register_admin_viewset", lambda: organization_chooser)

# After Wagtail's own action, which it replaces.
hooks.register("register_bulk_action", NoBulkDelete, order=100)
for _bulk_action in BULK_ACTIONS:
    hooks.register("register_bulk_action", _bulk_action)

hooks.register("register_admin_urls", lambda: [*autocomplete.admin_urls, *extra_urls.admin_urls])
hooks.register("register_admin_urls", lambda: [*report.admin_urls, *imports.admin_urls])
hooks.register("register_admin_urls", lambda: system_status.admin_urls)
hooks.register("register_admin_urls", lambda: ticket_field_chooser.admin_urls)
hooks.register("register_permissions", system_status.permissions)
hooks.register("register_admin_urls", lambda: retention.admin_urls)
hooks.register("register_admin_urls", lambda: erase_member.admin_urls)
hooks.register("register_admin_urls", lambda: merge_organizations.admin_urls)
hooks.register("register_admin_urls", lambda: settings_history.admin_urls)
hooks.register("register_admin_urls", lambda: mailbox_test.admin_urls)
hooks.register("before_edit_setting", settings_history.before_edit)
hooks.register("after_edit_setting", settings_history.after_edit)
hooks.register("register_reports_menu_item", report.menu_item)
hooks.register("register_admin_urls", lambda: first_steps.admin_urls)
hooks.register("construct_homepage_panels", first_steps.add_panel)
hooks.register("construct_homepage_panels", dashboard.add_panel)
hooks.register("construct_homepage_summary_items", dashboard.add_summary)
hooks.register("register_group_permission_panel", lambda: GroupScopeForm)

hooks.register("before_serve_page", check_privacy)
hooks.register("construct_wagtail_userbar", add_to_userbar)

hooks.register("before_delete_user", deletion.check_user)
hooks.register("before_delete_page", deletion.check_page, order=-100)
hooks.register("before_bulk_action", deletion.check_bulk_action)
SiteViewSet.delete_view_class = deletion.SiteDeleteView
hooks.register("before_publish_page", publish_warning.ask_before_publishing)
hooks.register("register_admin_urls", publish_warning.admin_urls)
hooks.register("before_edit_page", publish_questions.ask_before_edit)
hooks.register("before_bulk_action", publish_questions.ask_before_bulk_publishing)
publish_questions.connect()

hooks.register("register_account_settings_panel", account.NotificationPreferencesPanel)


@hooks.register("register_log_actions")
def register_log_actions(registry):
    for entry_type in LOG_ENTRY_TYPES.values():
        entry_type.register(registry)


@hooks.register("insert_global_admin_js")
def forget_drafts():
    """Load the script on every page, because it deletes unsent replies at sign-out."""
    src = static("wagtail_portal/js/drafts.js")
    return format_html('<script type="module" src="{}"></script>', src)
