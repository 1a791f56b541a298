"""The form for the designated fields of a ticket that its customers can change."""

from wagtail_portal.fields.ticket_fields_form import TicketFieldsForm

THEIRS, MINE = "theirs", "mine"


class CustomerFieldsForm(TicketFieldsForm):
    """Show both values where someone else changed the same field, and let the customer choose.

    :param designations: the fields that customers can change.
    """

    def __init__(self, data=None, *, designations, **kwargs):
        specs = {row.key: row.ticket_field and row.ticket_field.spec() for row in designations}
        super().__init__(data, specs=specs, **kwargs)
        #: Keys of the fields of which both values are shown.
        self.conflicts = {key for key in specs if self._choice(key) in (THEIRS, MINE)}

    def _choice(self, key: str) -> str | None:
        return self.data.get(self.add_prefix(f"use-{self.names[key]}"))

    def keeps_current(self, key):
        return key in self.conflicts and self._choice(key) != MINE

    def show_conflicts(self, current):
        super().show_conflicts(current)
        self.conflicts |= current.keys()

    @property
    def rows(self) -> list[dict]:
        """What the template shows of each field: the form field, or the choice between values."""
        return [
            {"field": self[name], "conflict": self._both(key) if key in self.conflicts else None}
            for key, name in self.names.items()
        ]

    def _both(self, key: str) -> dict:
        name, cleaned = self.names[key], getattr(self, "cleaned_data", {})
        mine = self._to_json(key, cleaned[name]) if name in cleaned else None
        return {
            "name": self.add_prefix(f"use-{name}"),
            "mine": self.display(key, mine),
            "theirs": self.display(key, self.original[key]),
            "chosen": self._choice(key) or THEIRS,
        }
