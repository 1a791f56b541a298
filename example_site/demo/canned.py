"""The team's saved replies, some of which also change the ticket."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from wagtail.models import Locale

from wagtail_portal.models import SavedReply, Status

#: Title, text, how often it was used, and what changes: ``status``, ``assignee`` and ``group`` by
#: their keys and names, the others as the model has them.
REPLIES: list[tuple] = [
    (
        "Ask for a log file",
        "Hello {requester.first_name},\n\nThanks for getting in touch. Could you send us the "
        "connector’s log file, starting ten minutes before the problem occurred?\n\nYou can "
        "download it under *Settings → Connectors → Download log*. Please attach it to "
        "{ticket.number}.\n\nKind regards\n{agent}",
        41,
        {"status": "waiting-on-customer", "assign_to_user": True},
    ),
    (
        "Fixed in the next release",
        "Hello {requester.first_name},\n\nWe’ve found the cause, and the fix will be part of the "
        "next release. We’ll let you know here as soon as it’s out.\n\nKind regards\n{agent}",
        23,
        {"status": "on-hold"},
    ),
    (
        "Work has stopped: look into it now",
        "Hello {requester.first_name},\n\nI’m looking into this right now and will write again "
        "within the hour, even if I don’t have the answer by then.\n\n{agent}",
        17,
        {
            "status": "in-progress",
            "assign_to_user": True,
            "set_urgency": "urgent",
            "set_values": {"severity": "blocking"},
        },
    ),
    (
        "Closing: no answer",
        "Hello {requester.first_name},\n\nWe haven’t heard from you for a while, so we’re closing "
        "{ticket.number} for now. If you still need help, just reply and the ticket will be "
        "reopened.\n\nKind regards\n{agent}",
        12,
        {},
    ),
    (
        "Hand over to Signe (runner)",
        "",
        9,
        {"status": "in-progress", "assignee": "signe", "set_values": {"area": "runner"}},
    ),
    (
        "Invoice question to the managers",
        "Hello {requester.first_name},\n\nOur colleagues who take care of invoices will answer "
        "this. They’re in on weekdays from 9 to 5.\n\nKind regards\n{agent}",
        6,
        {
            "status": "in-progress",
            "group": "Support managers",
            "set_urgency": "low",
            "set_values": {"area": "billing", "severity": "question"},
        },
    ),
]

#: For a row by its key or name: the field, the rows and the lookup.
_ROWS = {
    "status": ("set_status", Status.objects.all, "key"),
    "assignee": ("set_assignee", lambda: get_user_model().objects.all(), "username"),
    "group": ("set_group", Group.objects.all, "name"),
}


def add() -> None:
    """Create them."""
    locale = Locale.get_default()
    for title, text, uses, changes in REPLIES:
        found = {name: value for name, value in changes.items() if name not in _ROWS}
        for name, (field, rows, lookup) in _ROWS.items():
            if name in changes:
                found[field] = rows().get(**{lookup: changes[name]})
        SavedReply.objects.create(title=title, text=text, uses=uses, locale=locale, **found)
