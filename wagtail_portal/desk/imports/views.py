"""The import of a file in two steps: the file is checked, then its valid rows are imported."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.widgets.button import Button

from wagtail_portal import actions
from wagtail_portal.desk.progress import ProgressView
from wagtail_portal.desk.tasks import continue_soon, run_import
from wagtail_portal.desk.views import DeskPage
from wagtail_portal.models import CustomerImport
from wagtail_portal.utils.typing import Mixin

from . import table
from .kinds import KINDS

#: Up to this many rows are imported in the request; more are left to a task.
AT_ONCE = 10
#: How many problems are shown after an import in the request.
PROBLEMS_SHOWN = 10
#: How many rows the check shows, first those with errors.
ROWS_SHOWN = 500


class FileForm(forms.Form):
    """The file, whose text becomes the cleaned value."""

    file = forms.FileField(
        label=_("CSV or XLSX file"),
        widget=forms.ClearableFileInput({"accept": ".csv,.txt,.xlsx,text/csv"}),
    )

    def clean_file(self):
        return table.decode(self.cleaned_data["file"])


class ImportView(DeskPage):
    """Shows what a file would do, and imports it when its text is sent back."""

    template_name = "wagtail_portal/desk/import.html"
    header_icon = "upload"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        if self.kwargs["kind"] not in KINDS:
            raise Http404
        self.kind = KINDS[self.kwargs["kind"]]()
        self.model = self.kind.model

    def get_permission_required(self):
        return [self.kind.permission]

    def get(self, request, kind):
        return self._show(FileForm())

    def post(self, request, kind):
        if "text" in request.POST:
            return self._import(request.POST["text"])
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            content = form.cleaned_data["file"]
            try:
                return self._show(FileForm(), self._read(content), content)
            except ValidationError as error:
                form.add_error("file", error)
        return self._show(form)

    def _read(self, content: str) -> table.Table:
        found = table.read(content, columns=self.kind.columns, required=self.kind.required)
        self.kind.check(found.rows, self.request.user)
        return found

    def _import(self, content: str):
        try:
            rows = self._read(content).rows
        except ValidationError as error:
            messages.error(self.request, " ".join(error.messages))
            return self._show(FileForm())
        new = [(row.number, row.arguments) for row in rows if row.is_new]
        with transaction.atomic():
            begun = actions.begin_import(by=self.actor, kind=self.kwargs["kind"], rows=new)
            if begun.total > AT_ONCE:
                continue_soon(run_import, begun)
        if begun.total > AT_ONCE:
            return redirect("wagtail_portal_customers_progress", begun.pk)
        finished = actions.continue_import(begun)
        message = ngettext(
            "%(count)d row was imported.", "%(count)d rows were imported.", finished.done
        )
        messages.success(self.request, message % {"count": finished.done})
        for number, problem in finished.problems[:PROBLEMS_SHOWN]:
            text = gettext("Row %(number)s: %(problem)s")
            messages.error(self.request, text % {"number": number, "problem": problem})
        return redirect(self.list_url)

    def _show(self, form, found=None, content=""):
        rows = found.rows if found else []
        return self.render_to_response(
            self.get_context_data(
                form=form,
                media=form.media,
                rows=sorted(rows, key=lambda row: not row.errors)[:ROWS_SHOWN],
                total=len(rows),
                unknown=found.unknown if found else [],
                warnings=self.kind.warnings(rows),
                content=content,
                columns=list(self.kind.columns),
                new=sum(row.is_new for row in rows),
                wrong=sum(bool(row.errors) for row in rows),
                known=sum(row.is_known and not row.errors for row in rows),
                example=self.kind.example,
                limit=table.ROWS,
                url=self.request.path,
            )
        )

    def get_page_title(self):
        return self.kind.heading


class ImportProgressView(ProgressView):
    """Shows the progress of an import."""

    template_name = "wagtail_portal/desk/import_progress.html"
    header_icon = "upload"
    run_model, task = CustomerImport, run_import

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.model = KINDS[self.run.kind].model

    def permission_of(self, run):
        return KINDS[run.kind].permission

    def get_permission_required(self):
        return [self.permission_of(self.run)]

    def get_page_title(self):
        return KINDS[self.run.kind].heading


class ImportButtonMixin(Mixin):
    """Adds a button to the listing of what can be imported."""

    #: The key in ``KINDS``.
    import_kind = ""

    @cached_property
    def header_more_buttons(self):
        buttons = super().header_more_buttons
        kind = KINDS[self.import_kind]
        if self.request.user.has_perm(kind.permission):
            url = reverse("wagtail_portal_import", args=[self.import_kind])
            buttons.append(Button(kind.heading, url=url, icon_name="upload", priority=80))
        return buttons


admin_urls = [
    path("portal/import/<slug:kind>/", ImportView.as_view(), name="wagtail_portal_import"),
    path(
        "portal/imports/<int:pk>/",
        ImportProgressView.as_view(),
        name="wagtail_portal_customers_progress",
    ),
]
