"""What is the same in every translation of a page, for sites with wagtail-localize."""

from typing import Any

try:
    from wagtail_localize.fields import SynchronizedField
except ImportError:
    SynchronizedField = None


def synchronized(*names: str) -> list[Any]:
    """Return the value of ``override_translatable_fields`` with which these fields of a page are
    always copied to its translations; [] if wagtail-localize isn't installed.

    By default, it offers all texts to translators, and doesn't copy many-to-many relations again.
    """
    if SynchronizedField is None:
        return []
    return [SynchronizedField(name, overridable=False) for name in names]
