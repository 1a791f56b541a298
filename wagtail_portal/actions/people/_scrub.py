"""Taking the name and the address of a person out of texts, and out of what is made of texts."""

import re
from urllib.parse import quote, quote_plus, urlencode

from django.http import QueryDict

CHUNK = 500
#: Parts of an address: it is not found within a longer one.
_AROUND = r"[\w.+-]"


class Scrubber:
    """Replaces what tells who somebody is.

    A full name of at least two words, and the address, wherever they stand. A single word is none
    to look for: it is a word of other sentences, too.
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
        """What is looked for, as it is written."""
        return self.names | self.addresses

    def text(self, text: str) -> str:
        """The text without it."""
        return self._pattern.sub(lambda found: self.instead, text)

    def column(self, rows, column: str) -> list:
        """Scrub a column of all ``rows``, and return the primary keys of those that changed."""
        field = rows.model._meta.get_field(column)
        # Read to the end before anything is written: no database likes to walk what it changes.
        changes = {
            pk: new
            for pk, old in rows.order_by().values_list("pk", column).iterator(CHUNK)
            if (new := self.of_field(old, field)) != old
        }
        for pk, new in changes.items():
            rows.model._base_manager.filter(pk=pk).update(**{column: new})
        return list(changes)

    def of_field(self, value, field):
        """A value as :meth:`column` leaves it."""
        if isinstance(value, str):
            return self.line(value, field)
        return self.value(value)

    def line(self, text: str, field) -> str:
        """The same, no longer than a column takes."""
        return self.text(text)[: field.max_length]

    def value(self, value):
        """The same for every text in a value of JSON, in keys too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value

    def query(self, query: str) -> str:
        """The parameters of an address without those that speak of the person."""
        spellings = {quote_plus(word) for word in self.needles}
        spellings |= {quote(word) for word in self.needles} | self.needles
        if not any(word.lower() in query.lower() for word in spellings):
            return query
        pairs = QueryDict(query).lists()
        kept = [(key, value) for key, values in pairs for value in values]
        return urlencode([(key, value) for key, value in kept if self.text(value) == value])


def _spaced(name: str) -> str:
    return r"\s+".join(map(re.escape, name.split()))
