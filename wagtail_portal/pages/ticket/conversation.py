"""A ticket as its customers see it: the conversation, its details and the answers of its form."""

from collections.abc import Callable

from django.db.models import OuterRef, Subquery

from wagtail_portal.columns import prepare_columns
from wagtail_portal.conversation import Conversation, in_order, load_page, page_of
from wagtail_portal.fields import FormContext
from wagtail_portal.fields.form import answer_html
from wagtail_portal.models import Member, Message, Ticket

from .messages import message_context

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
    return {
        "origin_number": Subquery(
            visible.filter(pk=OuterRef(f"{ticket}follow_up_to")).values("number")[:1]
        ),
        "follow_up_number": Subquery(
            visible.filter(follow_up_to=OuterRef(f"{ticket}pk")).values("number")[:1]
        ),
        "merged_number": Subquery(
            visible.filter(pk=OuterRef(f"{ticket}merged_into")).values("number")[:1]
        ),
    }


def load(member: Member, number: int, page: int = 1) -> Conversation | None:
    """Return a page of a ticket's replies, with the ticket.

    None if there's no such page, or if the member can't see the ticket. The ticket comes along
    with its messages, which saves a query.
    """
    replies = (
        _replies(member, number)
        .annotate(**_links(member, "ticket__"))
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


def load_holding(
    member: Member, number: int, page: int, message: int | None
) -> Conversation | None:
    """Return what :func:`load` does; with a ``message``, the page on which that one stands."""
    conversation = load(member, number, page)
    if message is None or conversation is None or conversation.before is None:
        return conversation
    if any(row.pk == message for row in conversation.messages):
        return conversation
    found = page_of(_replies(member, number), message)
    return conversation if found == page else load(member, number, found)


def entries(
    conversation: Conversation, member: Member, url: Callable, events: list[dict]
) -> list[dict]:
    """Return the replies and what happened between them, oldest first.

    :param url: takes the name of one of the portal's routes and its arguments.
    :param events: of the time of this page, from :mod:`.timeline`.
    """
    return in_order(
        [message_context(message, member, url) for message in conversation.messages], events
    )


def details(ticket: Ticket, designations, editable: set[str], context: FormContext) -> list[dict]:
    """Return the designated fields of the ticket, in the editors' order.

    :param editable: keys of those that the member can change here.
    :param context: knows the URLs of files and the names of members.
    """
    columns = prepare_columns([row.column for row in designations], [ticket], context)
    return [
        {
            "key": column.key,
            "label": column.label,
            "html": column.html(ticket),
            "editable": column.key in editable,
        }
        for column in columns
    ]


def answers(ticket: Ticket, context: FormContext) -> list[dict]:
    """Return the answers that were submitted, with the labels that the questions had then."""
    return [
        {"label": row.get("label", ""), "html": answer_html(row, context)} for row in ticket.answers
    ]
