"""What was changed, in the words for whoever reads the mail: for customers nothing but designated
fields, and statuses by the label for customers."""

from django.utils.text import Truncator
from django.utils.translation import gettext

from wagtail_portal.fields import FormContext, get_field_type
from wagtail_portal.fields.translations import localized
from wagtail_portal.models import Event, Notification, PortalSettings, TicketField, Urgency

VALUE_LENGTH = 80


def status_in_words(notification: Notification) -> str:
    """The new status of a change of status, else the present one of the ticket."""
    if notification.event == Event.STATUS_CHANGED:
        words = notification.data.get("new", {})
    else:
        words = notification.ticket.status.in_words() if notification.ticket else {}
    if notification.to_team:
        return words.get("name", "")
    return localized(words.get("translations"), "label", words.get("label", ""))


def changes_in_words(notification: Notification) -> list[str]:
    """One line for each field that was changed."""
    if notification.event != Event.FIELDS_CHANGED:
        return []
    changes = notification.data.get("changes", {})
    fields = _fields(notification, changes)
    lines = []
    for key, (label, field) in fields.items():
        old, new = (_value(field, value, changes[key]) for value in changes[key])
        words = {"field": label, "old": old, "new": new}
        if not new:
            lines.append(gettext("%(field)s emptied") % words)
        elif not old:
            lines.append(gettext("%(field)s set to %(new)s") % words)
        else:
            lines.append(gettext("%(field)s changed from %(old)s to %(new)s") % words)
    return lines


def _fields(notification, changes) -> dict:
    """By key of what the reader may know of, its label and the ticket field; None for urgency."""
    if not notification.to_team:
        # As designated now, and not as it was when it happened.
        portal = PortalSettings.for_site(notification.site)
        rows = {row.key: row for row in portal.designated("on_ticket")}
        return {key: (rows[key].label, rows[key].ticket_field) for key in changes if key in rows}
    keys = [key.removeprefix("field:") for key in changes]
    found = {f"field:{row.key}": row for row in TicketField.objects.filter(key__in=keys)}
    fields = {key: (row.localized_label, row) for key, row in found.items()}
    return {"urgency": (gettext("Urgency"), None), **fields} if "urgency" in changes else fields


def _value(field, value, both) -> str:
    if value is None:
        return ""
    if field is None:
        return str(dict(Urgency.choices).get(value, value))
    spec = field.field_type.prepare(field.spec(), FormContext(), both)
    shown = get_field_type(spec.type).display(value, spec)
    return Truncator(" ".join(shown.split())).chars(VALUE_LENGTH)
