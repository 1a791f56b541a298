"""The bulk actions of the inbox."""

from django.urls import reverse

from wagtail_portal.models import Ticket

from . import bulk, bulk_messages

BULK_ACTIONS = [
    bulk_messages.UpdateBulkAction,
    bulk_messages.SavedReplyBulkAction,
    bulk.AssignBulkAction,
    bulk.StatusBulkAction,
    bulk.FieldBulkAction,
    bulk.CloseBulkAction,
    bulk.ExportBulkAction,
]


def offered(user) -> list[dict]:
    """Return the buttons below the listing that the user has permission for."""
    meta = Ticket._meta
    return [
        {
            "label": action.display_name,
            "aria_label": action.aria_label,
            "url": reverse(
                "wagtail_bulk_action", args=[meta.app_label, meta.model_name, action.action_type]
            ),
        }
        for action in BULK_ACTIONS
        if user.has_perm(action.permission_required)
    ]
