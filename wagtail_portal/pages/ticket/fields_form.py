"""The designated fields of a ticket that its customers may change, all in one form."""

from dataclasses import dataclass

from django import forms
from django.core import signing
from django.utils.translation import gettext

from wagtail_portal.fields import FieldSpec, FormContext
from wagtail_portal.fields.questions import URGENCIES
from wagtail_portal.log_entries.ticket_fields import short_value
from wagtail_portal.models import DesignatedField, Ticket

SALT = "wagtail_portal.seen"
THEIRS, MINE = "theirs", "mine"


@dataclass(frozen=True)
class Fact:
    """One field of the form: what it is called here, how it is asked, and kept."""

    designation: DesignatedField
    context: FormContext

    @property
    def key(self) -> str:
        """``"urgency"`` or ``"field:<key>"``."""
        return self.designation.key

    @property
    def name(self) -> str:
        """The name of the form field."""
        return self.key.replace(":", "-")

    def form_field(self, stored) -> forms.Field:
        """The form field; an archived choice that the ticket has can be kept."""
        field = self.designation.ticket_field
        if field is None:
            asked = forms.ChoiceField(choices=URGENCIES)
        else:
            asked = field.field_type.form_field(self.spec([stored]))
            asked.required, asked.help_text = False, field.help_text
        asked.label = self.designation.label
        # None of them has to be filled, and the template need not say so at each.
        asked.no_hint = True
        return asked

    def spec(self, stored: list) -> FieldSpec | None:
        """What the type has to know of the values that are going to be shown."""
        field = self.designation.ticket_field
        if field is None:
            return None
        held = [value for value in stored if value is not None]
        spec = field.spec().keeping(stored[0])
        return field.field_type.prepare(spec, self.context, held)

    def initial(self, stored):
        """What the form field shows for a stored value."""
        field = self.designation.ticket_field
        return stored if field is None else field.field_type.from_json(stored)

    def stored(self, cleaned):
        """The stored form of what the form field accepted."""
        field = self.designation.ticket_field
        return cleaned if field is None else field.field_type.to_json(cleaned)

    def now(self, ticket: Ticket):
        """What the ticket has."""
        field = self.designation.ticket_field
        return ticket.urgency if field is None else ticket.values.get(field.key)


class TicketFieldsForm(forms.Form):
    """Each field knows which value the customer saw, so that a newer one is not overwritten.

    Where somebody else was faster, both values are shown, and the customer chooses.
    """

    #: The values that were there when the form was shown, signed.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    prefix = "facts"

    def __init__(self, data=None, *, ticket: Ticket, designations, context, **kwargs):
        super().__init__(data, auto_id="id_%s", **kwargs)
        self.ticket = ticket
        facts = [Fact(row, context) for row in designations]
        self.facts = {fact.name: fact for fact in facts}
        now = {fact.key: fact.now(ticket) for fact in self.facts.values()}
        self.was = {**now, **self._read_seen()}
        self.conflicts = set()
        for name, fact in self.facts.items():
            stored = self.was[fact.key]
            self.fields[name] = fact.form_field(stored)
            self.fields[name].initial = fact.initial(stored)
            self._prepare_choice(name)
        self.fields["seen"].initial = _sign(now)

    def _read_seen(self) -> dict:
        given = self.data.get(self.add_prefix("seen"), "") if self.is_bound else ""
        try:
            seen = signing.loads(given, salt=SALT)
        except signing.BadSignature:
            # A page of long ago, or made up: then nothing is known of what was seen.
            return {}
        return {fact.key: seen[fact.key] for fact in self.facts.values() if fact.key in seen}

    def _prepare_choice(self, name: str) -> None:
        """The choice between two values, where a conflict was shown before."""
        if self.is_bound and self.data.get(self.add_prefix(f"use-{name}")) in (THEIRS, MINE):
            self.conflicts.add(name)

    @property
    def changes(self) -> dict:
        """The new values of what the customer changed, by key, in their stored form."""
        found = {}
        for name, fact in self.facts.items():
            if name in self.conflicts and self.choice(name) == THEIRS:
                continue
            new = fact.stored(self.cleaned_data[name])
            if new not in (self.was[fact.key], self._as_saved(name)):
                found[fact.key] = new
        return found

    def _as_saved(self, name: str):
        """What was seen, as saving it would keep it: imports are not always as exact."""
        fact, field = self.facts[name], self.fields[name]
        try:
            return fact.stored(field.clean(field.initial))
        except forms.ValidationError:
            return self.was[fact.key]

    def choice(self, name: str) -> str:
        """Whether the customer's value or the other one is to stay."""
        return self.data.get(self.add_prefix(f"use-{name}"), THEIRS)

    def show_conflicts(self, current: dict) -> None:
        """Let the customer choose: ``current`` has the newer values by key."""
        self.was.update(current)
        self.conflicts |= {name for name, fact in self.facts.items() if fact.key in current}
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = _sign(self.was)

    @property
    def rows(self) -> list[dict]:
        """What the template draws: a field, or the choice between two values of it."""
        return [
            {"field": self[name], "conflict": self._both(name) if name in self.conflicts else None}
            for name in self.facts
        ]

    def _both(self, name: str) -> dict:
        fact, cleaned = self.facts[name], getattr(self, "cleaned_data", {})
        mine = fact.stored(cleaned[name]) if name in cleaned else None
        theirs = self.was[fact.key]
        spec = fact.spec([theirs, mine])
        mine, theirs = short_value(spec, mine), short_value(spec, theirs)
        empty = gettext("Empty")
        return {
            "name": self.add_prefix(f"use-{name}"),
            "mine": mine or empty,
            "theirs": theirs or empty,
            "chosen": self.choice(name),
        }


def _sign(values: dict) -> str:
    return signing.dumps(values, salt=SALT, compress=True)
