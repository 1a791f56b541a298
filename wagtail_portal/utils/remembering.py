"""Remember what's read several times during one request, or for one email."""

from collections.abc import Callable, Hashable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Value = TypeVar("Value")

#: What was read; None outside of :func:`remembering`.
_memory: ContextVar[dict | None] = ContextVar("wagtail_portal_memory", default=None)


@contextmanager
def remembering():
    """Let :func:`remembered` load each value once. What it returns may be outdated by the end, so
    keep this short."""
    before = _memory.get()
    begin()
    try:
        yield
    finally:
        _memory.set(before)


def begin() -> None:
    """Begin to remember, until :func:`end`."""
    _memory.set({})


def end() -> None:
    """Forget everything and remember no more."""
    _memory.set(None)


def is_remembering() -> bool:
    """Return whether :func:`remembered` keeps what it loads."""
    return _memory.get() is not None


def remembered(key: Hashable, load: Callable[[], Value]) -> Value:
    """Return what ``load`` returned the first time, or call it again outside of
    :func:`remembering`."""
    memory = _memory.get()
    if memory is None:
        return load()
    if key not in memory:
        memory[key] = load()
    return memory[key]


def forget() -> None:
    """Forget everything, because something has changed."""
    if (memory := _memory.get()) is not None:
        memory.clear()
