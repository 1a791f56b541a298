"""Find sessions that have ended."""

from itertools import islice

from django.conf import settings
from django.utils.module_loading import import_string


def ended_sessions(rows, most: int | None = None) -> list[str]:
    """Return the keys of up to ``most`` sessions that no longer exist, wherever they're stored.

    :param rows: a queryset with the column ``session_key``.
    """
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")()
    keys = rows.order_by().values_list("session_key", flat=True).iterator(500)
    return list(islice((key for key in keys if not store.exists(key)), most))
