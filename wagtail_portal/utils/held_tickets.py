"""Tickets that stay locked while several actions change them, and what's read and written for all
of them at once.

Actions called with the same objects neither lock nor load them again. A bulk change holds many
tickets, and its rows are created together at the end.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Value = TypeVar("Value")


class HeldTickets:
    """Tickets that are locked until the transaction ends.

    :ivar is_bulk: whether rows are created together at the end.
    :ivar actor: who was read again since they were locked.
    """

    def __init__(self, tickets: Iterable = (), *, is_bulk: bool = False, actor: Any = None) -> None:
        self.tickets: dict[Any, Any] = {ticket.pk: ticket for ticket in tickets}
        self.is_bulk, self.actor = is_bulk, actor
        self.rows: list = []
        self._shared: dict[Hashable, tuple] = {}

    def holds(self, ticket: Any) -> bool:
        """Return whether this object was locked, and no other object of the same ticket since."""
        return self.tickets.get(ticket.pk) is ticket

    def hold(self, ticket: Any) -> None:
        """Note that this object was locked and loaded again."""
        self.tickets[ticket.pk] = ticket

    def release(self, *tickets: Any) -> None:
        """Load these again when they're locked the next time, or all of them."""
        for pk in [ticket.pk for ticket in tickets] or list(self.tickets):
            self.tickets.pop(pk, None)
        self.forget()

    def forget(self, *names: Hashable) -> None:
        """Read again what was read for all of them, or only what has one of these names."""
        for name in names or list(self._shared):
            self._shared.pop(name, None)

    def shared(self, name: Hashable, ticket: Any, load: Callable[[list], Value]) -> Value:
        """Return what ``load`` returned for all of them, if ``ticket`` was among them."""
        if name not in self._shared:
            tickets = list(self.tickets.values())
            self._shared[name] = set(self.tickets), load(tickets)
        keys, found = self._shared[name]
        return found if ticket.pk in keys else load([ticket])

    @contextmanager
    def dropping_rows(self) -> Iterator[None]:
        """Don't create the rows of the block if it raises."""
        before = len(self.rows)
        try:
            yield
        except BaseException:
            del self.rows[before:]
            raise

    def create_rows(self) -> None:
        """Create the rows, with one query for each model."""
        by_model: dict[Any, list] = {}
        for row in self.rows:
            by_model.setdefault(type(row), []).append(row)
        for model, rows in by_model.items():
            model._default_manager.bulk_create(rows)
        self.rows.clear()


_held: ContextVar[HeldTickets | None] = ContextVar("wagtail_portal_held_tickets", default=None)
#: Whether the next action is part of the one that runs.
_joins: ContextVar[bool] = ContextVar("wagtail_portal_joins", default=False)


def current() -> HeldTickets | None:
    """Return what's held in the block that's running, or None."""
    return _held.get()


def bulk_of(ticket: Any) -> HeldTickets | None:
    """Return what a bulk change holds, if ``ticket`` is among it."""
    found = _held.get()
    return found if found is not None and found.is_bulk and found.holds(ticket) else None


@contextmanager
def holding(held: HeldTickets | None) -> Iterator[None]:
    """Hold these tickets in the block, which has to end before the transaction does, or none."""
    token = _held.set(held)
    try:
        yield
    finally:
        _held.reset(token)


@contextmanager
def joining(joins: bool = True) -> Iterator[bool]:
    """Let actions called directly in the block be part of the one that runs, without a savepoint,
    and give whether the one that runs is. If one of them fails, all of it has to be rolled back."""
    before = _joins.get()
    token = _joins.set(joins)
    try:
        yield before
    finally:
        _joins.reset(token)


def shared(name: Hashable, ticket: Any, load: Callable[[list], Value]) -> Value:
    """Return what ``load`` returns for a list of tickets with ``ticket``: all that are held, which
    are loaded only once, or this one alone."""
    found = _held.get()
    if found is None or not found.holds(ticket):
        return load([ticket])
    return found.shared(name, ticket, load)


def forget(*names: Hashable) -> None:
    """Read again what has one of these names."""
    if (found := _held.get()) is not None:
        found.forget(*names)


def create_later(rows: list) -> bool:
    """Leave it to a bulk change to create these rows at its end. If there's none, return False."""
    found = _held.get()
    if found is None or not found.is_bulk:
        return False
    found.rows += rows
    return True
