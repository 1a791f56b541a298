"""The audit log, written by actions. The name of an entry is the name of its action."""

from django.utils import timezone
from wagtail.log_actions import log

from wagtail_portal.models import Ticket, TicketLogEntry


def record(instance, action: str, *, by, at=None, **data) -> None:
    """Write to the log of ``instance`` that ``by`` did ``action``.

    ``data`` must not hold what people wrote: the log outlives an erased message.
    """
    write = TicketLogEntry.objects.log_action if isinstance(instance, Ticket) else log
    write(instance, f"wagtail_portal.{action}", **_entry(by, at, data))


def record_for_site(instance, action: str, *, by, title: str, at=None, **data) -> None:
    """The same in the log of the whole site, whose report shows ``title`` to everybody with any
    right on the model."""
    log(instance, f"wagtail_portal.{action}", title=title, **_entry(by, at, data))


def _entry(by, at, data) -> dict:
    return {
        "user": by.user,
        "timestamp": at or timezone.now(),
        "data": {"side": "team" if by.is_team else "customer", **data},
    }
