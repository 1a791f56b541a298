"""The forms on a ticket's screen, except those of the composer."""

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.fields import FormContext
from wagtail_portal.fields.followers import AddressesField
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH
from wagtail_portal.fields.form_fields import CleanLineField
from wagtail_portal.fields.ticket_fields_form import TicketFieldsForm
from wagtail_portal.models import LinkKind, Member, member_finder, members_by_address
from wagtail_portal.permissions import agent_groups, agents, tickets_for_team
from wagtail_portal.search import Query
from wagtail_portal.uploads import own_uploads

from .composer_forms import OriginalsMixin, StatusField, conflict_message
from .urls import file_url


def form_context(organization, file_limits, user) -> FormContext:
    """Return what the ticket fields need to look up for a ticket of ``organization``.

    :param user: the agent who fills in the form.
    """
    members = Member.objects.to_choose(organization)
    return FormContext(
        file_limits=file_limits,
        find_teammates=lambda addresses: dict(members_by_address(members, addresses)),
        find_uploads=lambda ids: own_uploads(user, ids),
        find_members=member_finder(organization and organization.pk),
        file_url=file_url,
    )


class StatusForm(OriginalsMixin, forms.Form):
    """A new status, without a message."""

    originals_of = ("status",)

    def __init__(self, *args, ticket, statuses, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["status"] = StatusField(statuses, label=_("Status"), initial=ticket.status_id)
        self.add_originals()


class AgentField(forms.ModelChoiceField):
    """An agent, shown by name; one who has left the team still has tickets."""

    def label_from_instance(self, user):
        name = get_user_display_name(user)
        return name if user.is_active else gettext("%(name)s (deactivated)") % {"name": name}


class AssignForm(OriginalsMixin, forms.Form):
    """The assignee and the group; those who can reply, and the present ones."""

    originals_of = ("assignee", "group")

    def __init__(self, *args, ticket, **kwargs):
        super().__init__(*args, **kwargs)
        User = get_user_model()
        people = User.objects.filter(Q(pk__in=agents().values("pk")) | Q(pk=ticket.assignee_id))
        self.fields["assignee"] = AgentField(
            people.order_by(User.USERNAME_FIELD),
            label=_("Assigned to"),
            required=False,
            initial=ticket.assignee_id,
            empty_label=_("No one"),
        )
        groups = agent_groups().values("pk")
        self.fields["group"] = forms.ModelChoiceField(
            Group.objects.filter(Q(pk__in=groups) | Q(pk=ticket.group_id)).order_by("name"),
            label=_("Group"),
            required=False,
            initial=ticket.group_id,
            empty_label=_("No group"),
        )
        self.add_originals()


class FieldsForm(TicketFieldsForm):
    """Say what someone else changed a field to; sending the form again overwrites it."""

    def show_conflicts(self, current, changed_by):
        super().show_conflicts(current)
        for key, stored in current.items():
            message = conflict_message(changed_by, self.display(key, stored))
            self.add_error(self.names[key], message)


class FollowersForm(forms.Form):
    """Followers to add by email address, and followers to remove."""

    add = AddressesField(label=_("Add"), required=False, max_length=2000, find_teammates=None)

    def __init__(self, *args, followers, find_teammates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["add"].find_teammates = find_teammates
        self.fields["add"].widget.attrs["placeholder"] = _("Email addresses")
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
        """The members to remove."""
        return [self.by_key[key] for key in self.cleaned_data.get("remove", [])]


class LinkForm(forms.Form):
    """A link to another ticket, given by its number."""

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


class SubjectForm(OriginalsMixin, forms.Form):
    """A new subject."""

    originals_of = ("subject",)

    subject = CleanLineField(label=_("Subject"), max_length=SUBJECT_MAX_LENGTH)

    def __init__(self, *args, ticket, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["subject"].initial = ticket.subject
        self.add_originals()
