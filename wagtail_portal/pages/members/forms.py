"""The forms of the members tab."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.form_fields import CleanCharField
from wagtail_portal.utils.email_addresses import parse_addresses, validate_addresses
from wagtail_portal.utils.humanize import comma_list

from .query import STATES

#: Email addresses that can be invited at once: each invitation is sent before the response.
MOST_AT_ONCE = 20


class MemberFilterForm(forms.Form):
    """The filters of the list."""

    role = forms.ChoiceField(label=_("Role"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)

    @classmethod
    def for_table(cls, table) -> "MemberFilterForm":
        """Return the form with the choices of a :class:`~.members.MembersTable`."""
        query = table.query
        form = cls(initial={"role": query.role, "state": query.state}, auto_id="member-%s")
        roles = [(str(role.pk), role.localized_name) for role in table.used_roles]
        fields: dict[str, Any] = form.fields
        fields["role"].choices = [("", gettext("All roles")), *roles]
        fields["state"].choices = [("", gettext("All states")), *STATES.items()]
        return form


class InviteForm(forms.Form):
    """Email addresses to invite, with a role and a note."""

    addresses = CleanCharField(
        label=_("Email addresses"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("Separate several addresses with commas or spaces."),
        error_messages={"required": _("Enter at least one email address.")},
    )
    role: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Role"), queryset=None, empty_label=None
    )
    note = CleanCharField(
        label=_("Personal note"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    #: Addresses that were pointed out, and are invited when they're sent again.
    outsiders: Sequence[str] = ()
    data: Any

    def __init__(self, *args, roles, role=None, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        field.queryset = type(roles[0]).objects.filter(pk__in=[row.pk for row in roles])
        # The choices are loaded already.
        field.choices = [(row.pk, row.localized_name) for row in roles]
        self.initial.setdefault("role", role and role.pk)

    def clean_addresses(self):
        typed = self.cleaned_data["addresses"]
        validate_addresses(typed)
        found, _others = parse_addresses(typed)
        if len(found) > MOST_AT_ONCE:
            raise forms.ValidationError(
                ngettext(
                    "You can invite up to %(number)d person at once.",
                    "You can invite up to %(number)d people at once.",
                    MOST_AT_ONCE,
                )
                % {"number": MOST_AT_ONCE}
            )
        return found

    def warn_of_outsiders(self, domains: list[str]) -> None:
        """Point out addresses outside the organization's domains, once: a typo could give someone
        else access.

        :param domains: those that the team has verified; without any, every address is fine.
        """
        if not domains or not self.is_valid():
            return
        addresses = self.cleaned_data["addresses"]
        known = {domain.lower() for domain in domains}
        self.outsiders = [row for row in addresses if row.rpartition("@")[2].lower() not in known]
        if set(self.outsiders) - set(self.data.getlist("outsider")):
            text = ngettext(
                "%(addresses)s is outside your organization (%(domains)s). Check the address, "
                "then send the invitation again.",
                "%(addresses)s are outside your organization (%(domains)s). Check the addresses, "
                "then send the invitations again.",
                len(self.outsiders),
            )
            values = {"addresses": comma_list(self.outsiders), "domains": comma_list(domains)}
            self.add_error("addresses", text % values)

    def refuse(self, refused: dict[str, str], note_errors=()) -> None:
        """Show the error of each email address, and leave only those in the field.

        :param refused: the errors by address; "" for one that's refused because of the note.
        :param note_errors: what's wrong with the note.
        """
        self.data = self.data.copy()
        self.data["addresses"] = ", ".join(refused)
        for words in note_errors:
            self.add_error("note", words)
        for address, words in refused.items():
            if not words:
                continue
            text = gettext("%(address)s: %(words)s") % {"address": address, "words": words}
            self.add_error("addresses", text)
