"""The interface of a search backend, and the one that the settings name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.models import Attachment, Message, Ticket, TicketField
from wagtail_portal.utils.text import clean_line
from wagtail_portal.utils.typing import User

from .similar import correctable
from .words import QUERY_MAX_LENGTH, Word, fold, terms, words

#: More digits than a ticket's number has, in any database.
NUMBER_MAX_LENGTH = 18
#: What emails put before the subject of a ticket, such as "Re: " and, in German, "AW: ".
_REPLY = re.compile(r"^(?:(?:re|aw|sv|fwd?|wg)\s?: *)+", re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """A search query. Make one with :meth:`parse`."""

    #: As it was entered, for the field on the page.
    text: str
    words: tuple[Word, ...]
    #: The ticket fields whose values are searched, too.
    fields: tuple[TicketField, ...] = ()
    #: Texts that must occur as they are in the subject or in a message.
    phrases: tuple[str, ...] = ()
    #: The primary key of the organization whose tickets alone are searched; None for any. The
    #: tickets must be narrowed to it anyway: this only makes finding them faster.
    organization: int | None = None
    #: Whether it finds similar words, because nothing matches as entered.
    is_corrected: bool = False

    @classmethod
    def parse(cls, typed: str, fields: Iterable[TicketField] = ()) -> "Query":
        """Return the query for what was entered, cut where no one types any more.

        :param fields: the ticket fields whose values are searched: for a customer, only those that
            customers can see.
        """
        text = clean_line(typed)[:QUERY_MAX_LENGTH]
        return cls(text, words(_without_ticket(text)), tuple(fields))

    def __bool__(self) -> bool:
        return bool(self.words)

    def corrected(self, words: tuple[Word, ...] | None) -> "Query | None":
        """Return the query with other words; None without any."""
        return None if words is None else replace(self, words=words, is_corrected=True)

    @property
    def marked(self) -> tuple[Word, ...]:
        """The words to highlight in a conversation."""
        return tuple(word for word in self.words if not word.within)

    @property
    def number(self) -> int | None:
        """The number of a ticket, for ``#1042``, ``1042`` and ``ticket 1042``."""
        digits = fold(_without_ticket(self.text)).strip().removeprefix("#").strip()
        if digits.isascii() and digits.isdecimal() and len(digits) <= NUMBER_MAX_LENGTH:
            return int(digits)
        return None

    def choices(self, word: Word) -> list[tuple[TicketField, str]]:
        """Return the choices of :attr:`fields` that have ``word`` in their label, in any language,
        as pairs of field and key."""
        return [
            (field, choice.key)
            for field in self.fields
            if field.field_type.has_choices and word.within in ("", field.key)
            for choice in field.spec().choices
            if word.matches(_label_terms((choice.label, *choice.labels)))
        ]


@lru_cache(maxsize=1000)
def _label_terms(labels: tuple[str, ...]) -> frozenset[str]:
    return frozenset(term for label in labels for term in terms(label))


def _without_ticket(text: str) -> str:
    """Return ``text`` without the word "ticket" before a number, and without what the subject of an
    email begins with."""
    text = _REPLY.sub("", text)
    names = "|".join({re.escape(name) for name in ("ticket", gettext("Ticket"))})
    return re.sub(rf"\b(?:{names})[\s:]*(#?\s*)(?=\d)", r"\1", text, flags=re.IGNORECASE)


class TicketSearch:
    """Finds tickets. Subclass it to use your own search server.

    The methods that write are called inside the transaction of an action. To update a server
    outside the database, use ``transaction.on_commit``.
    """

    def condition(self, tickets: QuerySet, query: Query, *, notes: bool = False) -> Q:
        """Return a condition for those of ``tickets`` that contain every word of ``query``, which
        has at least one.

        :param tickets: a queryset that may tell how to search best; it isn't changed.
        :param notes: whether to search internal notes and all ticket fields, too. Only for the
            team.
        """
        raise NotImplementedError

    def find(self, tickets: QuerySet, query: Query, *, notes: bool = False) -> Any:
        """Return the tickets of the queryset ``tickets`` that contain every word of ``query``."""
        return tickets.filter(self.condition(tickets, query, notes=notes)) if query else tickets

    def correct(self, tickets: QuerySet, query: Query, *, notes: bool = False) -> Query | None:
        """Return ``query`` with words of ``tickets`` that are similar to mistyped ones; None if
        there are none. It's called for queries that find nothing."""
        return None

    def add(
        self,
        ticket: Ticket,
        message: Message,
        *,
        files: Iterable[Attachment] = (),
        opening: bool = False,
    ) -> None:
        """Index a new message of a ticket.

        :param files: the attachments of the message.
        :param opening: whether it's the first message, so that the ticket is new, too.
        """
        raise NotImplementedError

    def update(self, ticket: Ticket) -> None:
        """Index the ticket again after its fields or its requester have changed."""
        self.put([ticket])

    def rename(self, user: User) -> None:
        """Index the name of ``user`` again in all tickets that they requested."""

    def put(self, tickets: Iterable[Ticket]) -> None:
        """Index these tickets again, with everything they contain."""
        raise NotImplementedError

    def remove(self, ticket: Ticket) -> None:
        """Remove a ticket that's about to be deleted."""


def corrected_query(tickets: QuerySet, query: Query, *, notes: bool = False) -> Query:
    """Return ``query`` if it finds some of ``tickets``, or else the one with similar words."""
    search = backend()
    if correctable(query.words) and not search.find(tickets, query, notes=notes).exists():
        return search.correct(tickets, query, notes=notes) or query
    return query


@cache
def _instance(path: str) -> TicketSearch:
    return import_string(path)()


def backend() -> TicketSearch:
    """Return the backend that ``WAGTAIL_PORTAL["SEARCH_BACKEND"]`` names."""
    return _instance(conf.SEARCH_BACKEND)
