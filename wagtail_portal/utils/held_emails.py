"""Hold back emails for some seconds, so that what caused them can still be undone."""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4


@dataclass(frozen=True)
class Hold:
    """Until when emails are held back, and the batch that all of them belong to."""

    until: datetime
    batch: UUID = field(default_factory=uuid4)


_hold: ContextVar[Hold | None] = ContextVar("wagtail_portal_held_emails", default=None)


@contextmanager
def held_until(until: datetime):
    """Hold back what's announced in the block, and give the :class:`Hold`."""
    hold = Hold(until)
    token = _hold.set(hold)
    try:
        yield hold
    finally:
        _hold.reset(token)


def current_hold() -> Hold | None:
    """Return the hold of the block that's running; None if emails are sent as soon as possible."""
    return _hold.get()
