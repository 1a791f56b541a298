"""Canned replies for one ticket: which there are, and what their placeholders stand for."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.models import SavedReply, Ticket

#: A list in which one looks for a title; more belong into several groups.
OFFERED = 200


def offered(ticket: Ticket, user) -> list[SavedReply]:
    """Those that ``user`` may put in, each once: in the customer's language where there is a
    translation, else in the agent's, else in the site's."""
    wanted = [ticket.language, get_language(), settings.LANGUAGE_CODE]
    order = {code: place for place, code in reversed(list(enumerate(wanted)))}
    best: dict = {}
    found = SavedReply.objects.for_agent(user).select_related("locale").defer("text")[: OFFERED * 2]
    for reply in found:
        rank = order.get(reply.locale.language_code, len(wanted))
        if reply.translation_key not in best or rank < best[reply.translation_key][0]:
            best[reply.translation_key] = rank, reply
    return [reply for _rank, reply in best.values()][:OFFERED]


def placeholders(ticket: Ticket, user) -> dict[str, str]:
    """What stands for each of :data:`~wagtail_portal.models.PLACEHOLDERS`."""
    requester = ticket.requester
    # The customer reads it.
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
