"""The URLs of the team's side that belong to no viewset, below those of the Wagtail admin."""

from . import (
    autocomplete,
    erase_member,
    mailbox_test,
    merge_organizations,
    retention,
    settings_history,
    system_status,
    ticket_field_chooser,
)
from .first_steps import views as first_steps
from .imports import views as imports
from .report import views as report
from .tickets import extra_urls

urlpatterns = [
    *autocomplete.admin_urls,
    *extra_urls.admin_urls,
    *report.admin_urls,
    *imports.admin_urls,
    *system_status.admin_urls,
    *ticket_field_chooser.admin_urls,
    *retention.admin_urls,
    *erase_member.admin_urls,
    *merge_organizations.admin_urls,
    *settings_history.admin_urls,
    *mailbox_test.admin_urls,
    *first_steps.admin_urls,
]
