"""Downloads of a list as a spreadsheet."""

from collections.abc import Callable, Iterator

from django.contrib import messages
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wagtail_portal.actions.rate_limits import count
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.models import Member
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.spreadsheets import csv_lines, xlsx_file

#: Labels of the formats by their names in URLs.
FORMATS = {"xlsx": _("Excel (XLSX)"), "csv": _("CSV")}

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_links(url: Callable[[str], str], query: str) -> list[dict]:
    """Return a label and a URL for each format; none if the site has removed the route.

    :param url: takes the name of a format.
    :param query: the query string of the list.
    """
    found = [(label, url(name)) for name, label in FORMATS.items()]
    return [{"label": label, "url": f"{address}{query}"} for label, address in found if address]


def count_export(request, member: Member) -> bool:
    """Count an export, and return whether the member may have it; otherwise say so."""
    try:
        count(Actor.for_member(member), "EXPORTS_PER_HOUR")
    except RateLimited as error:
        text = ngettext(
            "Too many exports. Try again in %(minutes)d minute.",
            "Too many exports. Try again in %(minutes)d minutes.",
            error.minutes,
        )
        messages.error(request, text % {"minutes": error.minutes})
        return False
    return True


def spreadsheet(rows: Iterator[list], format: str, *, name: str, title: str, widths: list[int]):
    """Return a file download: ``"csv"``, sent while it is written, or ``"xlsx"``.

    :param rows: the headings, then one row for each line.
    :param name: the file's name, to which the date and the extension are added.
    :param title: of the sheet.
    :param widths: of the columns, in characters.
    """
    name = f"{name}-{timezone.localdate().isoformat()}.{format}"
    if format == "xlsx":
        file = xlsx_file(rows, title=title, widths=widths)
        return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    # The name isn't ASCII in some languages.
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response
