"""The import of a CSV file in two steps: the file is checked, then its valid rows are imported."""

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.widgets.button import Button

from wagtail_portal.desk.views import DeskPage
from wagtail_portal.exceptions import ActionError, Invalid

from . import table
from .kinds import KINDS

#: How many errors are shown after an import. The check before it shows all.
ERRORS_SHOWN = 10


class FileForm(forms.Form):
    """The file, whose text becomes the cleaned value."""

    file = forms.FileField(
        label=_("CSV file"), widget=forms.ClearableFileInput({"accept": ".csv,text/csv"})
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

    def _read(self, content: str) -> list[table.Row]:
        rows = table.read(content, columns=self.kind.columns, required=self.kind.required)
        self.kind.check(rows)
        return rows

    def _import(self, content: str):
        try:
            rows = self._read(content)
        except ValidationError as error:
            messages.error(self.request, " ".join(error.messages))
            return self._show(FileForm())
        done, problems = 0, []
        for row in rows:
            if not row.is_new:
                continue
            try:
                self.kind.import_row(row, self.actor)
                done += 1
            except Invalid as error:
                problems.append((row.number, " ".join(map(str, error.errors.values()))))
            except ActionError:
                problems.append((row.number, gettext("Something went wrong. Nothing was changed.")))
        message = ngettext("%(count)d row was imported.", "%(count)d rows were imported.", done)
        messages.success(self.request, message % {"count": done})
        for number, problem in problems[:ERRORS_SHOWN]:
            row = gettext("Row %(number)d") % {"number": number}
            messages.error(self.request, f"{row}: {problem}")
        return redirect(self.list_url)

    def _show(self, form, rows=(), content=""):
        return self.render_to_response(
            self.get_context_data(
                form=form,
                media=form.media,
                rows=rows,
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


class ImportButtonMixin:
    """Adds a button to the listing of what can be imported."""

    #: The key in ``KINDS``.
    import_kind = ""

    @cached_property
    def header_more_buttons(self):
        buttons = super().header_more_buttons
        if self.request.user.has_perm(KINDS[self.import_kind].permission):
            url = reverse("wagtail_portal_import", args=[self.import_kind])
            label = gettext("Import from CSV")
            buttons.append(Button(label, url=url, icon_name="upload", priority=80))
        return buttons


admin_urls = [
    path("portal/import/<slug:kind>/", ImportView.as_view(), name="wagtail_portal_import")
]
