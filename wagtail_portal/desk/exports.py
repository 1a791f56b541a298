"""Exports whose cells a spreadsheet doesn't run as formulas."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.timezone import localtime
from wagtail.admin.views.mixins import SpreadsheetExportMixin

from wagtail_portal.utils.spreadsheets import neutralize


class SafeExportMixin(SpreadsheetExportMixin):
    """Adds exports to an index view, with formulas neutralized."""

    #: The permission that exporting needs; None if seeing the rows is enough.
    export_permission: str | None = None

    def dispatch(self, request, *args, **kwargs):
        if request.GET.get("export") in self.FORMATS and not self.may_export:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def may_export(self) -> bool:
        """Whether the user may export the rows."""
        return self.export_permission is None or self.request.user.has_perm(self.export_permission)

    @property
    def show_export_buttons(self):
        return self.may_export and super().show_export_buttons

    def stream_csv(self, queryset):
        # All at once, because it's sent after the view has left the agent's language and time zone.
        # Some programs only recognize UTF-8 by the mark.
        return ["\ufeff", *super().stream_csv(queryset)]

    def preprocess_field_value(self, field, value, export_format):
        if isinstance(value, datetime):
            # Spreadsheets read this as a time, but not with microseconds and a zone.
            value = localtime(value).replace(second=0, microsecond=0, tzinfo=None)
            return value if export_format == self.FORMAT_XLSX else f"{value:%Y-%m-%d %H:%M}"
        value = super().preprocess_field_value(field, value, export_format)
        return neutralize(value) if isinstance(value, str) else value
