"""How a type of log entry is declared."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from wagtail.log_actions import LogFormatter

from wagtail_portal.fields import FieldSpec
from wagtail_portal.models import DesignatedField, Member
from wagtail_portal.utils.humanize import labelled
from wagtail_portal.utils.typing import StrOrPromise


@dataclass(frozen=True)
class Reader:
    """A customer reading a ticket's timeline, and what they can see.

    :param name_of: returns a member's name by primary key, "" if the reader can't see the member.
    :param designated: the fields that customers see on the ticket, by key.
    :param waiting_label: what replaces the label of a status that waits on the customer, for
        readers who aren't waited on.
    :param specs: the designated ticket fields whose values changed, by key.
    """

    member: Member
    name_of: Callable[[int], str]
    designated: dict[str, DesignatedField]
    waiting_label: str = ""
    specs: dict[str, FieldSpec] = field(default_factory=dict)


@dataclass(frozen=True)
class LogEntryType:
    """One kind of log entry. Customers read nothing that isn't given here.

    :param action: the name of the action that writes the entry.
    :param label: the name of the action in the Wagtail admin.
    :param team: what the team reads: a text, or a function of the entry.
    :param timeline: a function of the entry and its :class:`Reader` that returns what customers
        read in the ticket's timeline; "" for nothing.
    :param designation: the field that has to be designated for ``timeline`` to be shown.
    :param names_author: whether ``timeline`` says who did it.
    :param is_change: whether customers read it in one line with other changes that the same person
        made at the same time.
    :param history: what customers who manage members read in their organization's history, with
        the placeholders ``who``, ``old`` and ``new``.
    """

    action: str
    label: StrOrPromise
    team: StrOrPromise | Callable[[Any], StrOrPromise]
    timeline: Callable[[Any, Reader], StrOrPromise] | None = None
    designation: str = ""
    names_author: bool = False
    is_change: bool = False
    history: StrOrPromise = ""

    @property
    def name(self) -> str:
        """The name under which Wagtail knows the action."""
        return f"wagtail_portal.{self.action}"

    def is_on_timeline(self, designated) -> bool:
        """Return whether customers read such entries, given the keys of designated fields."""
        if self.timeline is None:
            return False
        return not self.designation or self.designation in designated

    def register(self, registry) -> None:
        """Make the action known to Wagtail, which refuses to log an unknown one."""
        registry.register_action(self.name)(partial(_Formatter, self))


class _Formatter(LogFormatter):
    """Formats an entry for the Wagtail admin."""

    def __init__(self, entry_type: LogEntryType):
        self.entry_type, self.label = entry_type, entry_type.label

    def format_message(self, log_entry):
        team = self.entry_type.team
        text = team(log_entry) if callable(team) else team
        # Only where a page has looked for names.
        person = getattr(log_entry, "person", "")
        return labelled(text, person) if person else text


def named(entry, key: str) -> str:
    """Return the name that an entry's data holds under ``key``."""
    value = entry.data.get(key) or {}
    return value.get("name", "") if isinstance(value, dict) else value


def old_to_new(text) -> Callable[[Any], str]:
    """Return a function of an entry that fills in the names of ``old`` and ``new``."""
    return lambda entry: text % {"old": named(entry, "old"), "new": named(entry, "new")}


def from_data(text, key: str) -> Callable[[Any], str]:
    """Return a function of an entry that fills in ``number`` with its data under ``key``."""
    return lambda entry: text % {"number": entry.data.get(key, "")}
