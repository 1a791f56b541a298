"""Exports of the listing of tickets."""

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.coreutils import multigetattr

from wagtail_portal import conf
from wagtail_portal.columns import Column, columns, field_column, prepare_columns
from wagtail_portal.desk.exports import SafeExportMixin
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import Verb

from .list_settings import site_columns


class TicketExportMixin(SafeExportMixin):
    """Exports what the listing shows, from all of its pages, with all ticket fields."""

    export_permission = Verb.EXPORT
    #: Keys of columns, and attributes of tickets.
    export_fields = [
        "number",
        "subject",
        "status",
        "status.get_state_display",
        "urgency",
        "organization.name",
        "requester",
        "requester.email",
        "assignee",
        "form",
        "opened_at",
        "team_updated_at",
        "waiting_since",
        "first_answered_at",
        "closed_at",
    ]
    export_headings = {
        "status.get_state_display": _("State"),
        "organization.name": _("Organization"),
        "requester.email": _("Email address"),
    }

    @cached_property
    def exported_columns(self) -> dict[str, Column]:
        """Registered columns and all fields in use, shown in the listing or not."""
        registered = [
            column.for_team()
            for key, column in columns().items()
            if column.in_inbox or key in self.export_fields
        ]
        of_fields = map(field_column, self.all_fields)
        return {column.param: column for column in (*registered, *site_columns(), *of_fields)}

    @cached_property
    def list_export(self):
        return list(dict.fromkeys([*self.export_fields, *self.exported_columns]))

    def get_heading(self, queryset, field):
        if field in self.exported_columns:
            return str(self.exported_columns[field].label)
        return super().get_heading(queryset, field)

    def as_spreadsheet(self, queryset, spreadsheet_format):
        rows = _Rows(self.with_columns(queryset)[: conf.EXPORT_MAX_TICKETS])
        prepared = prepare_columns(self.exported_columns.values(), rows)
        self.exported_columns = {column.param: column for column in prepared}
        return super().as_spreadsheet(rows, spreadsheet_format)

    def to_row_dict(self, item):
        exported = self.exported_columns
        return {
            name: exported[name].export(item) if name in exported else multigetattr(item, name)
            for name in self.list_export
        }


class _Rows(list):
    """Loaded tickets in place of a queryset, which is asked for its model."""

    model = Ticket
