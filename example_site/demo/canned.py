"""The team's saved replies."""

from wagtail.models import Locale

from wagtail_portal.models import SavedReply

#: Title, text, and how often it was used.
REPLIES = [
    (
        "Ask for a log file",
        "Hello {requester.first_name},\n\nThanks for getting in touch. Could you send us the "
        "connector’s log file, starting ten minutes before the problem occurred?\n\nYou can "
        "download it under *Settings → Connectors → Download log*. Please attach it to "
        "{ticket.number}.\n\nKind regards\n{agent}",
        41,
    ),
    (
        "Fixed in the next release",
        "Hello {requester.first_name},\n\nWe’ve found the cause, and the fix will be part of the "
        "next release. We’ll let you know here as soon as it’s out.\n\nKind regards\n{agent}",
        23,
    ),
    (
        "Closing: no answer",
        "Hello {requester.first_name},\n\nWe haven’t heard from you for a while, so we’re closing "
        "{ticket.number} for now. If you still need help, just reply and the ticket will be "
        "reopened.\n\nKind regards\n{agent}",
        12,
    ),
]


def add() -> None:
    """Create them."""
    locale = Locale.get_default()
    for title, text, uses in REPLIES:
        SavedReply.objects.create(title=title, text=text, uses=uses, locale=locale)
