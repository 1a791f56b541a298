"""Exports of the ticket list: all pages, with the columns that it shows."""

from collections.abc import Iterator
from itertools import chain

from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy

from wagtail_portal import conf
from wagtail_portal.columns import Column, get_column
from wagtail_portal.pages.exports import spreadsheet

from .listing import TicketList

#: Tickets that are loaded at once; each chunk costs one query.
CHUNK = 500


def export_response(tickets: TicketList, format: str):
    """Return a file download: ``"csv"``, sent while it is written, or ``"xlsx"``."""
    return spreadsheet(
        rows(tickets),
        format,
        name=gettext("tickets"),
        title=gettext("Tickets"),
        widths=[10, 50, 24, *(18 for _column in columns_of(tickets)), 18, 40],
    )


class ClosedColumn(Column):
    key, label = "closed", pgettext_lazy("date of a ticket", "Closed")

    def export(self, ticket):
        return timezone.localtime(ticket.closed_at) if ticket.closed_at else ""


def columns_of(tickets: TicketList) -> list[Column]:
    """Return the columns of the file: those of the list, the dates, and the assignee if customers
    see assignees at all."""
    shown = [column.key for column in tickets.shown_columns]
    wanted = ["opened"]
    if any(row.key == "assignee" for row in tickets.settings.designated("on_ticket")):
        wanted.insert(0, "assignee")
    found = (get_column(key) for key in wanted if key not in shown)
    more = [column for column in found if column is not None]
    return [*tickets.shown_columns, *more, ClosedColumn()]


def rows(tickets: TicketList) -> Iterator[list]:
    """Return the headings, a row for each ticket and, above the limit, a note."""
    # The order is fixed at the start, so that a ticket that changes during it is exported once.
    wanted = slice(conf.EXPORT_MAX_TICKETS + 1)
    pks = list(tickets.tickets.values_list("pk", flat=True)[wanted])
    if not pks and tickets.correct_search():
        pks = list(tickets.tickets.values_list("pk", flat=True)[wanted])
    head = [
        pgettext("of a ticket", "Number"),
        gettext("Subject"),
        gettext("Requester"),
        *(str(column.label) for column in columns_of(tickets)),
        gettext("Last updated"),
        pgettext("of a ticket", "Link"),
    ]
    language, zone = translation.get_language(), timezone.get_current_timezone()
    return chain([head], _rows(tickets, pks, conf.EXPORT_MAX_TICKETS, language, zone))


def _rows(tickets, pks, limit, language, zone) -> Iterator[list]:
    for start in range(0, min(len(pks), limit), CHUNK):
        # Another request may have been handled between two chunks.
        with translation.override(language), timezone.override(zone):
            chunk = _rows_of(tickets, pks[start : min(start + CHUNK, limit)])
        yield from chunk
    if len(pks) > limit:
        with translation.override(language):
            yield [_limit_note(limit)]


def _rows_of(tickets, pks) -> list[list]:
    loaded = (
        tickets.with_related(tickets.visible.filter(pk__in=pks), tickets.related)
        .select_related("status")
        .in_bulk()
    )
    columns = tickets.prepared(columns_of(tickets), list(loaded.values()))
    return [_row(loaded[pk], columns, tickets.ticket_url) for pk in pks if pk in loaded]


def _row(ticket, columns, url) -> list:
    return [
        ticket.number,
        ticket.subject,
        ticket.requester.name,
        *(column.export(ticket) for column in columns),
        timezone.localtime(ticket.updated_at),
        url(ticket),
    ]


def _limit_note(limit) -> str:
    return ngettext(
        "There are more tickets than a file can hold. The limit is %(limit)s ticket. Filter the"
        " list to export the others.",
        "There are more tickets than a file can hold. The limit is %(limit)s tickets. Filter "
        "the list to export the others.",
        limit,
    ) % {"limit": number_format(limit, force_grouping=True)}
