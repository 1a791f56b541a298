"""Forms of the bulk actions."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal import conf
from wagtail_portal.desk.autocomplete import AutocompleteWidget
from wagtail_portal.desk.values_form import ValuesForm, common_fields
from wagtail_portal.models import Status, TicketField, Urgency
from wagtail_portal.permissions import agent_groups, agents
from wagtail_portal.utils.rows import plain_key
from wagtail_portal.utils.users import full_name

URGENCY = "urgency"


class AssigneeField(forms.ModelMultipleChoiceField):
    """Chooses one agent, found by typing."""

    def label_from_instance(self, obj):
        return full_name(obj) or obj.get_username()

    def clean(self, value):
        found = list(super().clean(value))
        if len(found) > 1:
            raise forms.ValidationError(gettext("Select one person."))
        return found[0] if found else None


class AssignManyForm(forms.Form):
    """Chooses whom to assign the tickets to."""

    ME, SOMEONE, NO_ONE = "me", "someone", "no-one"

    to = forms.ChoiceField(
        label=_("Assign to"),
        choices=[(SOMEONE, _("A person or a group")), (NO_ONE, _("No one"))],
        initial=SOMEONE,
        widget=forms.RadioSelect,
    )
    assignee = AssigneeField(
        label=_("Person"),
        queryset=None,
        required=False,
        widget=AutocompleteWidget("agent", single=True),
    )
    group: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Group"), queryset=None, required=False
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["assignee"].queryset = agents()
        if agents().filter(pk=user.pk).exists():
            to = self.fields["to"]
            to.choices = [(self.ME, _("Me")), *to.choices]
        self.fields["group"].queryset = Group.objects.filter(pk__in=agent_groups().values("pk"))

    def clean(self):
        data = super().clean()
        chosen = data.get("assignee") or data.get("group")
        if data.get("to") == self.SOMEONE and not self.errors and not chosen:
            self.add_error("assignee", gettext("Select a person or a group."))
        return data

    def arguments(self) -> dict:
        """Return the arguments for ``begin_bulk_change``. What is left empty isn't changed."""
        data = self.cleaned_data
        if data["to"] == self.NO_ONE:
            return {"assignee": None, "group": None}
        if data["to"] == self.ME:
            return {"assignee": plain_key(self.user.pk)}
        return {name: plain_key(data[name].pk) for name in ("assignee", "group") if data[name]}


class StatusManyForm(forms.Form):
    """Chooses the status of the tickets."""

    status = forms.ModelChoiceField(label=_("Status"), queryset=Status.objects.all())

    def arguments(self) -> dict:
        """Return the arguments for ``begin_bulk_change``."""
        return {"status": self.cleaned_data["status"].pk}


def fields_to_set() -> dict:
    """Return the labels by key of fields that can have the same value in many tickets."""
    own = {field.key: field.localized_label for field in common_fields()}
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


class UpdateForm(ValuesForm):
    """Several attributes, and a message. What's left empty isn't changed."""

    NONE, REPLY, NOTE = "", "reply", "note"

    def __init__(self, *args, may_assign, kinds, **kwargs):
        """
        :param kinds: the kinds of messages that the agent may send.
        """
        super().__init__(*args, **kwargs)
        own = {
            "status": forms.ModelChoiceField(
                label=_("Status"),
                queryset=Status.objects.all(),
                required=False,
                empty_label=_("Unchanged"),
            ),
            "urgency": forms.ChoiceField(
                label=_("Urgency"), required=False, choices=[("", _("Unchanged")), *Urgency.choices]
            ),
        }
        if may_assign:
            own["assignee"] = AssigneeField(
                label=_("Assign to"),
                queryset=agents(),
                required=False,
                widget=AutocompleteWidget("agent", single=True),
            )
            own["group"] = forms.ModelChoiceField(
                label=_("Group"),
                queryset=Group.objects.filter(pk__in=agent_groups().values("pk")),
                required=False,
                empty_label=_("Unchanged"),
            )
        labels = {self.REPLY: _("Reply to the customers"), self.NOTE: _("Internal note")}
        message = {}
        if kinds:
            message["kind"] = forms.ChoiceField(
                label=_("Message"),
                required=False,
                choices=[(self.NONE, _("No message")), *((kind, labels[kind]) for kind in kinds)],
                widget=forms.RadioSelect,
            )
            message["body"] = forms.CharField(
                label=_("Text"),
                required=False,
                max_length=conf.MESSAGE_MAX_LENGTH,
                widget=forms.Textarea(attrs={"rows": 6}),
                help_text=_(
                    "Markdown. Placeholders of saved replies, such as {requester.first_name}, are"
                    " filled in for each ticket."
                ),
            )
        # A ticket field can have the same key.
        values = {f"field-{key}": field for key, field in self.fields.items()}
        self.fields = {**own, **values, **message}

    @property
    def values(self) -> dict:
        found = {
            key: row.field_type.to_json(self.cleaned_data[f"field-{key}"])
            for key, row in self.rows.items()
        }
        return {key: value for key, value in found.items() if value not in (None, "", [])}

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        if bool(data.get("kind")) != bool(data.get("body", "").strip()):
            name, text = (
                ("body", gettext("Write a message."))
                if data.get("kind")
                else (
                    "kind",
                    gettext("Select whether this is a reply or a note."),
                )
            )
            self.add_error(name, text)
        elif not self.arguments():
            raise forms.ValidationError(gettext("Choose what to change, or write a message."))
        return data

    def arguments(self) -> dict:
        """Return the arguments for ``begin_bulk_change``."""
        data = self.cleaned_data
        chosen = [name for name in ("status", "assignee", "group") if data.get(name)]
        found: dict[str, Any] = {name: plain_key(data[name].pk) for name in chosen}
        if data["urgency"]:
            found["urgency"] = data["urgency"]
        if values := self.values:
            found["values"] = values
        if data.get("kind"):
            found["message"] = {"kind": data["kind"], "body": data["body"]}
        return found


class SavedReplyForm(forms.Form):
    """How a saved reply is sent."""

    def __init__(self, *args, reply, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        self.reply = reply
        labels = {"reply": _("Reply to the customers"), "note": _("Internal note")}
        if reply is not None and reply.text:
            self.fields["kind"] = forms.ChoiceField(
                label=_("Send as"),
                choices=[(kind, labels[kind]) for kind in kinds],
                initial=kinds[0],
                widget=forms.RadioSelect,
            )

    def arguments(self) -> dict:
        """Return the arguments for ``begin_bulk_change``."""
        return {"saved_reply": self.reply.pk, **self.cleaned_data}


class FormatForm(forms.Form):
    """Chooses the format of the file."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=[("xlsx", _("Excel (XLSX)")), ("csv", _("CSV"))],
        widget=forms.RadioSelect,
        initial="xlsx",
    )
