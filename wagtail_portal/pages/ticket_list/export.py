"""The list of tickets as a file: what the list shows, from all of its pages."""

from collections.abc import Iterator
from itertools import chain

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal import conf
from wagtail_portal.utils.spreadsheets import csv_lines, xlsx_file

from . import TicketList

#: Tickets that are loaded at once; each time costs one query.
CHUNK = 500
#: Kinds of files, as addresses call them.
KINDS = {"xlsx": _("Excel (XLSX)"), "csv": _("CSV")}

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_response(tickets: TicketList, kind: str):
    """The list as a file that is saved: ``"csv"``, sent while it is written, or ``"xlsx"``."""
    what = gettext("tickets")
    name = f"{what}-{timezone.localdate().isoformat()}.{kind}"
    if kind == "xlsx":
        widths = [10, 50, 24, *(18 for _number in tickets.shown), 18]
        file = xlsx_file(rows(tickets), title=gettext("Tickets"), widths=widths)
        return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    response = StreamingHttpResponse(
        csv_lines(rows(tickets)), content_type="text/csv; charset=utf-8"
    )
    # The name holds nothing that needs quoting but, in some languages, letters beyond ASCII.
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def rows(tickets: TicketList) -> Iterator[list]:
    """The headings, then a row of values for each ticket; at the end a word, if not all are
    there."""
    # Which tickets, and in which order, is decided at once: a ticket that is answered meanwhile
    # comes neither twice nor not at all.
    found = list(tickets.tickets.values_list("pk", flat=True)[: conf.EXPORT_MAX_TICKETS + 1])
    head = [
        gettext("Number"),
        gettext("Subject"),
        gettext("Requester"),
        *(str(column.label) for column in tickets.shown),
        gettext("Last change"),
    ]
    language, zone = translation.get_language(), timezone.get_current_timezone()
    return chain([head], _rows(tickets, found, conf.EXPORT_MAX_TICKETS, language, zone))


def _rows(tickets, found, limit, language, zone) -> Iterator[list]:
    for start in range(0, min(len(found), limit), CHUNK):
        # Between two chunks the server may have answered somebody else.
        with translation.override(language), timezone.override(zone):
            chunk = _rows_of(tickets, found[start : min(start + CHUNK, limit)])
        yield from chunk
    if len(found) > limit:
        with translation.override(language):
            yield [_cut(limit)]


def _rows_of(tickets, pks) -> list[list]:
    loaded = (
        tickets.visible.filter(pk__in=pks)
        .select_related("status", "requester__user", "assignee")
        .defer("answers")
        .in_bulk()
    )
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


def _cut(limit) -> str:
    return ngettext(
        "The list goes on: a file holds %(limit)s ticket at most. Filter the list for the others.",
        "The list goes on: a file holds %(limit)s tickets at most. Filter the list for the others.",
        limit,
    ) % {"limit": number_format(limit, force_grouping=True)}
