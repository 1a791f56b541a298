"""What questions and field types may look up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .files import FileLimits


class Person(NamedTuple):
    """A member of an organization, as far as a form needs to know them."""

    pk: int
    name: str
    email: str


#: In a larger organization, a list of all members is too long to choose from.
MEMBERS_SHOWN = 200


#: Where no file is expected.
NO_FILES = FileLimits(0, 0, frozenset())


@dataclass(frozen=True)
class FormContext:
    """Functions for looking something up, only when it is needed. They know who asks.

    ``find_teammates`` takes lower-case email addresses and returns the members of the requester's
    organization by address, without those that it doesn't find. ``find_uploads`` takes IDs and
    returns those uploads of the current user that are in no message yet. ``find_members`` returns
    members of the requester's organization whom the current user may know: those with the given
    primary keys, or without any, one more than :data:`MEMBERS_SHOWN` at most. ``file_url`` returns
    the URL of a stored file, ``{"id", "name", "size"}``, or "" if files are only named. ``names``
    holds names of members that were looked up already, by primary key; None for former members.
    """

    file_limits: FileLimits = NO_FILES
    find_teammates: Callable[[list[str]], dict] = lambda addresses: {}
    find_uploads: Callable[[list[str]], list] = lambda ids: []
    find_members: Callable[..., list[Person]] = lambda ids=None: []
    file_url: Callable[[dict], str] = lambda stored: ""
    names: Mapping[int, str | None] = field(default_factory=dict)
