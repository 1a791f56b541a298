"""A ticket's conversation, as its customers see it."""

from collections.abc import Callable

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext

from wagtail_portal.conversation import Conversation, load_page, message_entry, page_of
from wagtail_portal.models import Member, Message, Ticket
from wagtail_portal.portal_urls import message_suffix

TICKET_RELATIONS = ("status", "requester__user", "assignee", "site", "organization", "rating")


def find_ticket(member: Member, number: int) -> Ticket | None:
    """Return the ticket with that number, if the member can see it."""
    return _tickets(member, number).first()


def _tickets(member: Member, number: int):
    found = Ticket.objects.visible_to(member).filter(number=number)
    return found.select_related(*TICKET_RELATIONS)


def _links(member: Member, ticket: str = "") -> dict:
    """Return annotations with the numbers of related tickets, as far as the member can see them:
    the ticket that this one follows up, its newest follow-up, and the one it was merged into."""
    visible = Ticket.objects.visible_to(member).order_by("-pk")

    def number_of(**lookup):
        return Subquery(visible.filter(**lookup).values("number")[:1])

    return {
        "origin_number": number_of(pk=OuterRef(f"{ticket}follow_up_to")),
        "follow_up_number": number_of(follow_up_to=OuterRef(f"{ticket}pk")),
        "merged_number": number_of(pk=OuterRef(f"{ticket}merged_into")),
    }


def _load(member: Member, number: int, page: int) -> Conversation | None:
    replies = (
        _replies(member, number)
        .annotate(**_links(member, "ticket__"))
        # The ticket comes along with its messages, which saves a query.
        .select_related("author", *(f"ticket__{name}" for name in TICKET_RELATIONS))
    )
    found, before = load_page(replies, page)
    if found:
        ticket = found[-1].ticket
        for name in ("origin_number", "follow_up_number", "merged_number"):
            setattr(ticket, name, getattr(found[-1], name))
        return Conversation(ticket, found, page, before)
    # Only an imported ticket can be without any reply.
    ticket = _tickets(member, number).annotate(**_links(member)).first() if page == 1 else None
    return Conversation(ticket, []) if ticket else None


def _replies(member: Member, number: int):
    return Message.objects.visible_to(member).filter(ticket__number=number)


def load_conversation(
    member: Member, number: int, page: int, message: int | None
) -> Conversation | None:
    """Return a page of a ticket's replies, with the ticket.

    None if there's no such page, or if the member can't see the ticket.

    :param message: primary key of a message whose page is returned instead.
    """
    conversation = _load(member, number, page)
    if message is None or conversation is None or conversation.before is None:
        return conversation
    if any(row.pk == message for row in conversation.messages):
        return conversation
    found = page_of(_replies(member, number), message)
    return conversation if found == page else _load(member, number, found)


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
