"""One row of the list."""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from wagtail_portal.models import Member, Ticket
from wagtail_portal.pages.columns import Cell
from wagtail_portal.utils import markup


@dataclass
class Row:
    """One ticket in the list."""

    ticket: Ticket
    #: Safe when it is HTML.
    subject: str | SafeString
    url: str
    status: dict
    cells: list[Cell]
    requester_name: str
    is_own: bool
    #: The last word said, or where a search has found something; safe when it is HTML.
    excerpt: str | SafeString
    excerpt_author: str
    #: The number of other people's replies that the member hasn't read.
    unread: int = 0

    @property
    def updated_at(self):
        """The last thing that a customer can see."""
        return self.ticket.updated_at


def make_row(ticket: Ticket, *, member: Member, url: str, columns, subject, found_in=None) -> Row:
    """The row of a ticket.

    :param subject: as it is shown.
    :param found_in: what a search marked in it, shown instead of the last word.
    """
    last = ticket.last_reply
    author = ""
    if found_in is None and last is not None:
        author = gettext("You") if last.author_id == member.user_id else last.author_name
    return Row(
        ticket=ticket,
        subject=subject,
        url=url,
        status={"label": ticket.status.localized_label, "state": ticket.status.state},
        cells=[column.cell(ticket) for column in columns],
        requester_name=ticket.requester.name,
        is_own=ticket.requester_id == member.pk,
        excerpt=found_in or (markup.excerpt(last.body) if last else ""),
        excerpt_author=author,
        unread=ticket.unread,
    )
