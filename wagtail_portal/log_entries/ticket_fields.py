"""Describe changed ticket fields."""

from django.utils.text import Truncator
from django.utils.translation import gettext

from wagtail_portal.fields import FieldSpec, get_field_type
from wagtail_portal.models import Urgency
from wagtail_portal.utils.humanize import comma_list

#: Characters of a value; longer ones are cut off.
VALUE_LENGTH = 80


def fields_for_team(entry) -> str:
    """Return which fields changed."""
    keys = sorted(entry.data.get("changes", {}))
    if "urgency" in entry.data:
        keys.insert(0, gettext("Urgency"))
    return gettext("Fields changed: %(fields)s") % {"fields": comma_list(keys)}


def fields_for_customers(entry, reader) -> str:
    """Return how the designated fields changed."""
    changes = {f"field:{key}": both for key, both in entry.data.get("changes", {}).items()}
    if "urgency" in entry.data:
        changes = {"urgency": entry.data["urgency"], **changes}
    return " · ".join(
        describe_change(reader.designated[key].label, reader.specs.get(key), *both)
        for key, both in changes.items()
        if key in reader.designated
    )


def describe_change(label, spec: FieldSpec | None, old, new) -> str:
    """Return how a field changed, as plain text.

    :param spec: the spec of the ticket field; None for the urgency.
    :param old: the stored value before the change; None if there was none. ``new`` likewise.
    """
    values = {"field": label, "old": _short_value(spec, old), "new": _short_value(spec, new)}
    if not values["new"]:
        return gettext("%(field)s cleared") % values
    if not values["old"]:
        return gettext("%(field)s set to %(new)s") % values
    return gettext("%(field)s changed from %(old)s to %(new)s") % values


def _short_value(spec, stored) -> str:
    if stored is None:
        return ""
    if spec is None:
        return str(dict(Urgency.choices).get(stored, stored))
    shown = get_field_type(spec.type).display(stored, spec)
    return Truncator(" ".join(shown.split())).chars(VALUE_LENGTH)
