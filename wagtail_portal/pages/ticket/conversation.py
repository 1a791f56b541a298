"""A ticket's conversation, as its customers see it."""

from collections.abc import Callable
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext

from wagtail_portal.conversation import (
    Conversation,
    message_entry,
    newest,
    page_of,
    places,
    split_page,
)
from wagtail_portal.models import Member, Message, Reader, Ticket, read_until_of
from wagtail_portal.portal_urls import message_suffix
from wagtail_portal.utils.prepared import prepared
from wagtail_portal.utils.ticket_links import named_tickets, with_ticket_links

#: How many tickets can be links on one page.
NAMED_AT_MOST = 100
TICKET_RELATIONS = ("status", "requester__user", "assignee", "rating")


def find_ticket(member: Member, number: int) -> Ticket | None:
    """Return the ticket with that number, if the member can see it."""
    return next(iter(_ticket(member.reader, number)), None)


@prepared
def _ticket(reader: Reader, number: int):
    found = Ticket.objects.visible_to(reader).filter(number=number).order_by()
    return found.select_related(*TICKET_RELATIONS, "site", "organization")


@prepared
def _ticket_with_links(reader: Reader, number: int):
    found: Any = Ticket.objects.visible_to(reader).filter(number=number).order_by()
    read_until = read_until_of(OuterRef("pk"), reader)
    found = found.annotate(**_links(reader), read_until=read_until)
    return found.select_related(*TICKET_RELATIONS)


def _links(reader: Reader) -> dict:
    """Return annotations with the numbers of related tickets, as far as the reader can see them:
    the ticket that this one follows up, its newest follow-up, and the one it was merged into."""
    visible = Ticket.objects.visible_to(reader).order_by("-pk")

    def number_of(**lookup):
        return Subquery(visible.filter(**lookup).values("number")[:1])

    return {
        "origin_number": number_of(pk=OuterRef("follow_up_to")),
        "follow_up_number": number_of(follow_up_to=OuterRef("pk")),
        "merged_number": number_of(pk=OuterRef("merged_into")),
    }


def _load(member: Member, number: int, page: int) -> Conversation | None:
    reader = member.reader
    ticket = next(iter(_ticket_with_links(reader, number)), None)
    if ticket is None:
        return None
    ticket.read_until = max(ticket.read_until, member.read_until)
    # The same one, which may be loaded with more.
    ticket.organization = member.organization
    found, before = split_page(_replies_at(reader, ticket.pk, places(page)))
    for message in found:
        message.ticket = ticket
    # Only an imported ticket can be without any reply.
    return Conversation(ticket, found, page, before) if found or page == 1 else None


@prepared
def _replies_at(reader: Reader, ticket: int, places: range):
    found = _replies(reader, ticket).select_related("author", "member__organization")
    return newest(found, places)


def _replies(reader: Member | Reader, ticket: int):
    return Message.objects.visible_to(reader).filter(ticket=ticket)


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
    found = page_of(_replies(member, conversation.ticket.pk), message)
    return conversation if found == page else _load(member, number, found)


def mark_unread(entries: list[dict], conversation: Conversation, member: Member) -> int:
    """Mark the messages that the member hasn't read, and return their number.

    Nothing is marked in a conversation of which they have read nothing at all, because it's read
    from its beginning.
    """
    new = [entry for entry in entries if _is_unread(entry, conversation.ticket)]
    if not new or (new[0] is entries[0] and conversation.before is None):
        return 0
    for entry, following in zip(new, [*new[1:], None], strict=True):
        entry["is_unread"] = entry["is_new"] = True
        entry["next_unread"] = following and following["anchor"]
    new[0]["unread"] = len(new)
    return len(new)


def _is_unread(entry, ticket) -> bool:
    return entry["message"].pk > ticket.read_until and not entry["is_own"]


def link_tickets(entries: list[dict], member: Member, url: Callable) -> None:
    """Turn the numbers of tickets in messages into links, as far as the member can see the tickets.
    One query, if there are any.

    :param url: as for :func:`message_context`.
    """
    named = {number for entry in entries for number in named_tickets(entry["html"])}
    if not named:
        return
    found = Ticket.objects.visible_to(member).filter(number__in=sorted(named)[:NAMED_AT_MOST])
    urls = {
        number: url("portal_ticket", number) for number in found.values_list("number", flat=True)
    }
    for entry in entries:
        entry["html"] = with_ticket_links(entry["html"], urls)


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
