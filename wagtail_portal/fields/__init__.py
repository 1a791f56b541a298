"""Field types, the blocks of a form, and the Django form built from them.

Nothing here knows models or requests, so forms, lists, the admin and emails use the same classes.
"""

from .base import Choice, FieldSpec, FieldType
from .context import FormContext
from .registry import field_types, get_field_type, register_field_type

__all__ = [
    "Choice",
    "FieldSpec",
    "FieldType",
    "FormContext",
    "field_types",
    "get_field_type",
    "register_field_type",
]
