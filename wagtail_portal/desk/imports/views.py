"""Two steps: the file is looked at, and what is well is taken in."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import Button

from wagtail_portal.exceptions import ActionError, Invalid
from wagtail_portal.permissions import Actor

from . import table
from .kinds import KINDS

#: So many errors are named after an import; the page before it names all.
NAMED = 10


class FileForm(forms.Form):
    """The file, before it is looked at."""

    file = forms.FileField(
        label=_("CSV file"), widget=forms.ClearableFileInput({"accept": ".csv,text/csv"})
    )


class ImportView(WagtailAdminTemplateMixin, View):
    """Shows what a file would do, and does it when it comes back."""

    template_name = "wagtail_portal/desk/import.html"
    header_icon = "upload"

    def dispatch(self, request, kind):
        if kind not in KINDS:
            raise Http404
        self.kind = KINDS[kind]()
        self.key = kind
        if not self.actor.may(self.kind.right):
            raise PermissionDenied
        return super().dispatch(request, kind)

    @cached_property
    def actor(self) -> Actor:
        """Who imports."""
        return Actor.for_agent(self.request.user)

    def get(self, request, kind):
        return self._show(FileForm())

    def post(self, request, kind):
        if "text" in request.POST:
            return self._take_in(request.POST["text"])
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                if form.cleaned_data["file"].size > table.BYTES:
                    raise Invalid(gettext("The file is too large. Split it into smaller files."))
                content = table.decode(form.cleaned_data["file"].read())
                return self._show(FileForm(), rows=self._rows(content), content=content)
            except Invalid as error:
                _add(form, error)
        return self._show(form)

    def _rows(self, content: str) -> list[table.Row]:
        if len(content.encode()) > table.BYTES * 2:
            raise Invalid(gettext("The file is too large. Split it into smaller files."))
        rows = table.read(content, columns=self.kind.columns, needed=self.kind.needed)
        self.kind.check(rows)
        return rows

    def _take_in(self, content: str):
        try:
            rows = self._rows(content)
        except Invalid as error:
            messages.error(self.request, " ".join(map(str, error.errors.values())))
            return self._show(FileForm())
        done, problems = 0, []
        for row in rows:
            if not row.is_new:
                continue
            try:
                self.kind.act(row, self.actor)
                done += 1
            except Invalid as error:
                words = " ".join(str(found) for found in error.errors.values())
                problems.append((row.number, words))
            except ActionError:
                problems.append((row.number, gettext("Something went wrong. Nothing was changed.")))
        words = ngettext("%(count)d row was imported.", "%(count)d rows were imported.", done)
        messages.success(self.request, words % {"count": done})
        for number, problem in problems[:NAMED]:
            row = gettext("Row %(number)d") % {"number": number}
            messages.error(self.request, f"{row}: {problem}")
        return redirect(self._listing)

    @property
    def _listing(self) -> str:
        return reverse(self.kind.model.snippet_viewset.get_url_name("list"))

    def _show(self, form, rows=None, content=""):
        rows = rows or []
        return self.render_to_response(
            self.get_context_data(
                form=form,
                media=form.media,
                rows=rows,
                looked_at=bool(content),
                content=content,
                columns=list(self.kind.columns),
                new=sum(row.is_new for row in rows),
                wrong=sum(bool(row.errors) for row in rows),
                known=sum(row.is_known and not row.errors for row in rows),
                example=self.kind.example,
                limit=table.ROWS,
                url=reverse("wagtail_portal_import", args=[self.key]),
            )
        )

    def get_page_title(self):
        return self.kind.heading

    def get_breadcrumbs_items(self):
        plural = self.kind.model._meta.verbose_name_plural
        return [
            *self.breadcrumbs_items,
            {"url": self._listing, "label": str(plural).capitalize()},
            {"url": "", "label": self.get_page_title()},
        ]


def _add(form, error: Invalid) -> None:
    for words in error.errors.values():
        form.add_error("file", words)


class ImportButtonMixin:
    """For the listing of what can be imported: leads there, with the right to."""

    #: The key in ``KINDS``.
    import_kind = ""

    @cached_property
    def header_more_buttons(self):
        buttons = super().header_more_buttons
        if Actor.for_agent(self.request.user).may(KINDS[self.import_kind].right):
            url = reverse("wagtail_portal_import", args=[self.import_kind])
            label = gettext("Import from CSV")
            buttons.append(Button(label, url=url, icon_name="upload", priority=80))
        return buttons


admin_urls = [
    path("portal/import/<slug:kind>/", ImportView.as_view(), name="wagtail_portal_import")
]
