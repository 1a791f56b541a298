"""Members of the requester's organization."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.base import FieldType
from wagtail_portal.fields.context import MEMBERS_SHOWN
from wagtail_portal.fields.filters import checkboxes
from wagtail_portal.fields.stored import ContainsAny
from wagtail_portal.utils.email_addresses import parse_address
from wagtail_portal.utils.query_params import parse_pk


def member_choices(people: Any) -> list[tuple[int, str]]:
    """Return ``(pk, name)`` of members, sorted by name; namesakes with their email addresses."""
    names = Counter(person.name for person in people)
    choices = [
        (
            person.pk,
            f"{person.name} ({person.email})" if names[person.name] > 1 else person.name,
        )
        for person in people
    ]
    return sorted(choices, key=lambda choice: choice[1].casefold())


class MemberInput(forms.Select):
    """A list of members; in a large organization, an input for an email address."""

    address_template_name = "django/forms/widgets/email.html"
    #: For no member.
    empty_label = _("No one")

    def __init__(self, find_members: Any, current: Any, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.find_members, self.current = find_members, current

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        people = self.find_members()
        if len(people) > MEMBERS_SHOWN:
            return self._render_address(name, value, attrs, renderer)
        members = dict(member_choices(people))
        others = [(pk, name) for pk, name in self.current.items() if pk not in members]
        empty = ("", "–" if self.is_required else self.empty_label)
        self.choices = [empty, *members.items(), *others]
        return super().render(name, value, attrs, renderer)

    def _render_address(self, name: str, value: Any, attrs: Any, renderer: Any) -> Any:
        pk = value if isinstance(value, int) else parse_pk(str(value or ""))
        if pk is not None:
            people = self.find_members({pk})
            value = people[0].email if people else ""
        widget = forms.EmailInput({**self.attrs, "placeholder": gettext("Email address")})
        widget.is_required = self.is_required
        return widget.render(name, value, attrs, renderer)


class MemberField(forms.Field):
    """One member; cleans to the primary key, or None.

    :param current: names by primary key of members who stay valid even if they can't be chosen.
    """

    def __init__(
        self, *, find_members: Any, find_teammates: Any, current: Any, **kwargs: Any
    ) -> None:
        super().__init__(widget=MemberInput(find_members, current), **kwargs)
        self.find_members, self.find_teammates = find_members, find_teammates
        self.current = current

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        pk = parse_pk(text)
        if pk is not None:
            if pk in self.current:
                return pk
            people = self.find_members({pk})
        else:
            found = None
            with suppress(ValidationError):
                address = parse_address(text)
                found = self.find_teammates([address]).get(address)
            people = self.find_members({found.pk}) if found else []
        if not people:
            raise ValidationError(gettext("Select a member of the organization."))
        return people[0].pk


class MemberType(FieldType):
    """A member of the organization, stored by primary key.

    ``spec.options["name_members"]``, which every ticket field has, returns the names of current
    members by primary key.
    """

    key = "member"
    label = _("Member of the organization")
    description = _("One of the customer’s own members")
    icon = "user"
    can_be_typed = False
    keeps_display = True

    def prepare(self, spec: Any, context: Any, stored: Any = ()) -> Any:
        ids = {value for value in stored if _is_id(value)}
        missing = ids - context.names.keys()
        found = _find_names(spec, missing) if missing else {}
        known = {pk: context.names.get(pk) for pk in ids}
        return replace(
            spec,
            options={
                **spec.options,
                "find_members": context.find_members,
                "find_teammates": context.find_teammates,
                "names": {**spec.options.get("names", {}), **known, **found},
            },
        )

    def form_field(self, spec: Any) -> Any:
        names = spec.options.get("names", {})
        return MemberField(
            find_members=spec.options.get("find_members", lambda ids=None: []),
            find_teammates=spec.options.get("find_teammates", lambda addresses: {}),
            current={pk: name or gettext("Former member") for pk, name in names.items()},
        )

    def display(self, stored: Any, spec: Any) -> str:
        if not _is_id(stored):
            return super().display(stored, spec)
        names = spec.options.get("names", {})
        name = names[stored] if stored in names else _find_names(spec, {stored}).get(stored)
        return name or gettext("Former member")

    def searched_text(self, stored: Any) -> Any:
        # A primary key.
        return ""

    def filter_field(self, spec: Any) -> Any:
        find_members = spec.options.get("find_members")
        if find_members is None:
            # Who can be chosen depends on the current user: see prepare().
            return None
        return checkboxes(spec, lambda: member_choices(find_members()[:MEMBERS_SHOWN]))

    def filter_q(self, key: str, cleaned: Any) -> Q:
        return Q(ContainsAny(key, [int(pk) for pk in cleaned])) if cleaned else Q()


def _is_id(stored: Any) -> bool:
    return isinstance(stored, int) and not isinstance(stored, bool)


def _find_names(spec: Any, ids: Any) -> dict:
    if "name_members" in spec.options:
        return spec.options["name_members"](ids)
    # A question on one form only: the member who was just chosen can be found again.
    find_members = spec.options.get("find_members")
    return {person.pk: person.name for person in find_members(ids)} if find_members else {}
