"""The page of the report, and its export."""

from datetime import timedelta

from django import forms
from django.http import FileResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from wagtail.admin.menu import MenuItem

from wagtail_portal.desk.views import DeskPage
from wagtail_portal.fields.types.dates import BoundedDateField
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.utils.days import EARLIEST, LATEST
from wagtail_portal.utils.spreadsheets import csv_lines, xlsx_file

from .chart import make_chart
from .figures import GROUPS, make_report

#: The default period, in days.
DAYS = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: How many groups the page shows; the export has all of them.
SHOWN = 100

PERMISSIONS = (Verb.REPORT, Verb.VIEW)


class PeriodForm(forms.Form):
    """The period, and what its tickets are grouped by."""

    first = BoundedDateField(label=_("From"), earliest=EARLIEST, latest=LATEST)
    last = BoundedDateField(label=_("To"), earliest=EARLIEST, latest=LATEST)
    by = forms.ChoiceField(label=_("Group by"), choices=list(GROUPS.items()))

    def clean(self):
        data = super().clean()
        first, last = data.get("first"), data.get("last")
        if first and last and first > last:
            self.add_error("last", gettext("The end date is before the start date."))
        if first and last and (last - first).days > 3660:
            self.add_error("first", gettext("Select a period of up to ten years."))
        return data


def duration(seconds: float | None) -> str:
    """Format a duration with at most two units."""
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    if minutes < 60:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    if minutes < 48 * 60:
        return gettext("%(hours)d h %(minutes)d min") % {
            "hours": minutes // 60,
            "minutes": minutes % 60,
        }
    hours = round(minutes / 60)
    return ngettext("%(days)d day %(hours)d h", "%(days)d days %(hours)d h", hours // 24) % {
        "days": hours // 24,
        "hours": hours % 24,
    }


class ReportView(DeskPage):
    """Shows the report of the period in the URL, or exports it."""

    permission_required = PERMISSIONS
    template_name = "wagtail_portal/desk/report.html"
    page_title = _("Ticket report")

    def get_breadcrumbs_items(self):
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get(self, request):
        today = timezone.localdate()
        initial = {"first": today - timedelta(days=DAYS - 1), "last": today, "by": "form"}
        given = {name: request.GET.get(name) or value for name, value in initial.items()}
        form = PeriodForm(given)
        report = None
        if form.is_valid():
            data = form.cleaned_data
            report = make_report(
                tickets_for_team(request.user), data["first"], data["last"], data["by"]
            )
            if request.GET.get("export") in ("csv", "xlsx"):
                return self.export(report, data, request.GET["export"])
        return self.render_to_response(self.get_context_data(form=form, report=report))

    def get_context_data(self, *, form, report, **kwargs):
        context = super().get_context_data(form=form, report=report, **kwargs)
        if report:
            data = form.cleaned_data
            query = f"first={data['first']}&last={data['last']}&by={data['by']}"
            context |= {
                "chart": make_chart(report.steps),
                "total": _formatted(report.total),
                "rows": [_formatted(group) for group in report.groups[:SHOWN]],
                "hidden": max(len(report.groups) - SHOWN, 0),
                "by": GROUPS[data["by"]],
                "scores": report.total.scores,
                "most": max([1, *(group.opened for group in report.groups)]),
                "export_url": f"{reverse('wagtail_portal_report')}?{query}",
            }
        return context

    def export(self, report, data, extension):
        """Return a file with all groups and the total, with times in minutes."""
        headings = [
            str(GROUPS[data["by"]]),
            pgettext("tickets", "Opened"),
            pgettext("tickets", "Closed"),
            gettext("First response, median (min)"),
            gettext("First response, 90th percentile (min)"),
            gettext("Resolution, median (min)"),
            gettext("Resolution, 90th percentile (min)"),
            gettext("Ratings"),
            gettext("Good ratings (%)"),
        ]
        report.total.name = gettext("All")
        rows = [headings, *(_cells(group) for group in [*report.groups, report.total])]
        tickets = gettext("tickets")
        name = f"{tickets}-{data['first']}-{data['last']}.{extension}"
        if extension == "xlsx":
            file = xlsx_file(rows, title=gettext("Tickets"), widths=[40, *[18] * 8])
            return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
        response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = content_disposition_header(True, name)
        return response


def _cells(group) -> list:
    times = (group.answered.median, group.answered.high, group.solved.median, group.solved.high)
    minutes = ["" if value is None else round(value / 60) for value in times]
    good = "" if group.good is None else group.good
    return [group.name, group.opened, group.closed, *minutes, group.rated, good]


def _formatted(group) -> dict:
    return {
        "name": group.name,
        "opened": group.opened,
        "closed": group.closed,
        "answered": duration(group.answered.median),
        "answered_high": duration(group.answered.high),
        "solved": duration(group.solved.median),
        "solved_high": duration(group.solved.high),
        "rated": group.rated,
        "good": group.good,
    }


class ReportMenuItem(MenuItem):
    def is_shown(self, request):
        return request.user.has_perms(PERMISSIONS)


def menu_item():
    """Return the item for Wagtail's "Reports" menu."""
    return ReportMenuItem(
        _("Tickets"), reverse("wagtail_portal_report"), name="portal-report", icon_name="mail"
    )


admin_urls = [
    path("portal/report/", never_cache(ReportView.as_view()), name="wagtail_portal_report")
]
