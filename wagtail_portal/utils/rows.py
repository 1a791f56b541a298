"""Read one row, work on many in bounded steps, and keep their keys in JSON."""

from typing import Any

from django.db import transaction

STEP = 500


def plain_key(pk: Any) -> int | str | None:
    """Return a primary key as JSON has it: that of a user may be of any type. The field's
    ``to_python`` makes it what it was."""
    return pk if pk is None or isinstance(pk, int) else str(pk)


def only_row(rows) -> Any:
    """Return the row of a queryset that finds one at most, or None. Unlike ``first()``, it doesn't
    sort: with many columns, Django takes longer to build such a query."""
    return next(iter(rows.order_by()[:1]), None)


def delete_some(rows, most: int | None = None) -> int:
    """Delete up to ``most`` rows of a queryset, or all of them, and return how many. Deleting in
    steps keeps transactions short. A row that changes in the meantime, so that the queryset no
    longer contains it, isn't deleted.
    """
    deleted = 0
    while most is None or deleted < most:
        step = STEP if most is None else min(STEP, most - deleted)
        keys = list(rows.order_by().values_list("pk", flat=True)[:step])
        if not keys:
            break
        with transaction.atomic():
            found = rows.order_by().select_for_update().filter(pk__in=keys)
            locked = list(found.values_list("pk", flat=True))
            rows.model._base_manager.filter(pk__in=locked).delete()
        deleted += len(locked)
    return deleted
