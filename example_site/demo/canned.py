"""What the team answers again and again."""

from wagtail.models import Locale

from wagtail_portal.models import SavedReply

#: Title, text, and how often it was sent.
REPLIES = [
    (
        "Ask for a log file",
        "Hello {requester.first_name},\n\nthank you for writing. Could you send us the log file of "
        "the connector, from ten minutes before it happened?\n\nYou find it under *Settings → "
        "Connectors → Download log*. Attach it to {ticket.number}.\n\nKind regards\n{agent}",
        41,
    ),
    (
        "Fixed in the next release",
        "Hello {requester.first_name},\n\nwe have found the cause, and the repair will be in the "
        "next release. We will write here as soon as it is out.\n\nKind regards\n{agent}",
        23,
    ),
    (
        "Closing: no answer",
        "Hello {requester.first_name},\n\nwe have not heard from you for a while, and close "
        "{ticket.number} for now. Just reply if it is not solved: that opens it again."
        "\n\nKind regards\n{agent}",
        12,
    ),
]


def add() -> None:
    """Write them."""
    locale = Locale.get_default()
    for title, text, uses in REPLIES:
        SavedReply.objects.create(title=title, text=text, uses=uses, locale=locale)
