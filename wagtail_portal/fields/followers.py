"""Form fields for teammates: who follows a new ticket, and for whom it's opened."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.email_addresses import parse_addresses
from wagtail_portal.utils.humanize import comma_list

from .form_fields import CleanLineField
from .types.people import MemberField, MemberInput, member_choices

MAX_FOLLOWERS = 20
#: With more teammates than this, followers are added by their email addresses only.
TEAMMATES_SHOWN = 50


class AddressesField(CleanLineField):
    """Email addresses of teammates, typed or pasted; cleans to members."""

    def __init__(self, *, find_teammates, **kwargs):
        super().__init__(**kwargs)
        self.find_teammates = find_teammates

    def clean(self, value):
        value = super().clean(value)
        addresses, others = parse_addresses(value)
        if len(addresses) > MAX_FOLLOWERS:
            raise ValidationError(
                gettext("A ticket can start with up to %(number)d followers.")
                % {"number": MAX_FOLLOWERS}
            )
        found = self.find_teammates(addresses) if addresses else {}
        missing = [*others, *(address for address in addresses if address not in found)]
        if missing:
            raise ValidationError(
                ngettext(
                    "%(addresses)s isn’t a member of your organization.",
                    "%(addresses)s aren’t members of your organization.",
                    len(missing),
                )
                % {"addresses": comma_list(missing)}
            )
        return list({member.pk: member for member in found.values()}.values())


def find_others(context):
    """Return ``find_members`` of a form's context without the user."""

    def find(ids=None):
        return [person for person in context.find_members(ids) if person.pk != context.me]

    return find


@dataclass(frozen=True)
class PickedFollowers:
    """What a form sent: typed addresses, and primary keys of the teammates that were ticked."""

    addresses: str
    keys: tuple[str, ...]


class FollowersInput(forms.TextInput):
    """A list of teammates to tick, and an input for email addresses.

    :param find_members: see :class:`.context.FormContext`.
    """

    template_name = "wagtail_portal/widgets/followers.html"
    use_fieldset = True

    def __init__(self, find_members, attrs=None):
        super().__init__(attrs)
        self.find_members = find_members
        #: The teammates of a draft that are ticked.
        self.keys: Iterable[str] = ()

    def value_from_datadict(self, data, files, name):
        key = f"{name}-teammates"
        keys = data.getlist(key) if hasattr(data, "getlist") else ()
        return PickedFollowers(data.get(name) or "", tuple(keys))

    def value_omitted_from_data(self, data, files, name):
        return name not in data and f"{name}-teammates" not in data

    def get_context(self, name, value, attrs):
        keys = self.keys
        if isinstance(value, PickedFollowers):
            value, keys = value.addresses, value.keys
        context = super().get_context(name, value, attrs)
        people = self.find_members()
        shown = member_choices(people) if len(people) <= TEAMMATES_SHOWN else []
        context["teammates"] = [(pk, label, str(pk) in keys) for pk, label in shown]
        # The fieldset has the widget's own ID, and errors lead to this one.
        context["widget"]["attrs"]["id"] = f"{attrs['id']}_0"
        return context


class FollowersField(AddressesField):
    """Teammates, ticked in a list or typed as email addresses; cleans to members."""

    def __init__(self, *, context, **kwargs):
        self.find_members = find_others(context)
        widget = FollowersInput(self.find_members)
        super().__init__(widget=widget, find_teammates=context.find_teammates, **kwargs)

    def clean(self, value):
        if not isinstance(value, PickedFollowers):
            return super().clean(value)
        keys = {int(key) for key in value.keys if key.isdecimal() and len(key) < 19}
        people = self.find_members(keys) if keys else []
        if len(people) < len(value.keys):
            raise ValidationError(gettext("Select members of the organization."))
        # Their addresses are looked up together with those that were typed.
        addresses = ", ".join(filter(None, [value.addresses, *(row.email for row in people)]))
        return super().clean(addresses)


class TeammateInput(MemberInput):
    """A list of members, beginning with oneself."""

    empty_label = _("Me")


class TeammateField(MemberField):
    """The member for whom a ticket is opened; cleans to the primary key, or None for oneself."""

    def __init__(self, *, context, **kwargs):
        find = find_others(context)
        super().__init__(
            find_members=find, find_teammates=context.find_teammates, current={}, **kwargs
        )
        self.widget = TeammateInput(find, {})
