"""Rows of the ticket list."""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from wagtail_portal.models import Member, Ticket
from wagtail_portal.utils import markup


@dataclass
class Row:
    """One ticket in the list."""

    ticket: Ticket
    #: Safe when it is HTML.
    subject: str | SafeString
    url: str
    #: Each with ``key``, ``label`` and ``html``, which is empty when there is no value.
    cells: list[dict]
    requester_name: str
    is_own: bool
    #: The last reply, or what a search found; safe when it is HTML.
    excerpt: str | SafeString
    excerpt_author: str
    #: The number of other people's replies that the member hasn't read.
    unread: int = 0

    @property
    def updated_at(self):
        """When something last changed that customers can see."""
        return self.ticket.updated_at


def make_row(ticket: Ticket, *, member: Member, url: str, columns, subject, match=None) -> Row:
    """Return the row of a ticket.

    :param subject: as it is shown.
    :param match: an excerpt from a search, shown instead of the last reply.
    """
    last = ticket.last_reply
    author = ""
    if match is None and last is not None:
        author = gettext("You") if last.author_id == member.user_id else last.author_name
    return Row(
        ticket=ticket,
        subject=subject,
        url=url,
        cells=[
            {"key": column.key, "label": column.label, "html": column.list_html(ticket)}
            for column in columns
        ],
        requester_name=ticket.requester.name,
        is_own=ticket.requester_id == member.pk,
        excerpt=match or (markup.excerpt(last.body) if last else ""),
        excerpt_author=author,
        unread=ticket.unread,
    )
