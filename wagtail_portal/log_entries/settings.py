"""Log entries of the portal settings."""

from typing import cast

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.models import PortalSettings
from wagtail_portal.utils.humanize import comma_list

from .entry_type import LogEntryType


def setting_label(name: str) -> str:
    """Return the name of a setting, or of a table of settings, as the form shows it."""
    try:
        field = PortalSettings._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    if field.is_relation and field.auto_created:
        return capfirst(str(cast(type[Model], field.related_model)._meta.verbose_name_plural))
    return capfirst(str(cast(Field, field).verbose_name))


def _changed(entry) -> str:
    names = [setting_label(name) for name in entry.data.get("changed", ())]
    if not names:
        return gettext("The portal settings as they were")
    return gettext("Changed: %(names)s") % {"names": comma_list(names)}


TYPES = [LogEntryType("record_settings", _("Change portal settings"), _changed)]
