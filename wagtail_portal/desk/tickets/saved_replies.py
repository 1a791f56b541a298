"""The saved replies that can be inserted into a ticket, and the values of their placeholders."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.models import SavedReply, Ticket

#: The most saved replies in the list.
LIMIT = 200


def offered(ticket: Ticket, user) -> list[SavedReply]:
    """Return the saved replies that ``user`` can insert, each in one language: the customer's, or
    else the agent's, or else the site's."""
    wanted = [ticket.language, get_language(), settings.LANGUAGE_CODE]
    order = {code: place for place, code in reversed(list(enumerate(wanted)))}
    best: dict = {}
    found = SavedReply.objects.for_agent(user).select_related("locale").defer("text")[: LIMIT * 2]
    for reply in found:
        rank = order.get(reply.locale.language_code, len(wanted))
        if reply.translation_key not in best or rank < best[reply.translation_key][0]:
            best[reply.translation_key] = rank, reply
    return [reply for _rank, reply in best.values()][:LIMIT]


def placeholders(ticket: Ticket, user) -> dict[str, str]:
    """Return the value of each of :data:`~wagtail_portal.models.PLACEHOLDERS`."""
    requester = ticket.requester
    # In the customer's language.
    with translation.override(ticket.language or get_language()):
        status = ticket.status.localized_label
    return {
        "requester": requester.name,
        "requester.first_name": requester.user.get_short_name() or requester.name,
        "organization": ticket.organization.name,
        "ticket.number": f"#{ticket.number}",
        "ticket.subject": ticket.subject,
        "ticket.status": status,
        "agent": get_user_display_name(user),
    }
