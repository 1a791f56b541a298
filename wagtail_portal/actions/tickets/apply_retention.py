"""Delete what has been kept long enough, as the portal settings say."""

import logging
from collections import Counter
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet

from wagtail_portal import search
from wagtail_portal.actions._locks import lock_rows
from wagtail_portal.actions._log import record_for_site
from wagtail_portal.logs import safe_copy
from wagtail_portal.models import (
    Attachment,
    PortalSettings,
    ReceivedEmail,
    Retention,
    Ticket,
    TicketLogEntry,
)
from wagtail_portal.permissions import Actor

from ._ticket import lock
from .anonymize_ticket import anonymize_ticket
from .delete_ticket import delete_old_ticket

logger = logging.getLogger(__name__)


def apply_retention(*, most: int | None = None) -> int:
    """Delete or anonymize closed tickets, and delete their attachments and log entries, as the
    settings of each site say. Return how many tickets were changed.

    Each ticket is changed in a transaction of its own, and isn't found again, so an interrupted run
    goes on where it stopped. What a run did to a site is recorded in the site history.

    :param most: how many tickets to change now; None for all.
    """
    done = 0
    for settings in PortalSettings.objects.select_related("site").order_by("pk"):
        rules, counts = Retention(settings), Counter[str]()
        for name, tickets, change in (
            ("deleted", rules.to_delete, _delete),
            ("anonymized", rules.to_anonymize, _anonymize),
            ("files", rules.with_old_files, _delete_files),
            ("histories", rules.with_old_history, _delete_history),
        ):
            left = None if most is None else most - done
            # In any order, or many that fail each time would keep the others from their turn.
            due = tickets().order_by("?").values_list("pk", flat=True)[:left]
            # One at a time: a first run can have very many, with everything that was written.
            for pk in list(due):
                ticket = Ticket.objects.filter(pk=pk).first()
                if ticket is not None and _changed(ticket, tickets(), change):
                    counts[name] += 1
                    done += 1
        if counts:
            record_for_site(
                settings,
                "apply_retention",
                by=Actor.system(),
                title=settings.name,
                **cast(dict[str, Any], counts),
            )
    return done


def _changed(ticket: Ticket, due: QuerySet, change: Any) -> bool:
    """Change one ticket, and return whether that worked. One that can't be changed must not keep
    the others from their turn."""
    due = due.filter(pk=ticket.pk)
    try:
        with transaction.atomic():
            change(ticket, due)
    except Exception as error:
        # Also whatever a site's own search or receiver raises.
        text = "Retention could not be applied to ticket #%s."
        logger.error(text, ticket.number, exc_info=safe_copy(error))
        return False
    return not due.exists()


def _delete(ticket: Ticket, due: Any) -> None:
    delete_old_ticket(ticket, is_due=due.exists, by=Actor.system())


def _anonymize(ticket: Ticket, due: Any) -> None:
    lock_rows(ReceivedEmail.objects.filter(ticket=ticket))
    lock(ticket)
    if due.exists():
        anonymize_ticket(ticket, by=Actor.system())


def _delete_files(ticket: Ticket, due: Any) -> None:
    lock(ticket)
    if not due.exists():
        return
    files = Attachment.objects.of_tickets([ticket])
    deleted = {str(pk) for pk in files.values_list("pk", flat=True)}
    files.delete()
    ticket.values = {
        key: value for key, value in ticket.values.items() if not _holds(value, deleted)
    }
    ticket.answers = [row for row in ticket.answers if not _holds(row.get("value"), deleted)]
    ticket.save(update_fields=["values", "answers"])
    # Names of files are indexed.
    search.backend().put(Ticket.objects.filter(pk=ticket.pk))


def _delete_history(ticket: Ticket, due: Any) -> None:
    lock(ticket)
    if due.exists():
        TicketLogEntry.objects.for_instance(ticket).delete()


def _holds(value: Any, files: set[str]) -> bool:
    """Return whether a value of a field or a question is one of these files."""
    return isinstance(value, dict) and value.get("id") in files
