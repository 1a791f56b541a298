"""A column for an email address that is typed in a form."""

from typing import Any

from django.db import models

from wagtail_portal.fields.form_fields import EmailAddressField


class AddressField(models.EmailField):
    """An email address, whose form field understands it in any form. Migrations store Django's own
    field, because the column is the same."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": EmailAddressField, "max_length": None, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs
