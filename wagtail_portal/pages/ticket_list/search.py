"""The search of the ticket list."""

from dataclasses import replace

from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from wagtail_portal.models import Member, Message, PortalSettings, Ticket
from wagtail_portal.search import Query, backend, corrected_query
from wagtail_portal.search.snippets import mark, snippets

from .menus import COUNT_LIMIT


def result_count(tickets) -> str:
    """Return the number of search results of a :class:`~.listing.TicketList` as text."""
    if not tickets.total:
        return gettext("No tickets found")
    number = min(tickets.total, COUNT_LIMIT)
    if tickets.total > COUNT_LIMIT:
        text = ngettext(
            "More than %(number)d ticket found", "More than %(number)d tickets found", number
        )
    else:
        text = ngettext("%(number)d ticket found", "%(number)d tickets found", number)
    text %= {"number": number}
    if tickets.search.is_corrected:
        similar = gettext("Nothing matches exactly. These tickets contain similar words.")
        return f"{text}. {similar}"
    return text


class TextSearch:
    """A member's search for words in their tickets, or for the number of one."""

    def __init__(self, member: Member, typed: str, settings: PortalSettings):
        self.member = member
        query = Query.parse(typed, settings.searched_fields)
        # Visitors see tickets of several organizations.
        organization = member.organization_id if member.role.gives_access else None
        self.query = replace(query, organization=organization)

    @property
    def text(self) -> str:
        """What is searched for; "" when it has no words."""
        return self.query.text if self.query else ""

    @property
    def is_corrected(self) -> bool:
        """Whether the tickets contain similar words, because none match exactly."""
        return self.query.is_corrected

    @property
    def number(self) -> int | None:
        """The number of a ticket that was typed, if the member can see the ticket."""
        number = self.query.number
        if number is None:
            return None
        found = Ticket.objects.visible_to(self.member).filter(number=number)
        return number if found.exists() else None

    def narrow(self, tickets):
        """Return those of ``tickets`` in which customers can read every word."""
        return backend().find(tickets, self.query)

    def correct(self, tickets) -> bool:
        """Search for similar words from now on if none of ``tickets`` match exactly, and return
        whether there are any."""
        if not self.is_corrected:
            self.query = corrected_query(tickets, self.query)
            return self.is_corrected
        return False

    def subject(self, ticket: Ticket):
        """Return the subject as safe HTML with the words marked."""
        return mark(ticket.subject, self.query)

    def excerpts(self, tickets: list[Ticket]) -> dict:
        """Return passages with the words as safe HTML, by primary key of the ticket.

        The author is named, except for the requester, whose name is already in the row.
        """
        requesters = {ticket.pk: ticket.requester.user_id for ticket in tickets}
        passages = {}
        messages = Message.objects.visible_to(self.member)
        for pk, snippet in snippets(tickets, self.query, messages).items():
            author = snippet.message.author_id
            if author is not None and author == requesters[pk]:
                passages[pk] = snippet.html
            else:
                own = author == self.member.user_id
                name = gettext("You") if own else snippet.message.author_name
                passages[pk] = format_html("<bdi>{}</bdi>: {}", name, snippet.html)
        return passages
