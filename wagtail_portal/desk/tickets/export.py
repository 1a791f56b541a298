"""The inbox as a file."""

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from wagtail_portal import conf
from wagtail_portal.desk.exports import SafeExportMixin
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import Verb

from .columns import TicketFieldColumn, assignee_name


class TicketExportMixin(SafeExportMixin):
    """What the listing shows, from all of its pages, with all ticket fields."""

    export_permission = Verb.EXPORT
    export_fields = [
        "number",
        "subject",
        "status.name",
        "status.get_state_display",
        "get_urgency_display",
        "organization.name",
        "requester.name",
        "requester.email",
        "assignee_name",
        "form_title",
        "opened_at",
        "team_updated_at",
        "waiting_since",
        "first_answered_at",
        "closed_at",
    ]
    export_headings = {
        "status.name": _("Status"),
        "status.get_state_display": _("State"),
        "get_urgency_display": _("Urgency"),
        "organization.name": _("Organization"),
        "requester.name": _("Requester"),
        "requester.email": _("E-mail address"),
        "assignee_name": _("Assigned to"),
        "form_title": _("Form"),
    }

    @cached_property
    def exported_fields(self) -> list[TicketFieldColumn]:
        """All ticket fields in use, shown in the listing or not."""
        return [TicketFieldColumn(field) for field in self.ticket_fields]

    @cached_property
    def list_export(self):
        return [*self.export_fields, *(column.name for column in self.exported_fields)]

    def get_heading(self, queryset, field):
        labels = {column.name: str(column.label) for column in self.exported_fields}
        return labels.get(field) or super().get_heading(queryset, field)

    def as_spreadsheet(self, queryset, spreadsheet_format):
        rows = _Rows(queryset[: conf.EXPORT_MAX_TICKETS])
        for column in self.exported_fields:
            column.prepare(rows)
        return super().as_spreadsheet(rows, spreadsheet_format)

    def to_row_dict(self, item):
        item.assignee_name = assignee_name(item)
        for column in self.exported_fields:
            setattr(item, column.name, column.export(item))
        return super().to_row_dict(item)


class _Rows(list):
    """Tickets that were loaded, where a queryset is expected, which is asked for its model."""

    model = Ticket
