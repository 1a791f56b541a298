"""Downloads of a report, with everything that it counts."""

from django.http import FileResponse, StreamingHttpResponse
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, pgettext

from wagtail_portal.utils.spreadsheets import csv_lines, xlsx_file

from .figures import GROUPINGS, Figures, Report
from .periods import Period

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("csv", "xlsx")


def export(report: Report, by: str, extension: str):
    """Return a file with all groups, the total and that of the previous period, with times in
    minutes."""
    headings = [
        str(GROUPINGS[by].label),
        pgettext("tickets", "Opened"),
        pgettext("tickets", "Closed"),
        gettext("First response, median (min)"),
        gettext("First response, 90th percentile (min)"),
        gettext("Resolution, median (min)"),
        gettext("Resolution, 90th percentile (min)"),
        gettext("Ratings"),
        gettext("Good ratings (%)"),
    ]
    period, tickets = report.period, gettext("tickets")
    rows = [
        headings,
        *(_cells(str(group.name), group) for group in report.groups),
        _cells(_all(period), report.total),
        _cells(_all(period.previous), report.previous),
    ]
    name = f"{tickets}-{period.first}-{period.last}.{extension}"
    if extension == "xlsx":
        file = xlsx_file(rows, title=gettext("Tickets"), widths=[40, *[18] * 8])
        return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _all(period: Period) -> str:
    return gettext("All, %(first)s to %(last)s") % {
        "first": date_format(period.first, "SHORT_DATE_FORMAT"),
        "last": date_format(period.last, "SHORT_DATE_FORMAT"),
    }


def _cells(name: str, group: Figures) -> list:
    times = (group.answered.median, group.answered.high, group.solved.median, group.solved.high)
    minutes = ["" if value is None else value for value in times]
    good = "" if group.good is None else group.good
    return [name, group.opened, group.closed, *minutes, group.rated, good]
