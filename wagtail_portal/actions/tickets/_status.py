"""What a change of status leaves behind: an entry in the log, and the signal."""

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.models import Status, Ticket


def record_status(
    ticket, change: tuple[Status, Status], *, by, at, notify: bool, action: str = "change_status"
) -> None:
    """Log a change of status and tell those who listen."""
    old, new = change
    record(ticket, action, by=by, at=at, old=old.in_words(), new=new.in_words())
    signals.status_changed.send(
        sender=Ticket, ticket=ticket, old=old, new=new, by=by, notify=notify
    )
