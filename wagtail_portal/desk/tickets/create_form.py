"""The form in which agents open a ticket for a customer."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.desk.autocomplete import AutocompleteWidget, requester_label
from wagtail_portal.fields import get_field_type
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH
from wagtail_portal.fields.form_fields import CleanLineField
from wagtail_portal.fields.submission import derive_key
from wagtail_portal.models import Member, Ticket, Urgency

from .composer_forms import StatusField, TeamMessageForm


class CustomerField(forms.ModelMultipleChoiceField):
    """One member, found by typing.

    :param member: the one who was chosen, if ``user`` can see them.
    """

    def __init__(self, *, member: Member | None, find, **kwargs):
        # No one else can be chosen.
        found = Member.objects.filter(pk__in=[member.pk] if member else [])
        super().__init__(
            found.select_related("user", "organization"),
            initial=[member.pk] if member else [],
            widget=AutocompleteWidget("requester", single=True, find=find),
            error_messages={"required": _("Select a customer.")},
            **kwargs,
        )

    def label_from_instance(self, obj):
        return requester_label(obj)

    def clean(self, value):
        if len(value or []) > 1:
            raise forms.ValidationError(gettext("Select one person."))
        try:
            return super().clean(value).first()
        except forms.ValidationError as error:
            raise forms.ValidationError(self.error_messages["required"]) from error


class CreateTicketForm(TeamMessageForm):
    """What the customer would have sent, and what the team adds.

    :param specs: the ``FieldSpec`` of each ticket field, by key.
    :param find_customers: takes what was typed, and returns keys and labels of members.
    :param member: the customer who is chosen.
    :param continued: the ticket to which this is a follow-up.
    """

    body_label = _("Message")
    needs_message = False

    def __init__(
        self,
        *args,
        specs,
        statuses,
        may_assign,
        find_customers,
        member: Member | None,
        continued: Ticket | None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        message = dict(self.fields)
        self.specs = specs
        self.fields = {
            "member": CustomerField(label=_("Customer"), member=member, find=find_customers),
            "subject": CleanLineField(label=_("Subject"), max_length=SUBJECT_MAX_LENGTH),
            **message,
            "status": StatusField(statuses, label=_("Status"), initial=statuses[0].pk),
            "urgency": forms.ChoiceField(
                label=_("Urgency"), choices=Urgency.choices, initial=Urgency.NORMAL
            ),
        }
        self.fields["body"].help_text = _(
            "Sent to the customer as a message from you. Supports Markdown."
        )
        if may_assign:
            self.fields["mine"] = forms.BooleanField(
                label=_("Assign to me"), required=False, initial=True
            )
        for key, spec in specs.items():
            kind = get_field_type(spec.type)
            field = kind.form_field(spec)
            field.label, field.help_text, field.required = spec.label, spec.help_text, False
            # Files belong to the message that they came with.
            if continued and not kind.is_file:
                field.initial = kind.from_json(continued.values.get(key))
            self.fields[f"field:{key}"] = field
        if continued:
            self.fields["subject"].initial = continued.subject

    def clean_submission_key(self):
        return derive_key(self.data) if self.cleaned_data["submission_key"] else None

    def form_value(self, name: str, value):
        key = name.removeprefix("field:")
        return value if key == name else get_field_type(self.specs[key].type).from_json(value)

    @property
    def details(self) -> list:
        """The fields after the message."""
        names = list(self.fields)
        return [self[name] for name in names[names.index("status") :]]

    @property
    def values(self) -> dict:
        """The stored values of the ticket fields that were filled in, by key."""
        found = {
            key: get_field_type(spec.type).to_json(self.cleaned_data[f"field:{key}"])
            for key, spec in self.specs.items()
        }
        return {key: value for key, value in found.items() if value is not None}

    def arguments(self, user) -> dict[str, Any]:
        """Return the arguments for :func:`wagtail_portal.actions.open_ticket`.

        :param user: the agent.
        """
        data = self.cleaned_data
        names = ("subject", "body", "attachments", "status", "urgency", "submission_key")
        assigned = {"assignee": user} if data.get("mine") else {}
        return {
            "requester": data["member"],
            "values": self.values,
            "saved_replies": self.used,
            **{name: data[name] for name in names},
            # What the saved replies say, because there's no field for it.
            **assigned,
            **self.ticked_changes,
        }
