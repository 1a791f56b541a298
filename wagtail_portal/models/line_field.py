"""The model field of names, labels and other texts of one line."""

from typing import Any

from django.db import models

from wagtail_portal.fields.form_fields import CleanLineField
from wagtail_portal.utils.text import clean_line


class LineField(models.CharField):
    """A ``CharField`` that is validated as :func:`~wagtail_portal.utils.text.clean_line` returns
    it. Migrations hold a plain ``CharField``."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean_line(value) if value else value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": CleanLineField, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
