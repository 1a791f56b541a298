"""Registrations with the Wagtail admin."""

from importlib import import_module

from django.templatetags.static import static
from django.urls import include, path
from django.utils.html import format_html
from wagtail import hooks
from wagtail.contrib.settings.registry import register_setting

from .log_entries import LOG_ENTRY_TYPES
from .models import PortalSettings
from .pages.editing import add_to_userbar
from .pages.organization_chooser import organization_chooser
from .pages.privacy import check_privacy
from .pages.ticket_form import publish_questions, publish_warning

register_setting(PortalSettings, icon="comment", order=100)

hooks.register("register_admin_viewset", lambda: organization_chooser)
hooks.register("before_serve_page", check_privacy)
hooks.register("construct_wagtail_userbar", add_to_userbar)
hooks.register("before_publish_page", publish_warning.ask_before_publishing)
hooks.register("register_admin_urls", publish_warning.admin_urls)
hooks.register("before_edit_page", publish_questions.ask_before_edit)
hooks.register("before_bulk_action", publish_questions.ask_before_bulk_publishing)
publish_questions.connect()


@hooks.register("register_admin_viewset")
def register_desk():
    """Load the team's side when Wagtail loads the admin's URLs. Many commands need neither."""
    return import_module("wagtail_portal.desk.registrations").SupportGroup()


hooks.register("register_admin_urls", lambda: [path("", include("wagtail_portal.desk.urls"))])


@hooks.register("register_log_actions")
def register_log_actions(registry):
    for entry_type in LOG_ENTRY_TYPES.values():
        entry_type.register(registry)


@hooks.register("insert_global_admin_js")
def forget_drafts():
    """Load the script on every page, because it deletes unsent replies at sign-out."""
    src = static("wagtail_portal/js/drafts.js")
    return format_html('<script type="module" src="{}"></script>', src)
