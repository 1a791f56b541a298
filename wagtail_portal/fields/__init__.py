"""Field types, the blocks of a form, and the Django form that is made of them.

Knows no models and no requests, so that the same classes serve forms, lists, the admin and emails.
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
