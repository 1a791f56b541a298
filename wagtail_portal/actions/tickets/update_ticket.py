"""Make several changes to a ticket at once."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from wagtail_portal.exceptions import Conflict, Invalid
from wagtail_portal.models import Member, Ticket
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import held_tickets

from ._ticket import holding
from .assign import assign
from .change_fields import change_fields
from .change_status import change_status
from .follow import follow, unfollow


def update_ticket(
    ticket: Ticket,
    *,
    by: Actor,
    status: dict | None = None,
    assignment: dict | None = None,
    fields: dict | None = None,
    followers: Iterable[Member] = (),
    former_followers: Iterable[Member] = (),
    at: datetime | None = None,
    notify: bool = True,
) -> Ticket:
    """Change a ticket's status, assignment, fields and followers, and return it: all of it, or
    nothing. Each part is left out if it doesn't change.

    :param status: the arguments of :func:`change_status`.
    :param assignment: the arguments of :func:`assign`.
    :param fields: the arguments of :func:`change_fields`.
    :param followers: members who become followers.
    :param former_followers: members who are removed from the followers.
    :raises NotAllowed: unless ``by`` may make each of the changes.
    :raises Deleted: when the ticket has been deleted.
    :raises Locked: when the ticket is locked to one of the changes.
    :raises Invalid: with the names of the arguments at fault, of all parts.
    :raises Conflict: with the current values, of all parts.
    """
    shared = {"by": by, "at": at, "notify": notify}
    parts: list[tuple[Callable, dict[str, Any] | None]] = [
        (change_fields, fields),
        (assign, assignment),
        (change_status, status),
        *((follow, {"member": member}) for member in followers),
        *((unfollow, {"member": member}) for member in former_followers),
    ]
    steps = [(action, arguments) for action, arguments in parts if arguments]
    errors: dict[str, str] = {}
    conflicts: dict[str, Any] = {}
    with holding(ticket), held_tickets.joining():
        for action, arguments in steps:
            try:
                action(ticket, **arguments, **shared)
            except Invalid as error:
                errors |= error.errors
            except Conflict as conflict:
                conflicts |= conflict.current
        if errors:
            raise Invalid(errors)
        if conflicts:
            raise Conflict(conflicts)
    return ticket
