"""Exports of the Wagtail admin whose cells a spreadsheet shows and does not run."""

from django.core.exceptions import PermissionDenied
from wagtail.admin.views.mixins import SpreadsheetExportMixin

from wagtail_portal.utils.spreadsheets import neutralize


class SafeExportMixin(SpreadsheetExportMixin):
    """For an index view: texts are neutralized in both formats."""

    #: The permission that one needs to take the rows along; None: to see them is enough.
    export_permission = None

    def dispatch(self, request, *args, **kwargs):
        if request.GET.get("export") in self.FORMATS and not self.may_export:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def may_export(self) -> bool:
        """Whether the user may have the rows as a file."""
        return self.export_permission is None or self.request.user.has_perm(self.export_permission)

    @property
    def show_export_buttons(self):
        return self.may_export and super().show_export_buttons

    def preprocess_field_value(self, field, value, export_format):
        value = super().preprocess_field_value(field, value, export_format)
        return neutralize(value) if isinstance(value, str) else value
