"""What an agent can send from the screen of a ticket."""

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields import get_field_type
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH, AddressesField
from wagtail_portal.fields.types import CleanLineField
from wagtail_portal.models import LinkKind, Member, Urgency
from wagtail_portal.permissions import agent_groups, agents, tickets_for_team
from wagtail_portal.search import Query

from .composer_forms import StatusField

SALT = "wagtail_portal.seen"


def add_errors(form: forms.Form, error: Invalid) -> None:
    """Show what an action said at the fields that it speaks of, else above the form."""
    for argument, messages in error.errors.items():
        form.add_error(argument if argument in form.fields else None, messages)


class StatusForm(forms.Form):
    """Another status, without a word."""

    def __init__(self, *args, ticket, statuses, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["status"] = StatusField(statuses, label=_("Status"), initial=ticket.status_id)


class AgentField(forms.ModelChoiceField):
    """Somebody of the team, by name."""

    def label_from_instance(self, user):
        return get_user_display_name(user)


class AssignForm(forms.Form):
    """Who takes care of the ticket: those who may reply, and who has it already."""

    def __init__(self, *args, ticket, **kwargs):
        super().__init__(*args, **kwargs)
        User = get_user_model()
        people = User.objects.filter(Q(pk__in=agents().values("pk")) | Q(pk=ticket.assignee_id))
        self.fields["assignee"] = AgentField(
            people.order_by(User.USERNAME_FIELD),
            label=_("Assigned to"),
            required=False,
            initial=ticket.assignee_id,
            empty_label=_("Nobody"),
        )
        groups = agent_groups().values("pk")
        self.fields["group"] = forms.ModelChoiceField(
            Group.objects.filter(Q(pk__in=groups) | Q(pk=ticket.assigned_group_id)).order_by(
                "name"
            ),
            label=_("Group"),
            required=False,
            initial=ticket.assigned_group_id,
            empty_label=_("No group"),
        )


class FieldsForm(forms.Form):
    """The urgency and the ticket fields, with the values that the ticket has.

    What somebody else has changed since the form was shown is not overwritten unseen.

    :param specs: by key, the ``FieldSpec`` of each field that can be set.
    """

    #: The values that the ticket had when the form was shown, signed.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, ticket, specs, **kwargs):
        super().__init__(*args, **kwargs)
        self.specs = specs
        self.types = {key: get_field_type(spec.type) for key, spec in specs.items()}
        now = {f"field:{key}": ticket.values.get(key) for key in specs}
        now["urgency"] = ticket.urgency
        self.was = {**now, **self._read_seen()}
        self.fields["seen"].initial = _sign(now)
        self.fields["urgency"] = forms.ChoiceField(
            label=_("Urgency"),
            required=False,
            choices=Urgency.choices,
            initial=ticket.urgency,
        )
        for key, spec in specs.items():
            stored = self.was[f"field:{key}"]
            # An archived choice can be kept, but not chosen anew.
            field = self.types[key].form_field(spec.keeping(stored))
            field.label, field.help_text, field.required = spec.label, spec.help_text, False
            field.initial = self.types[key].from_json(stored)
            self.fields[f"field:{key}"] = field

    def _read_seen(self) -> dict:
        given = self.data.get(self.add_prefix("seen"), "") if self.is_bound else ""
        try:
            return signing.loads(given, salt=SALT)
        except signing.BadSignature:
            return {}

    @property
    def changes(self) -> dict:
        """The new values by field key, in their stored form; None empties a field."""
        values = {
            key: field_type.to_json(self.cleaned_data[f"field:{key}"])
            for key, field_type in self.types.items()
        }
        return {key: new for key, new in values.items() if new != self.was[f"field:{key}"]}

    @property
    def urgency(self) -> str | None:
        """The new urgency, if it is another one."""
        new = self.cleaned_data["urgency"]
        return new if new and new != self.was["urgency"] else None

    def show_conflicts(self, current: dict) -> None:
        """Say what the values are now; to send the form again overwrites them."""
        self.was.update(current)
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = _sign(self.was)
        for key, stored in current.items():
            words = gettext("Somebody changed this to “%(value)s” meanwhile. Save again if not.")
            self.add_error(key, words % {"value": self._display(key, stored)})

    def _display(self, key, stored) -> str:
        if key == "urgency":
            return str(dict(Urgency.choices).get(stored, stored))
        name = key.removeprefix("field:")
        shown = self.types[name].display(stored, self.specs[name]) if stored is not None else ""
        return shown or gettext("Empty")


def _sign(values: dict) -> str:
    return signing.dumps(values, salt=SALT, compress=True)


class FollowersForm(forms.Form):
    """Who follows the ticket: some to add by their address, some to take out."""

    add = AddressesField(label=_("Add"), required=False, max_length=2000, find_teammates=None)

    def __init__(self, *args, followers, find_teammates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["add"].find_teammates = find_teammates
        self.fields["add"].widget.attrs["placeholder"] = _("Addresses")
        self.by_key = {str(member.pk): member for member in followers}
        if self.by_key:
            choices = [(key, member.name) for key, member in self.by_key.items()]
            self.fields["remove"] = forms.MultipleChoiceField(
                label=_("Remove"),
                required=False,
                choices=choices,
                widget=forms.CheckboxSelectMultiple,
            )

    @property
    def removed(self) -> list[Member]:
        """Those to take out."""
        return [self.by_key[key] for key in self.cleaned_data.get("remove", [])]


class LinkForm(forms.Form):
    """What the ticket has to do with another one, which is named by its number."""

    kind = forms.ChoiceField(label=_("This ticket is"), choices=LinkKind.choices)
    target = forms.CharField(label=_("Number of the other ticket"), max_length=30)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_target(self):
        number = Query.parse(self.cleaned_data["target"]).number
        found = tickets_for_team(self.user).filter(number=number).first() if number else None
        if found is None:
            raise forms.ValidationError(gettext("There is no ticket with this number."))
        return found


class SubjectForm(forms.Form):
    """Another subject."""

    subject = CleanLineField(label=_("Subject"), max_length=SUBJECT_MAX_LENGTH)
