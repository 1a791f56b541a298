"""Forms of the bulk actions."""

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.desk.autocomplete import AutocompleteWidget
from wagtail_portal.models import Status, TicketField, Urgency
from wagtail_portal.permissions import agent_groups, agents

URGENCY = "urgency"


class AssigneeField(forms.ModelMultipleChoiceField):
    """Chooses one agent, found by typing."""

    def label_from_instance(self, obj):
        return obj.get_full_name() or obj.get_username()

    def clean(self, value):
        found = list(super().clean(value))
        if len(found) > 1:
            raise forms.ValidationError(gettext("Select one person."))
        return found[0] if found else None


class AssignManyForm(forms.Form):
    """Chooses whom to assign the tickets to."""

    SOMEBODY, NOBODY = "somebody", "nobody"

    to = forms.ChoiceField(
        label=_("Assign to"),
        choices=[(SOMEBODY, _("A person or a group")), (NOBODY, _("No one"))],
        initial=SOMEBODY,
        widget=forms.RadioSelect,
    )
    assignee = AssigneeField(
        label=_("Person"),
        queryset=None,
        required=False,
        widget=AutocompleteWidget("agent", single=True),
    )
    group = forms.ModelChoiceField(label=_("Group"), queryset=None, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = agents()
        self.fields["group"].queryset = Group.objects.filter(pk__in=agent_groups().values("pk"))

    def clean(self):
        data = super().clean()
        chosen = data.get("assignee") or data.get("group")
        if data.get("to") == self.SOMEBODY and not self.errors and not chosen:
            self.add_error("assignee", gettext("Select a person or a group."))
        return data

    def arguments(self) -> dict:
        """Return the arguments for ``begin_bulk_change``. What is left empty isn't changed."""
        data = self.cleaned_data
        if data["to"] == self.NOBODY:
            return {"assignee": None, "group": None}
        return {name: data[name].pk for name in ("assignee", "group") if data[name]}


class StatusManyForm(forms.Form):
    """Chooses the status of the tickets."""

    status = forms.ModelChoiceField(label=_("Status"), queryset=Status.objects.all())

    def arguments(self) -> dict:
        """Return the arguments for ``begin_bulk_change``."""
        return {"status": self.cleaned_data["status"].pk}


def fields_to_set() -> dict:
    """Return the labels by key of fields that can have the same value in many tickets. Files and
    members can't: they belong to one ticket or organization."""
    fields = TicketField.objects.filter(archived=False).exclude(type="member")
    own = {field.key: field.localized_label for field in fields if not field.field_type.is_file}
    return {URGENCY: _("Urgency"), **{f"field:{key}": label for key, label in own.items()}}


class FieldForm(forms.Form):
    """Asks for the value of the field that was chosen."""

    def __init__(self, *args, choices, chosen, **kwargs):
        super().__init__(*args, **kwargs)
        self.key = chosen if chosen in choices else ""
        if self.key == URGENCY:
            self.fields["value"] = forms.ChoiceField(label=_("Urgency"), choices=Urgency.choices)
        elif self.key:
            row = TicketField.objects.prefetch_related("choices").get(
                key=self.key.removeprefix("field:")
            )
            self.kind, spec = row.field_type, row.spec()
            field = self.kind.form_field(spec)
            field.label, field.required = spec.label, False
            field.help_text = gettext("Leave empty to clear the field.")
            self.fields["value"] = field

    def arguments(self) -> dict:
        """Return the arguments for ``begin_bulk_change``."""
        value = self.cleaned_data["value"]
        if self.key == URGENCY:
            return {"urgency": value}
        return {"values": {self.key.removeprefix("field:"): self.kind.to_json(value)}}


class FormatForm(forms.Form):
    """Chooses the format of the file."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=[("xlsx", _("Excel (XLSX)")), ("csv", _("CSV"))],
        widget=forms.RadioSelect,
        initial="xlsx",
    )
