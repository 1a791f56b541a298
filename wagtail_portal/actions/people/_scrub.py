"""Remove a person's name and address from texts, and from data that contains texts."""

import re
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from django.db import connections
from django.db.models import Q, TextField
from django.db.models.functions import Cast, Collate
from django.http import QueryDict

CHUNK = 500
#: The parts of names and addresses that databases find in any case, and in JSON.
PART = re.compile(r"[a-z0-9@._+-]{2,}", re.IGNORECASE | re.ASCII)


class Scrubber:
    """Replaces a person's addresses and full name wherever they occur.

    A name of a single word isn't replaced, because it occurs in other sentences, too.
    """

    def __init__(self, *, name: str, addresses: list[str], replacement: str) -> None:
        self.replacement = replacement
        self.addresses = {address for address in addresses if address}
        self.names = {name} if len(name.split()) > 1 else set()
        parts = [rf"(?<![\w.+-]){re.escape(address)}(?![\w-])" for address in self.addresses]
        parts += [rf"(?<!\w){_spaced(name)}(?!\w)" for name in self.names]
        # Without either, a pattern that never matches.
        self._pattern = re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)

    @property
    def search_terms(self) -> set[str]:
        """The name and addresses that are replaced."""
        return self.names | self.addresses

    def scrub_text(self, text: str) -> str:
        """Return the scrubbed text."""
        return self._pattern.sub(lambda match: self.replacement, text)

    def mentioning(self, rows: Any, column: str) -> Any:
        """Return the ``rows`` that may mention the person in a column: all that do, and few others.
        The database sorts out the rest, because reading every text would take long."""
        found = Q(pk__in=[])
        for term in self.search_terms:
            parts = PART.findall(term)
            if not parts:
                # Databases differ in what they take for the same letter.
                return rows
            found |= Q(*(Q(scrubbed_text__icontains=part) for part in parts))
        # In this collation, only the letters of ASCII have a case, which is faster.
        text: Any = Cast(column, TextField())
        if connections[rows.db].vendor == "postgresql":
            text = Collate(text, "C")
        return rows.alias(scrubbed_text=text).filter(found)

    def scrub_column(self, rows: Any, column: str) -> list:
        """Scrub a column of all ``rows``, and return the primary keys of rows that changed."""
        field = rows.model._meta.get_field(column)
        rows = self.mentioning(rows, column)
        # Read everything before writing: databases don't iterate reliably over rows that change.
        changes = {
            pk: new
            for pk, old in rows.order_by().values_list("pk", column).iterator(CHUNK)
            if (new := self._scrub_field(old, field)) != old
        }
        for pk, new in changes.items():
            rows.model._base_manager.filter(pk=pk).update(**{column: new})
        return list(changes)

    def _scrub_field(self, value: Any, field: Any) -> Any:
        value = self.scrub_value(value)
        # A replacement may be longer than the name.
        return value[: field.max_length] if isinstance(value, str) else value

    def scrub_value(self, value: Any) -> Any:
        """Return a JSON value with every text in it scrubbed, keys included."""
        if isinstance(value, str):
            return self.scrub_text(value)
        if isinstance(value, list):
            return [self.scrub_value(item) for item in value]
        if isinstance(value, dict):
            return {self.scrub_text(key): self.scrub_value(item) for key, item in value.items()}
        return value

    def scrub_query(self, query: str) -> str:
        """Return a query string without the parameters that mention the person."""
        spellings = {quote_plus(word) for word in self.search_terms}
        spellings |= {quote(word) for word in self.search_terms} | self.search_terms
        if not any(word.lower() in query.lower() for word in spellings):
            return query
        pairs = QueryDict(query).lists()
        kept = [(key, value) for key, values in pairs for value in values]
        return urlencode([(key, value) for key, value in kept if self.scrub_text(value) == value])


def _spaced(name: str) -> str:
    return r"\s+".join(map(re.escape, name.split()))
