"""The types of log entries: what each means to the team, and whether customers get to read it.

An action can only log what is declared here. To add a type, add one :class:`LogEntryType` to the
module of its subject.
"""

from . import organizations, settings, sign_in, tickets
from .entry_type import LogEntryType, Reader
from .sign_in import REFUSAL_REASONS

#: Every type of log entry, by the name of the action that writes it.
LOG_ENTRY_TYPES = {
    entry_type.action: entry_type
    for entry_type in (*tickets.TYPES, *organizations.TYPES, *sign_in.TYPES, *settings.TYPES)
}


def entry_type_of(entry) -> LogEntryType:
    """Return the type of a log entry of ours."""
    return LOG_ENTRY_TYPES[entry.action.partition(".")[2]]
