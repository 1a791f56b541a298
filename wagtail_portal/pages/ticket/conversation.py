"""A ticket as its customers see it: the conversation, and the facts beside it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from wagtail_portal import conf
from wagtail_portal.fields import FormContext
from wagtail_portal.fields.form import answer_html
from wagtail_portal.models import Member, Message, Ticket
from wagtail_portal.pages.columns import column, with_names

from .messages import message_context, page_holding

TICKET_RELATIONS = ("status", "requester__user", "assignee", "site", "organization", "rating")


def find_ticket(member: Member, number: int) -> Ticket | None:
    """The ticket with that number, if the member may read it."""
    return _tickets(member, number).first()


def _tickets(member: Member, number: int):
    found = Ticket.objects.visible_to(member).filter(number=number)
    return found.select_related(*TICKET_RELATIONS)


def _links(member: Member, ticket: str = "") -> dict:
    """``origin_number``, ``follow_up_number`` and ``merged_number``: the ticket that this one
    follows up, the newest that follows it up, and the one in which it goes on, where the member
    may read those."""
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


@dataclass(frozen=True)
class Thread:
    """A part of a ticket's conversation: ``page`` 1 is the newest one."""

    ticket: Ticket
    messages: list[Message]
    page: int = 1
    #: The last message of the part before, from which on events belong to this one.
    before: Message | None = None


def load(member: Member, number: int, page: int = 1) -> Thread | None:
    """The ticket with that number and a part of its replies, oldest first, with their files;
    None unless the member may read it and there is such a part.

    The ticket comes along with its messages, which saves the page a query.
    """
    size = conf.MESSAGES_PER_PAGE
    newest = (
        Message.objects.visible_to(member)
        .filter(ticket__number=number)
        .annotate(**_links(member, "ticket__"))
        .select_related("author", *(f"ticket__{name}" for name in TICKET_RELATIONS))
        .prefetch_related("attachments")
        .order_by("-created_at", "-id")[(page - 1) * size : page * size + 1]
    )
    found = list(newest)
    before = found.pop() if len(found) > size else None
    if found:
        ticket = found[0].ticket
        ticket.origin_number = found[0].origin_number
        ticket.follow_up_number = found[0].follow_up_number
        ticket.merged_number = found[0].merged_number
        return Thread(ticket, found[::-1], page, before)
    # A ticket without any reply can only be an imported one.
    ticket = _tickets(member, number).annotate(**_links(member)).first() if page == 1 else None
    return Thread(ticket, []) if ticket else None


def load_holding(member: Member, number: int, page: int, message: int | None) -> Thread | None:
    """As :func:`load`, but with a ``message``, the part in which that one stands."""
    thread = load(member, number, page)
    if message is None or thread is None or thread.before is None:
        return thread
    if any(row.pk == message for row in thread.messages):
        return thread
    found = page_holding(member, number, message)
    return thread if found == page else load(member, number, found)


def entries(thread: Thread, member: Member, url: Callable, events: list[dict]) -> list[dict]:
    """Replies and what happened between them, oldest first.

    :param url: takes the name of one of the portal's routes and its arguments.
    :param events: of the time of this part of the conversation, from :mod:`.timeline`.
    """
    found = [message_context(message, member, url) for message in thread.messages]
    return sorted([*found, *events], key=lambda entry: entry["created_at"])


def details(ticket: Ticket, designations, editable: set[str], context: FormContext) -> list[dict]:
    """The designated fields of the ticket, in the editors' order.

    :param editable: keys of those that can be changed here.
    :param context: says where files are, and who members are.
    """
    context = with_names(context, designations, [ticket])
    cells = [column(row, context=context, tickets=[ticket]).cell(ticket) for row in designations]
    return [
        {"key": cell.key, "label": cell.label, "html": cell.html, "editable": cell.key in editable}
        for cell in cells
    ]


def answers(ticket: Ticket, context: FormContext) -> list[dict]:
    """What was answered to the questions of the form, with the labels of that time."""
    return [
        {"label": row.get("label", ""), "html": answer_html(row, context)} for row in ticket.answers
    ]
