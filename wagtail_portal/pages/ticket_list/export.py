"""Exports of the ticket list: all pages, with the columns that it shows."""

from collections.abc import Iterator
from itertools import chain

from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext

from wagtail_portal import conf
from wagtail_portal.pages.exports import spreadsheet

from .query import TicketQuery

#: Tickets that are loaded at once; each chunk costs one query.
CHUNK = 500


def export_response(tickets: TicketQuery, format: str):
    """Return a file download: ``"csv"``, sent while it is written, or ``"xlsx"``."""
    return spreadsheet(
        rows(tickets),
        format,
        name=gettext("tickets"),
        title=gettext("Tickets"),
        widths=[10, 50, 24, *(18 for _column in tickets.shown_columns), 18],
    )


def rows(tickets: TicketQuery) -> Iterator[list]:
    """Return the headings, a row for each ticket and, above the limit, a note."""
    # The order is fixed at the start, so that a ticket that changes meanwhile is exported once.
    wanted = slice(conf.EXPORT_MAX_TICKETS + 1)
    pks = list(tickets.tickets.values_list("pk", flat=True)[wanted])
    if not pks and tickets.correct_search():
        pks = list(tickets.tickets.values_list("pk", flat=True)[wanted])
    head = [
        pgettext("of a ticket", "Number"),
        gettext("Subject"),
        gettext("Requester"),
        *(str(column.label) for column in tickets.shown_columns),
        gettext("Last updated"),
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
    loaded = tickets.with_related(tickets.visible.filter(pk__in=pks)).in_bulk()
    columns = tickets.columns_for(list(loaded.values()))
    return [_row(loaded[pk], columns) for pk in pks if pk in loaded]


def _row(ticket, columns) -> list:
    return [
        ticket.number,
        ticket.subject,
        ticket.requester.name,
        *(column.export(ticket) for column in columns),
        timezone.localtime(ticket.updated_at),
    ]


def _limit_note(limit) -> str:
    return ngettext(
        "There are more tickets than a file can hold. The limit is %(limit)s ticket. Filter the"
        " list to export the others.",
        "There are more tickets than a file can hold. The limit is %(limit)s tickets. Filter "
        "the list to export the others.",
        limit,
    ) % {"limit": number_format(limit, force_grouping=True)}
