"""What questions and field types may ask of the world outside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .files import FileLimits


class Person(NamedTuple):
    """A member of an organization, as far as a form needs to know them."""

    pk: int
    name: str
    email: str


#: Of a larger organization, nobody wants to read through all the members.
MEMBERS_SHOWN = 200


#: Where no file is expected.
NO_FILES = FileLimits(0, 0, frozenset())


@dataclass(frozen=True)
class FormContext:
    """Functions, so that nothing is looked up before somebody needs it. They know who is asking.

    ``find_teammates`` takes lower-case addresses and returns the members of the requester's
    organization by address; those not found are missing. ``find_uploads`` takes ids and returns
    those uploads of the visitor that are in no message yet. ``find_members`` gives members of the
    requester's organization of whom the visitor may know: those with the primary keys given, or
    without any one more than :data:`MEMBERS_SHOWN` at most. ``file_url`` gives the address of a
    stored file, ``{"id", "name", "size"}``, or "" where files are only named. ``names`` holds the
    names of members that were looked up already, by primary key; None for who is gone.
    """

    file_limits: FileLimits = NO_FILES
    find_teammates: Callable[[list[str]], dict] = lambda addresses: {}
    find_uploads: Callable[[list[str]], list] = lambda ids: []
    find_members: Callable[..., list[Person]] = lambda ids=None: []
    file_url: Callable[[dict], str] = lambda stored: ""
    names: Mapping[int, str | None] = field(default_factory=dict)
