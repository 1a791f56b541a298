"""Describe an event to the recipient of its email. Customers read nothing but designated fields,
and statuses by the label for customers."""

from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext

from wagtail_portal.fields import FormContext, get_field_type
from wagtail_portal.fields.translations import localized
from wagtail_portal.models import (
    Notification,
    PortalSettings,
    TicketField,
    Urgency,
    display_name,
)

VALUE_LENGTH = 80


def author_of(notification: Notification) -> str:
    """Return the name of the person who caused the event."""
    if notification.message is not None:
        return notification.message.author_name
    if notification.actor is None:
        return gettext("Support team") if notification.by_team else gettext("Former member")
    return display_name(notification.actor, from_team=notification.by_team)


def describe_status(notification: Notification) -> str:
    """Return the new status if the event changed it, else the current status of the ticket."""
    status = notification.data.get("new", {})
    if not status and notification.ticket:
        status = notification.ticket.status.in_words()
    if notification.to_team:
        return status.get("name", "")
    return localized(status.get("translations"), "label", status.get("label", ""))


def describe_changes(notification: Notification) -> list[str]:
    """Return one line for each changed field that the recipient may know of."""
    changes = notification.data.get("changes")
    lines = []
    for key, (label, field) in _visible_fields(notification, changes).items() if changes else ():
        old, new = (_value(field, value, changes[key]) for value in changes[key])
        words = {"field": label, "old": old, "new": new}
        if not new:
            lines.append(gettext("%(field)s cleared") % words)
        elif not old:
            lines.append(gettext("%(field)s set to %(new)s") % words)
        else:
            lines.append(gettext("%(field)s changed from %(old)s to %(new)s") % words)
    return lines


def _visible_fields(notification, changes) -> dict:
    """By key, the label and the ticket field; None for urgency."""
    if not notification.to_team:
        # As designated now, and not when the event happened.
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


# -- Lines of a digest ---------------------------------------------------------------------------


def label_line(notification: Notification, without_content: bool) -> list[str]:
    """Return what the event is called."""
    return [notification.get_event_display()]


def opened_line(notification: Notification, without_content: bool) -> list[str]:
    """Return who opened the ticket."""
    return [gettext("%(name)s opened the ticket") % {"name": author_of(notification)}]


def reply_line(notification: Notification, without_content: bool) -> list[str]:
    """Return who replied."""
    return [gettext("%(name)s replied") % {"name": author_of(notification)}]


def status_line(notification: Notification, without_content: bool) -> list[str]:
    """Return the new status."""
    return [gettext("Status changed to %(status)s") % {"status": describe_status(notification)}]


def field_lines(notification: Notification, without_content: bool) -> list[str]:
    """Return the changed fields; without content, only that there are some."""
    lines = describe_changes(notification)
    if not without_content:
        return lines
    return [ngettext("A field was changed", "Fields were changed", len(lines))]
