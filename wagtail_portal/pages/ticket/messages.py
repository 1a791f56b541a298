"""The messages of a ticket as customers read them, and their links."""

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import gettext

from wagtail_portal.conversation import etag, message_entry
from wagtail_portal.models import Member, Message, Ticket
from wagtail_portal.portal_urls import message_suffix


def message_context(message: Message, member: Member, url: Callable) -> dict:
    """Return what the template shows of a message.

    :param url: takes the name of one of the portal's routes and its arguments.
    """
    entry = message_entry(
        message,
        member.user_id,
        file_url=lambda file: url("portal_file", file.pk),
        thumbnail_url=lambda file: url("portal_thumbnail", file.pk),
        url=f"{url('portal_ticket', message.ticket.number)}{message_suffix(message)}",
    )
    if entry["is_own"]:
        entry["author_name"] = gettext("You")
    return entry


def live_data(ticket: Ticket) -> dict:
    """Return what an open page needs to ask for updates: the URL, and what it shows already."""
    return {
        "url": reverse("wagtail_portal_updates", args=[ticket.number]),
        "version": version(ticket),
        "newest": ticket.last_reply_id or 0,
    }


def version(ticket: Ticket) -> str:
    """Return an entity tag that changes with anything that customers see."""
    return etag(ticket.last_reply_id or 0, ticket.status_id, changed_at=ticket.updated_at)
