"""Describe an event to the recipient of its email.

Customers read only designated fields, and statuses by their label for customers.
"""

from django.utils.translation import gettext, ngettext

from wagtail_portal.fields import FormContext
from wagtail_portal.fields.translations import localized
from wagtail_portal.log_entries.ticket_fields import describe_change
from wagtail_portal.models import (
    Notification,
    PortalSettings,
    State,
    TicketField,
    display_name,
    takes_part,
    waiting_label,
)

from .names import customer_name


def is_from_team(notification: Notification) -> bool:
    """Return whether the team caused the event."""
    message = notification.message
    return notification.by_team if message is None else message.from_team


def author_of(notification: Notification) -> str:
    """Return the name of the person who caused the event; marked if it's a customer's and looks
    like the team's."""
    message, from_team = notification.message, is_from_team(notification)
    if message is not None:
        name = message.author_name
    else:
        name = display_name(notification.actor, from_team=from_team)
    return name if from_team else customer_name(name, notification.site, notification.ticket)


def describe_status(notification: Notification) -> str:
    """Return the new status if the event changed it, else the current status of the ticket."""
    status, ticket = notification.data.get("new", {}), notification.ticket
    if not status and ticket:
        status = ticket.status.snapshot()
    if notification.to_team:
        return status.get("name", "")
    member, waits = notification.member, status.get("state") == State.WAITING_ON_CUSTOMER
    if waits and ticket and ticket.pk and member and not takes_part(ticket, member):
        return waiting_label(ticket)
    return localized(status.get("translations"), "label", status.get("label", ""))


def describe_changes(notification: Notification) -> list[str]:
    """Return one line for each changed field that the recipient can see."""
    changes = notification.data.get("changes")
    if not changes:
        return []
    return [
        describe_change(label, _spec(field, changes[key]), *changes[key])
        for key, (label, field) in _visible_fields(notification, changes).items()
    ]


def _visible_fields(notification, changes) -> dict:
    """Return label and ticket field by key. The urgency has no ticket field."""
    if not notification.to_team:
        # What's designated now counts, not what was when the event happened.
        portal = PortalSettings.for_site(notification.site)
        rows = {row.key: row for row in portal.designated("on_ticket")}
        return {key: (rows[key].label, rows[key].ticket_field) for key in changes if key in rows}
    keys = [key.removeprefix("field:") for key in changes]
    found = {f"field:{row.key}": row for row in TicketField.objects.filter(key__in=keys)}
    fields = {key: (row.localized_label, row) for key, row in found.items()}
    return {"urgency": (gettext("Urgency"), None), **fields} if "urgency" in changes else fields


def _spec(field, values):
    return field and field.field_type.prepare(field.spec(), FormContext(), values)


# -- Lines of a digest ---------------------------------------------------------------------------


def label_line(notification: Notification, without_content: bool) -> list[str]:
    """Return the label of the event."""
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
    """Return the changed fields, or without content only that something changed."""
    lines = describe_changes(notification)
    if not without_content or not lines:
        return lines
    return [ngettext("A field was changed", "Fields were changed", len(lines))]
