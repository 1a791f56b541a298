"""The forms on the pages of organizations and members."""

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions.people.change_notes import NOTES_LENGTH
from wagtail_portal.actions.people.erase_member import is_or_was_staff
from wagtail_portal.desk.role_warnings import RoleSelect
from wagtail_portal.desk.tickets.composer_forms import OriginalsMixin
from wagtail_portal.fields.form_fields import CleanCharField, CleanLineField, EmailAddressField
from wagtail_portal.fields.ticket_fields_form import TicketFieldsForm
from wagtail_portal.models import (
    Member,
    Role,
    TicketScope,
    is_erased,
    language_choices,
    profile_of,
)
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.users import full_name


class KeptForm(forms.Form):
    """A form that the browser keeps until it's saved."""

    #: Tells the browser that its draft has arrived.
    submission_key = forms.CharField(
        required=False, widget=forms.HiddenInput, initial=lambda: str(uuid4())
    )


class NotesForm(KeptForm):
    """What the team notes, without overwriting newer notes unnoticed."""

    prefix = "notes"

    notes = CleanCharField(
        label=_("Notes"),
        required=False,
        max_length=NOTES_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("Only the team can read them."),
    )
    #: The notes when the form was shown.
    original = forms.CharField(
        required=False,
        strip=False,
        # Notes that others have changed since belong to another draft.
        widget=forms.HiddenInput(attrs={"data-portal-draft-value": ""}),
    )

    def __init__(self, *args, notes: str, **kwargs):
        super().__init__(*args, **{"initial": {"notes": notes, "original": notes}, **kwargs})

    @property
    def arguments(self) -> dict:
        """The arguments of the action."""
        return {name: self.cleaned_data[name] for name in ("notes", "original")}

    def clean_original(self):
        # Browsers send line ends as CRLF.
        return self.cleaned_data["original"].replace("\r\n", "\n")

    def show_conflicts(self, current: dict) -> None:
        """Show newer notes, so that sending the form again overwrites them."""
        current = current["notes"]
        self.data: Any = cast(Any, self.data).copy()
        self.data[self.add_prefix("original")] = current
        text = gettext(
            "Someone else changed the notes while you were editing. Save again to overwrite them. "
            "They now say: %(notes)s"
        )
        self.add_error("notes", text % {"notes": current or gettext("nothing")})


class CustomerFieldsForm(KeptForm, TicketFieldsForm):
    """The values of the fields that editors defined."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What others have changed since belongs to another draft.
        self.fields["original"].widget.attrs["data-portal-draft-value"] = ""

    @property
    def arguments(self):
        found = super().arguments
        return {name: found[name] for name in ("values", "original")}

    def show_conflicts(self, current):
        super().show_conflicts(current)
        text = gettext(
            "Someone else changed this to “%(value)s” while you were editing. Save again to "
            "overwrite it."
        )
        for key, stored in current.items():
            self.add_error(self.names[key], text % {"value": self.display(key, stored)})


class MemberForm(OriginalsMixin, forms.Form):
    """Who a member is. Another email address has to be confirmed, once its effects were shown.

    :param member: the member, with the user's profile.
    :param organizations: the names of all organizations of the person.
    """

    prefix = "member"
    originals_of = ("name", "email", "language", "role")

    name = CleanLineField(label=_("Name"), max_length=150, required=False)
    email = EmailAddressField(
        label=_("Email address"), help_text=_("Sign-in codes and emails go to this address.")
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    role = forms.ModelChoiceField(
        Role.objects.all(), label=_("Role"), empty_label=None, widget=RoleSelect
    )
    confirm = forms.BooleanField(label=_("Change the email address"), required=False)
    #: Another valid email address that was entered, which has to be confirmed.
    new_address = ""

    def __init__(self, *args, member: Member, organizations: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.member, self.organizations = member, organizations
        user = member.user
        fields: dict[str, Any] = self.fields
        fields["language"].choices = [("", _("Language of the site")), *language_choices()]
        fields["name"].initial, fields["email"].initial = full_name(user), member.email
        fields["language"].initial = profile_of(user).language
        fields["role"].initial = member.role_id
        self.add_originals()
        if is_erased(user) or is_or_was_staff(user):
            for name in ("name", "email"):
                self.fields[name].disabled = True
            self.fields["email"].help_text = (
                gettext("This person was erased.")
                if is_erased(user)
                else gettext("This is a team member. Change this under Settings → Users.")
            )
        if member.is_visitor:
            # They can't be given access.
            fields["role"].queryset = Role.objects.filter(tickets=TicketScope.NONE)

    def clean(self):
        data = super().clean()
        email = data.get("email", "")
        if email not in (self.member.email.lower(), self.originals.get("email")):
            self.new_address = email
        if self.new_address and not data.get("confirm"):
            self.add_error("email", gettext("Read what this changes, and confirm it below."))
        return data

    @property
    def address_effects(self) -> list[str]:
        """What happens with the new address, as sentences."""
        values = {
            "name": self.member.name,
            "old": self.member.email,
            "new": self.new_address,
            "organizations": comma_list(self.organizations),
        }
        texts = [
            gettext(
                "%(name)s signs in with %(new)s from now on. They verify the new address by "
                "entering a code."
            ),
            gettext(
                "%(old)s no longer works: no one can sign in with it, and emails sent from it are "
                "no longer added to this person’s tickets."
            ),
            gettext("%(name)s is signed out on all devices."),
            gettext("This applies to all organizations of the person: %(organizations)s."),
            gettext("We send a notice to both addresses."),
        ]
        return [text % values for text in texts]

    @property
    def arguments(self) -> dict:
        """The arguments of the action."""
        found = {name: self.cleaned_data[name] for name in self.originals_of}
        return {**found, "original": self.originals}

    def show_conflicts(self, current: dict, changed_by: str = "") -> None:
        super().show_conflicts(current, changed_by or gettext("Someone else"))

    def display(self, name, value):
        choices = dict(self.fields["language"].choices) if name == "language" else {}
        return str(choices.get(value) or super().display(name, value))
