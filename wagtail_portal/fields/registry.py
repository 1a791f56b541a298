"""The registry of field types."""

from functools import cache
from importlib import import_module

from wagtail_portal import conf

from .base import FieldType
from .types import FIELD_TYPES

_types: dict[str, FieldType] = {cls.key: cls() for cls in FIELD_TYPES}


def register_field_type(cls: type[FieldType]) -> type[FieldType]:
    """Register a field type, as a decorator in a module of ``FIELD_TYPE_MODULES``.

    :raises ValueError: if another type has the same key.
    """
    known = _types.get(cls.key)
    if known is not None and type(known) is not cls:
        raise ValueError(f"There are two field types with the key '{cls.key}'.")
    _types[cls.key] = cls()
    return cls


@cache
def _load() -> None:
    # Form pages need the types while models are being loaded, which is before any ready().
    for module in conf.FIELD_TYPE_MODULES:
        import_module(module)


def field_types() -> dict[str, FieldType]:
    """Return all types by key, in order of registration."""
    _load()
    return dict(_types)


def get_field_type(key: str) -> FieldType:
    """Return the type with that key, or the text type if it's no longer registered."""
    _load()
    return _types.get(key) or _types["text"]
