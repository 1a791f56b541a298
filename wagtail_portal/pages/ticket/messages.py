"""The messages of a ticket as its customers read them, and where each of them stands."""

from collections.abc import Callable

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.models import Attachment, Member, Message, Ticket
from wagtail_portal.portal_urls import message_suffix


def message_context(message: Message, member: Member, url: Callable) -> dict:
    """What the template shows of a message.

    :param url: takes the name of one of the portal's routes and its arguments.
    """
    own = message.author_id == member.user_id
    return {
        "kind": "message",
        "message": message,
        "author_name": gettext("You") if own else message.author_name,
        "from_team": message.from_team,
        "is_own": own,
        "html": message.html,
        "attachments": [_attachment(file, url) for file in message.attachments.all()],
        "created_at": message.created_at,
        "anchor": f"message-{message.pk}",
        "url": permanent_link(message, url),
    }


def permanent_link(message: Message, url: Callable) -> str:
    """The address of a message, which stays when the conversation grows."""
    return f"{url('portal_ticket', message.ticket.number)}{message_suffix(message)}"


def pk_in(query, name: str) -> int | None:
    """The primary key that a browser sent under ``name``; None for rubbish."""
    asked = query.get(name, "")
    # What no database could hold is not asked of it, nor does Python read endless numbers.
    return int(asked) if asked.isdecimal() and len(asked) < 19 else None


def page_holding(member: Member, number: int, pk: int) -> int:
    """The page of a ticket's conversation on which the message stands; 1, the newest, for one
    that is not in it or that the member may not read."""
    visible = Message.objects.visible_to(member).filter(ticket__number=number)
    asked = visible.filter(pk=pk, ticket__number=OuterRef("ticket__number"))
    moment = Subquery(asked.values("created_at")[:1])
    later = visible.filter(Q(created_at__gt=moment) | Q(created_at=moment, pk__gt=pk))
    return later.count() // conf.MESSAGES_PER_PAGE + 1


def live_data(ticket: Ticket) -> dict:
    """What the page needs to ask: the address, and what it knows already."""
    return {
        "url": reverse("wagtail_portal_updates", args=[ticket.number]),
        "version": version(ticket),
        "newest": ticket.last_reply_id or 0,
    }


def version(ticket: Ticket) -> str:
    """Another one whenever something changes that customers see, as an entity tag."""
    moment = ticket.updated_at.timestamp()
    return f'"{ticket.last_reply_id or 0}-{ticket.status_id}-{moment:.6f}"'


def _attachment(file: Attachment, url: Callable) -> dict:
    return {
        "name": file.name,
        "size": file.size,
        "kind": file.extension,
        "family": file.family,
        "url": url("portal_file", file.pk),
        "is_image": file.is_image,
        "thumbnail_url": url("portal_thumbnail", file.pk) if file.thumbnail else "",
    }
