"""Write the audit log, whose entries are declared in :mod:`wagtail_portal.log_entries`."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from wagtail.log_actions import get_active_log_context, log
from wagtail.models import ModelLogEntry

from wagtail_portal.models import Ticket, TicketLogEntry
from wagtail_portal.permissions import Actor


def record(
    instance: Any, action: str, *, by: Actor, at: datetime | None = None, **data: Any
) -> None:
    """Log that ``by`` did ``action`` to ``instance``.

    :param data: what the entry's text needs; never what people wrote, because the log outlives it.
    """
    write = log
    if isinstance(instance, Ticket):
        write = partial(TicketLogEntry.objects.log_action, position=instance.newest_message)
    write(instance, f"wagtail_portal.{action}", **_entry(by, at, data))


def record_for_site(
    instance: Any, action: str, *, by: Actor, title: str, at: datetime | None = None, **data: Any
) -> None:
    """Log it in Wagtail's site history, which shows ``title`` to everyone with a permission on the
    model."""
    log(instance, f"wagtail_portal.{action}", title=title, **_entry(by, at, data))


def record_many(
    action: str, done: Iterable[tuple[Any, dict]], *, by: Actor, at: datetime | None = None
) -> None:
    """Log with one query that ``by`` did ``action`` to several instances that aren't tickets.

    :param done: pairs of the instance and the data of its entry.
    """
    uuid = get_active_log_context().uuid
    entries = [
        ModelLogEntry(
            content_type=ContentType.objects.get_for_model(instance, for_concrete_model=False),
            object_id=str(instance.pk),
            label=ModelLogEntry.objects.get_instance_title(instance),
            action=f"wagtail_portal.{action}",
            uuid=uuid,
            **_entry(by, at, data),
        )
        for instance, data in done
    ]
    ModelLogEntry.objects.bulk_create(entries)


def _entry(by: Actor, at: datetime | None, data: Any) -> dict:
    return {
        "user": by.user,
        "timestamp": at or timezone.now(),
        "data": {"side": "team" if by.is_team else "customer", **data},
    }
