"""External data for questions and field types."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .files import FileLimits


class Person(NamedTuple):
    """A member of an organization, as a form shows them."""

    pk: int
    name: str
    email: str


#: With more members than this, a list is too long to choose from.
MEMBERS_SHOWN = 200

#: Allows no files.
NO_FILES = FileLimits(0, 0, frozenset())


@dataclass(frozen=True)
class FormContext:
    """Functions that look up data for the current user when a field type needs it.

    ``find_teammates`` takes lower-case email addresses and returns members of the requester's
    organization by address. ``find_uploads`` takes IDs and returns the user's uploads that are in
    no message yet. ``find_members`` returns the members of the requester's organization that the
    user can see: those with the given primary keys or, without any, up to :data:`MEMBERS_SHOWN`
    plus one. ``file_url`` returns the URL of a stored file (``{"id", "name", "size"}``), "" to show
    only its name. ``me`` is the primary key of the user's membership. ``names`` holds members'
    names by primary key, None for former members. ``statuses`` are those to filter by.
    """

    file_limits: FileLimits = NO_FILES
    find_teammates: Callable[[list[str]], dict] = lambda addresses: {}
    find_uploads: Callable[[list[str]], list] = lambda ids: []
    find_members: Callable[..., list[Person]] = lambda ids=None: []
    file_url: Callable[[dict], str] = lambda stored: ""
    me: int | None = None
    names: Mapping[int, str | None] = field(default_factory=dict)
    statuses: Sequence[Any] = ()
