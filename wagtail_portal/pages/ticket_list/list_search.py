"""The search of the ticket list."""

from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from wagtail_portal.models import Member, Ticket
from wagtail_portal.search import Query, backend
from wagtail_portal.search.snippets import mark, snippets


def found_words(tickets) -> str:
    """How many tickets a search has found, for a :class:`~.ticket_list.TicketList`; nobody counts
    further than the page."""
    number = len(tickets.rows)
    if tickets.page_number > 1:
        return gettext("Page %(page)d of what was found") % {"page": tickets.page_number}
    if tickets.next_url:
        text = ngettext(
            "More than %(number)d ticket found", "More than %(number)d tickets found", number
        )
    elif number:
        text = ngettext("%(number)d ticket found", "%(number)d tickets found", number)
    else:
        return gettext("No ticket found")
    return text % {"number": number}


class TextSearch:
    """What a member searches for in their tickets: words, or the number of one of them."""

    def __init__(self, member: Member, typed: str):
        self.member, self.query = member, Query.parse(typed)

    @property
    def text(self) -> str:
        """What was searched for; "" when there is no word in it."""
        return self.query.text if self.query else ""

    @property
    def number(self) -> int | None:
        """The number of the ticket that was asked for by it, when the member may see it."""
        number = self.query.number
        if number is None:
            return None
        found = Ticket.objects.visible_to(self.member).filter(number=number)
        return number if found.exists() else None

    def narrow(self, tickets):
        """Those of ``tickets`` in which each word occurs, in what customers may read."""
        return backend().find(tickets, self.query)

    def subject(self, ticket: Ticket):
        """The subject as safe HTML, with the words marked."""
        return mark(ticket.subject, self.query)

    def excerpts(self, tickets: list[Ticket]) -> dict:
        """Where each ticket says what was searched for, as safe HTML with the words marked, by
        primary key; and who said it, unless that is the requester, whose name stands before it."""
        requesters = {ticket.pk: ticket.requester.user_id for ticket in tickets}
        passages = {}
        for pk, found in snippets(tickets, self.query, self.member).items():
            author = found.message.author_id
            if author is not None and author == requesters[pk]:
                passages[pk] = found.html
            else:
                own = author == self.member.user_id
                name = gettext("You") if own else found.message.author_name
                passages[pk] = format_html("<bdi>{}</bdi>: {}", name, found.html)
        return passages
