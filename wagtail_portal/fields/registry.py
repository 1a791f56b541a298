"""The one registry of field types."""

from functools import cache
from importlib import import_module

from wagtail_portal import conf

from .base import FieldType
from .types import FIELD_TYPES

_types: dict[str, FieldType] = {cls.key: cls() for cls in FIELD_TYPES}


def register_field_type(cls: type[FieldType]) -> type[FieldType]:
    """Add a field type of the project, as a decorator in a module of ``FIELD_TYPE_MODULES``.

    :raises ValueError: if another type has that key.
    """
    known = _types.get(cls.key)
    if known is not None and type(known) is not cls:
        raise ValueError(f"There are two field types with the key '{cls.key}'.")
    _types[cls.key] = cls()
    return cls


@cache
def _load() -> None:
    # Form pages list the types when their models are loaded, which is before any ready().
    for module in conf.FIELD_TYPE_MODULES:
        import_module(module)


def field_types() -> dict[str, FieldType]:
    """Return all types by key, in the order of their registration."""
    _load()
    return dict(_types)


def get_field_type(key: str) -> FieldType:
    """Return the type with that key; text if its code isn't installed any more."""
    _load()
    return _types.get(key) or _types["text"]


#: Of the names of the blocks that ask a question of a form alone: ``question_<type>``.
QUESTION_PREFIX = "question_"


def question_type(block_name: str) -> FieldType:
    """Return the field type of a block named ``question_<type>``."""
    return get_field_type(block_name.removeprefix(QUESTION_PREFIX))
