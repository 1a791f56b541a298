"""The table in the portal settings in which editors choose what customers see of a ticket.

It has a row for every field there is, so that nothing has to be added or removed: a field without a
tick is visible to the team only, and isn't stored.
"""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, InlinePanel, Panel

from wagtail_portal.columns import column_choices
from wagtail_portal.fields import get_field_type
from wagtail_portal.models import DesignatedField, PortalSettings, TicketField

#: Where customers can see a field, in the order of the table's columns.
USES = ("in_list", "on_ticket", "as_filter", "editable")
SAMPLES = 2
#: The name of the formset.
ROWS = "designated_fields"


class DesignatedFieldForm(WagtailAdminModelForm):
    """One row. Without a tick, the field isn't designated."""

    def clean(self):
        data = super().clean()
        # The ticket field may have been deleted since the page was opened.
        if not any(data.get(use) for use in USES) or "ticket_field" in self.errors:
            data["DELETE"] = True
        return data


@dataclass(frozen=True)
class Row:
    """A row of the table, with what's known about its field."""

    form: forms.ModelForm
    #: An unsaved designation of the field; None if its code is no longer installed.
    field: DesignatedField | None

    @property
    def label(self) -> str:
        """What the field is called."""
        return str(self.field) if self.field else self.form["builtin"].value()

    @property
    def type(self) -> str:
        """The type of a ticket field, or that it's built in."""
        if self.field is None:
            return gettext("No longer available")
        ticket_field = self.field.ticket_field
        if ticket_field is None:
            return gettext("Built in")
        kind = str(get_field_type(ticket_field.type).label)
        if ticket_field.archived:
            return gettext("%(type)s, archived") % {"type": kind}
        return kind

    @property
    def samples(self) -> list[str]:
        """Labels for the preview; empty if only the field's place is shown."""
        ticket_field = self.field and self.field.ticket_field
        choices = ticket_field.spec().choices if ticket_field and self.has_choices else ()
        return [str(choice.label) for choice in choices if not choice.archived][:SAMPLES]

    @property
    def has_choices(self) -> bool:
        """Whether it's a ticket field with choices."""
        return self.field is not None and self.field.ticket_field is not None

    @property
    def cells(self) -> list[dict]:
        """The ticks, each with whether it's possible."""
        possible = {
            "as_filter": self.field is None or self.field.can_be_filtered_by,
            "editable": self.field is None or self.field.can_be_editable,
        }
        return [
            {"use": use, "field": self.form[use], "possible": possible.get(use, True)}
            for use in USES
        ]

    @property
    def errors(self) -> list[str]:
        """Everything that's wrong with the row."""
        return [str(message) for messages in self.form.errors.values() for message in messages]


def all_fields() -> dict[tuple[str, str], DesignatedField]:
    """Return an unsaved designation of every field, by built-in key and primary key."""
    found = {(key, ""): DesignatedField(builtin=key) for key, _label in column_choices()}
    for field in TicketField.objects.prefetch_related("choices"):
        found["", str(field.pk)] = DesignatedField(ticket_field=field)
    return found


def key_of(form) -> tuple[str, str]:
    """Return the key of a row's field."""
    return form["builtin"].value() or "", str(form["ticket_field"].value() or "")


def with_stored_rows(data, settings):
    """Return what was sent, with the primary keys of the rows that are stored now. The settings may
    have been saved in another tab, or by someone else, since the page was opened."""
    total = (data or {}).get(f"{ROWS}-TOTAL_FORMS", "")
    if not total.isdecimal() or len(total) > 3:
        return data
    rows = settings.designated_fields.all() if settings.pk else ()
    stored = {(row.builtin, str(row.ticket_field_id or "")): row.pk for row in rows}
    data = data.copy()
    for prefix in (f"{ROWS}-{number}" for number in range(int(total))):
        key = (data.get(f"{prefix}-builtin", ""), data.get(f"{prefix}-ticket_field", ""))
        data[f"{prefix}-id"] = str(stored.pop(key, ""))
    data[f"{ROWS}-INITIAL_FORMS"] = total
    return data


def add_other_fields(formset) -> None:
    """Add a row for every field that isn't designated yet. Without any, those that customers see
    anyway are ticked."""
    if formset.is_bound:
        return
    designated = {
        (form.instance.builtin, str(form.instance.ticket_field_id or "")) for form in formset.forms
    }
    shown = () if designated else [row.builtin for row in PortalSettings().default_designations]
    rows = [
        {"builtin": builtin, "ticket_field": pk or None}
        | {use: builtin in shown and use in ("in_list", "on_ticket") for use in USES}
        for (builtin, pk), field in all_fields().items()
        if (builtin, pk) not in designated and field.is_available
    ]
    rows.sort(key=lambda row: not row["in_list"])
    del formset.forms
    formset.extra, formset.initial_extra = len(rows), rows


class DesignatedFieldsPanel(InlinePanel):
    """The table."""

    def __init__(self, **kwargs):
        names = ("builtin", "ticket_field")
        hidden = [FieldPanel(name, widget=forms.HiddenInput) for name in names]
        panels = [*hidden, *map(FieldPanel, USES)]
        super().__init__(**{"relation_name": ROWS, "panels": panels, **kwargs})

    def get_form_options(self):
        options = super().get_form_options()
        options["formsets"][self.relation_name]["form"] = DesignatedFieldForm
        return options

    class BoundPanel(InlinePanel.BoundPanel):
        template_name = "wagtail_portal/editor/designated_fields.html"

        # Wagtail's script for rows that are added and removed isn't needed.
        telepath_adapter_name = Panel.BoundPanel.telepath_adapter_name
        telepath_pack = Panel.BoundPanel.telepath_pack
        js_opts = Panel.BoundPanel.js_opts

        @property
        def media(self):
            own = forms.Media(
                js=["wagtail_portal/editor/designated-fields.js"],
                css={"all": ["wagtail_portal/editor/designated-fields.css"]},
            )
            return super().media + own

        def get_context_data(self, parent_context=None):
            context = Panel.BoundPanel.get_context_data(self, parent_context)
            fields = all_fields()
            rows = [Row(child.form, fields.get(key_of(child.form))) for child in self.children]
            columns = [_("List"), _("Ticket"), _("Filter"), _("Editable")]
            status = fields["status", ""].label
            return {**context, "rows": rows, "columns": columns, "status_label": status}
