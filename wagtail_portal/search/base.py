"""The interface of a search backend, and the one that the settings name."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.db.models import Q
from django.utils.module_loading import import_string

from wagtail_portal import conf
from wagtail_portal.models import Message, Ticket
from wagtail_portal.utils.text import clean_line

from .words import QUERY_MAX_LENGTH, Word, fold, words

#: More digits than a ticket's number has, in any database.
NUMBER_MAX_LENGTH = 18


@dataclass(frozen=True)
class Query:
    """What somebody searches for. Make one with :meth:`parse`."""

    #: As it was typed, for the field on the page.
    text: str
    words: tuple[Word, ...]

    @classmethod
    def parse(cls, typed: str) -> "Query":
        """What was typed, cut where nobody types any more."""
        text = clean_line(typed)[:QUERY_MAX_LENGTH]
        return cls(text, words(text))

    def __bool__(self):
        return bool(self.words)

    @property
    def number(self) -> int | None:
        """The number of a ticket, for ``#1042`` and ``1042``."""
        digits = fold(self.text).removeprefix("#").strip()
        if digits.isascii() and digits.isdecimal() and len(digits) <= NUMBER_MAX_LENGTH:
            return int(digits)
        return None


class TicketSearch:
    """Where tickets are looked up. Subclass it for a search server of your own.

    What writes is called inside the transaction of an action: a server outside the database is
    told in ``transaction.on_commit``.
    """

    def condition(self, tickets, query: Query, *, notes: bool = False) -> Q:
        """What holds for those of ``tickets`` in which each word of ``query`` occurs; there is at
        least one word.

        :param tickets: a queryset, for what it tells of how to look best; it is not changed.
        :param notes: also look into internal notes. Only the team's side says so.
        """
        raise NotImplementedError

    def find(self, tickets, query: Query, *, notes: bool = False):
        """Those of the queryset ``tickets`` in which each word of ``query`` occurs."""
        return tickets.filter(self.condition(tickets, query, notes=notes)) if query else tickets

    def add(self, ticket: Ticket, message: Message, *, opening: bool = False) -> None:
        """A message was written in a ticket; with ``opening``, its first one."""
        raise NotImplementedError

    def put(self, tickets: Iterable[Ticket]) -> None:
        """Forget what was known of the tickets, and take in what they hold now: a subject or a
        message changed, or everything is taken in anew."""
        raise NotImplementedError

    def remove(self, ticket: Ticket) -> None:
        """A ticket is about to be deleted."""


@cache
def _made(path: str) -> TicketSearch:
    return import_string(path)()


def backend() -> TicketSearch:
    """The backend that ``WAGTAIL_PORTAL["SEARCH_BACKEND"]`` names."""
    return _made(conf.SEARCH_BACKEND)
