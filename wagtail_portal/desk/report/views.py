"""The page of the report."""

from datetime import timedelta

from django import forms
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from wagtail.admin.active_filters import filter_adapter_class_registry
from wagtail.admin.menu import MenuItem

from wagtail_portal.columns import field_column
from wagtail_portal.desk.tickets.list_settings import fields_for_team, inbox_columns
from wagtail_portal.desk.views import DeskPage
from wagtail_portal.fields.types.dates import BoundedDateField
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.utils.days import EARLIEST, LATEST

from .chart import make_chart
from .export import FORMATS, export
from .figures import GROUPINGS, Report, make_report
from .filters import Links, ReportFilterSet
from .periods import Period
from .tables import group_cells, step_rows, totals

#: The default period, in days.
DAYS = 30
#: How many groups the page shows; the export has all of them.
SHOWN = 100

PERMISSIONS = (Verb.REPORT, Verb.VIEW)

#: The parameters of the period.
PERIOD = ("first", "last", "by")


class PeriodForm(forms.Form):
    """The period, and what its tickets are grouped by."""

    first = BoundedDateField(label=_("From"), earliest=EARLIEST, latest=LATEST)
    last = BoundedDateField(label=_("To"), earliest=EARLIEST, latest=LATEST)
    by = forms.ChoiceField(
        label=_("Group by"), choices=[(key, row.label) for key, row in GROUPINGS.items()]
    )

    def clean(self):
        data = super().clean()
        first, last = data.get("first"), data.get("last")
        if first and last and first > last:
            self.add_error("last", gettext("The end date is before the start date."))
        if first and last and (last - first).days > 3660:
            self.add_error("first", gettext("Select a period of up to ten years."))
        return data


class ReportView(DeskPage):
    """Shows the report of the period and the filters in the URL, or exports it."""

    permission_required = PERMISSIONS
    template_name = "wagtail_portal/desk/report.html"
    page_title = _("Ticket report")

    def get_breadcrumbs_items(self):
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    @cached_property
    def form(self) -> PeriodForm:
        """The form of the period: the last days, unless the URL says otherwise."""
        today = timezone.localdate()
        initial = {"first": today - timedelta(days=DAYS - 1), "last": today, "by": "form"}
        return PeriodForm({name: self.request.GET.get(name) or initial[name] for name in initial})

    @cached_property
    def filters(self) -> ReportFilterSet:
        """The filters."""
        user = self.request.user
        columns = inbox_columns([*map(field_column, fields_for_team(user))])
        return ReportFilterSet(
            self.request.GET, tickets_for_team(user), request=self.request, columns=columns
        )

    def get(self, request):
        report = None
        if self.form.is_valid() and self.filters.is_valid():
            data = self.form.cleaned_data
            period = Period(data["first"], data["last"])
            report = make_report(self.filters.qs, period, data["by"])
            if request.GET.get("export") in FORMATS:
                return export(report, data["by"], request.GET["export"])
        return self.render_to_response(self.get_context_data(report=report))

    def get_context_data(self, *, report, **kwargs):
        filter_form = self.filters.form
        context = super().get_context_data(
            form=self.form,
            filter_form=filter_form,
            # Without a script, what was found has to be chosen there.
            filters_open=bool(filter_form.errors) or "find" in self.request.GET,
            active_filters=self.active_filters(),
            media=filter_form.media,
            report=report,
            **kwargs,
        )
        if report:
            context |= self.shown(report, self.form.cleaned_data["by"])
        return context

    def shown(self, report: Report, by: str) -> dict:
        """Return what the templates show of a report."""
        links = Links(dict(self.filters.chosen.lists()), report.period)
        query = self.filters.chosen.copy()
        query.update({name: str(value) for name, value in self.form.cleaned_data.items()})
        return {
            "previous": report.period.previous,
            "chart": make_chart(report.steps),
            "steps": step_rows(report, links),
            "totals": totals(report, links),
            "rows": [
                (group, group_cells(group, links.of_group(by, group)))
                for group in report.groups[:SHOWN]
            ],
            "hidden": max(len(report.groups) - SHOWN, 0),
            "by": GROUPINGS[by].label,
            "most": max([1, *(group.opened for group in report.groups)]),
            "export_url": f"{reverse('wagtail_portal_report')}?{query.urlencode()}",
        }

    def active_filters(self) -> list:
        """Return the filters in use, each with the URL of the report without it."""
        form = self.filters.form
        query = self.filters.chosen.copy()
        query.update({name: self.request.GET[name] for name in PERIOD if name in self.request.GET})
        found: list = []
        for name in form.changed_data if self.filters.is_valid() else ():
            shown = self.filters.filters[name]
            adapter = filter_adapter_class_registry.get(shown)
            value, url = form.cleaned_data[name], reverse("wagtail_portal_report")
            found += adapter(shown, form[name], value, url, query).get_active_filters()
        return found


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
