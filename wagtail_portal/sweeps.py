"""Everything that has to happen regularly. ``manage.py portal_worker`` runs it.

When each sweep last succeeded is in :class:`~wagtail_portal.models.SweepState`.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Sweep:
    """Work that's done regularly, in batches that can be interrupted and repeated."""

    name: str
    label: Promise
    #: The interval between two runs.
    every: timedelta
    #: The path of a function that takes ``most``, the size of a batch, and returns how many rows it
    #: handled. A path, because this module lies beneath what does the work.
    function: str = ""
    most: int = 500
    #: Further arguments of the function.
    arguments: dict = field(default_factory=dict)
    #: A management command, instead of a function.
    command: str = ""
    #: The app without which there's nothing to do.
    app: str = ""


#: All sweeps, the most urgent first.
SWEEPS = (
    Sweep(
        "emails",
        _("Send emails"),
        # Replies are held back for some seconds, and not much longer.
        timedelta(seconds=10),
        "wagtail_portal.notifications.outbox.send_batch",
        # An email server that doesn't answer costs its timeout for each.
        most=10,
    ),
    Sweep(
        "digests",
        _("Collect digests"),
        5 * MINUTE,
        "wagtail_portal.notifications.digests.collect_digests",
        most=100,
    ),
    Sweep(
        "received_emails",
        _("Process received emails"),
        MINUTE,
        "wagtail_portal.actions.process_emails",
        most=20,
    ),
    Sweep(
        "snoozes",
        _("End snoozes"),
        MINUTE,
        "wagtail_portal.actions.end_due_snoozes",
        most=100,
    ),
    Sweep("publishing", _("Publish scheduled pages"), MINUTE, command="publish_scheduled"),
    Sweep(
        "runs",
        _("Continue bulk changes and imports"),
        MINUTE,
        "wagtail_portal.actions.continue_stale_runs",
        most=50,
    ),
    Sweep(
        "thumbnails",
        _("Create missing thumbnails"),
        10 * MINUTE,
        "wagtail_portal.actions.make_missing_thumbnails",
        most=10,
    ),
    Sweep("files", _("Delete files"), 5 * MINUTE, "wagtail_portal.actions.delete_files", most=100),
    Sweep(
        "uploads",
        _("Delete unsent uploads"),
        HOUR,
        "wagtail_portal.actions.discard_uploads",
        # Longer than sessions and drafts in the browser are kept.
        arguments={"older_than": 30 * DAY},
    ),
    Sweep(
        "requests",
        _("Delete unverified requests"),
        HOUR,
        "wagtail_portal.actions.discard_requests",
        arguments={"older_than": 2 * DAY},
    ),
    Sweep(
        "drafts",
        _("Delete old drafts"),
        DAY,
        "wagtail_portal.actions.discard_form_drafts",
        arguments={"older_than": 90 * DAY},
    ),
    Sweep(
        "retention",
        _("Delete what has been kept long enough"),
        DAY,
        "wagtail_portal.actions.apply_retention",
        most=100,
    ),
    Sweep(
        "invitations",
        _("Delete expired invitations"),
        DAY,
        "wagtail_portal.actions.discard_invitations",
        arguments={"older_than": 90 * DAY},
    ),
    Sweep(
        "rate_limits",
        _("Delete expired limits"),
        DAY,
        "wagtail_portal.actions.discard_rate_limits",
    ),
    Sweep("tokens", _("Delete used tokens"), DAY, "wagtail_portal.actions.discard_tokens"),
    Sweep(
        "token_sessions",
        _("Delete records of ended sessions"),
        DAY,
        "wagtail_portal.actions.discard_token_sessions",
    ),
    Sweep(
        "sessions",
        _("Delete expired sessions"),
        HOUR,
        "wagtail_portal.signin.sessions.discard_sessions",
    ),
    Sweep(
        "devices",
        _("Delete records of signed-in devices"),
        DAY,
        "wagtail_portal.signin.sessions.discard_devices",
    ),
    Sweep(
        "old_emails",
        _("Delete old emails"),
        HOUR,
        "wagtail_portal.notifications.outbox.delete_old",
    ),
    Sweep(
        "old_received_emails",
        _("Delete old received emails"),
        HOUR,
        "wagtail_portal.actions.discard_received_emails",
        most=200,
    ),
    Sweep(
        "bulk_changes",
        _("Delete records of bulk changes"),
        DAY,
        "wagtail_portal.actions.discard_bulk_changes",
        arguments={"older_than": 30 * DAY},
    ),
    Sweep(
        "imports",
        _("Delete records of imports"),
        DAY,
        "wagtail_portal.actions.discard_imports",
        arguments={"older_than": 30 * DAY},
    ),
    Sweep(
        "erasures",
        _("Delete records of erasures"),
        DAY,
        "wagtail_portal.actions.discard_erasures",
        arguments={"older_than": 30 * DAY},
    ),
    Sweep(
        "organization_merges",
        _("Delete records of merges"),
        DAY,
        "wagtail_portal.actions.discard_organization_merges",
        arguments={"older_than": 30 * DAY},
    ),
    Sweep(
        "undo_steps",
        _("Delete what can no longer be undone"),
        HOUR,
        "wagtail_portal.actions.discard_undo_steps",
    ),
    Sweep(
        "ticket_numbers",
        _("Delete used ticket numbers"),
        DAY,
        "wagtail_portal.actions.discard_ticket_numbers",
    ),
    Sweep(
        "task_results",
        _("Delete finished task results"),
        DAY,
        command="prune_db_task_results",
        app="django_tasks_db",
    ),
    # After what it could complain about.
    Sweep("alerts", _("Send alerts"), 5 * MINUTE, "wagtail_portal.actions.send_alerts"),
)
