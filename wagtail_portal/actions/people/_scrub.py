"""Remove a person's name and address from texts, and from data that contains texts."""

import re
from urllib.parse import quote, quote_plus, urlencode

from django.http import QueryDict

CHUNK = 500
#: Characters of an address, so that it isn't found within a longer one.
_AROUND = r"[\w.+-]"


class Scrubber:
    """Replaces a person's addresses and full name wherever they occur.

    A name of a single word isn't replaced, because it occurs in other sentences, too.
    """

    def __init__(self, *, name: str, addresses: list[str], instead: str):
        self.instead = instead
        self.addresses = {address for address in addresses if address}
        self.names = {name} if len(name.split()) > 1 else set()
        parts = [rf"(?<!{_AROUND}){re.escape(address)}(?![\w-])" for address in self.addresses]
        parts += [rf"(?<!\w){_spaced(name)}(?!\w)" for name in self.names]
        self._pattern = re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)

    @property
    def needles(self) -> set[str]:
        """The name and addresses that are replaced."""
        return self.names | self.addresses

    def text(self, text: str) -> str:
        """Return the scrubbed text."""
        return self._pattern.sub(lambda found: self.instead, text)

    def column(self, rows, column: str) -> list:
        """Scrub a column of all ``rows``, and return the primary keys of rows that changed."""
        field = rows.model._meta.get_field(column)
        # Read everything before writing: databases don't iterate reliably over rows that change.
        changes = {
            pk: new
            for pk, old in rows.order_by().values_list("pk", column).iterator(CHUNK)
            if (new := self.of_field(old, field)) != old
        }
        for pk, new in changes.items():
            rows.model._base_manager.filter(pk=pk).update(**{column: new})
        return list(changes)

    def of_field(self, value, field):
        """Return the scrubbed value of a column."""
        if isinstance(value, str):
            return self.line(value, field)
        return self.value(value)

    def line(self, text: str, field) -> str:
        """Return the scrubbed text, cut to the column's length."""
        return self.text(text)[: field.max_length]

    def value(self, value):
        """Return a JSON value with every text in it scrubbed, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value

    def query(self, query: str) -> str:
        """Return a query string without the parameters that mention the person."""
        spellings = {quote_plus(word) for word in self.needles}
        spellings |= {quote(word) for word in self.needles} | self.needles
        if not any(word.lower() in query.lower() for word in spellings):
            return query
        pairs = QueryDict(query).lists()
        kept = [(key, value) for key, values in pairs for value in values]
        return urlencode([(key, value) for key, value in kept if self.text(value) == value])


def _spaced(name: str) -> str:
    return r"\s+".join(map(re.escape, name.split()))
