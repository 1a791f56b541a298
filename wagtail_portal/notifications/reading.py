"""What the outbox reads: most of it once for several emails. Who may know of what, and what was
written, is read again right before each of them is sent."""

from collections.abc import Iterable, Sequence
from typing import Any

from wagtail_portal.models import Notification
from wagtail_portal.utils.prepared import prepared

#: What's read again, with the notification.
READ_AGAIN = "recipient", "member__role", "ticket", "message", "invitation__organization"
#: What isn't, by what it belongs to.
SHARED = {
    "recipient": ("portal_profile", "wagtail_userprofile"),
    "member": ("organization",),
    "ticket": ("organization", "rating", "requester", "status"),
    "message": ("author",),
}


def read_together(keys: Sequence[int]) -> dict[int, Notification]:
    """Return notifications by primary key, with everything that's shown in emails."""
    return {row.pk: row for row in _rows(tuple(keys))}


@prepared
def _rows(keys: tuple[int, ...]) -> Any:
    shared = [f"{name}__{other}" for name, others in SHARED.items() for other in others]
    found = Notification.objects.filter(pk__in=keys).order_by()
    return found.select_related("site", "actor", "ticket__requester__user", *shared)


def read_again(known: Notification) -> Notification | None:
    """Return a notification as it is now; None if the ticket was deleted, or the person erased, a
    moment ago.

    :param known: the notification as :func:`read_together` has returned it.
    """
    names = [name for name in READ_AGAIN if getattr(known, f"{name.partition('__')[0]}_id")]
    row: Any = next(iter(_row(known.pk, frozenset(names))), None)
    if row is None:
        return None
    _share(row, known, ("site", "actor"))
    for name, others in SHARED.items():
        _share(getattr(row, name), getattr(known, name), others)
    if row.member is not None and row.member.user_id == row.recipient_id:
        row.member.user = row.recipient
    if row.ticket is not None and row.ticket.site_id == row.site_id:
        row.ticket.site = row.site
    return row


@prepared
def _row(pk: int, related: frozenset[str]) -> Any:
    found = Notification.objects.filter(pk=pk).order_by()
    # Without names, Django would follow every relation.
    return found.select_related(*related) if related else found


def _share(row: Any, known: Any, names: Iterable[str]) -> None:
    """Let ``row`` refer to the objects that ``known`` refers to, as far as they're the same."""
    for name in names if row is not None and row == known else ():
        field = row._meta.get_field(name)
        if not field.concrete or getattr(row, field.attname) == getattr(known, field.attname):
            field.set_cached_value(row, field.get_cached_value(known))
