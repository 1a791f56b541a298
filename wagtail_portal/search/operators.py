"""Split a search into words, quoted phrases, and operators such as ``org:acme``."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

#: Quotation marks of all languages open and close a phrase.
_QUOTES = '"“”„«»'
_PART = re.compile(
    rf"(?:(?P<operator>[\w-]+):)?[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]?"
    r"|(?P<named>[\w-]+):(?P<value>\S*)"
    r"|(?P<plain>\S+)"
)


@dataclass(frozen=True)
class Part:
    """A part of a search."""

    #: What stands before the colon, in lower case; empty without one.
    operator: str
    value: str
    is_quoted: bool = False
    #: Where it begins in the text.
    start: int = 0


def split(text: str, operators: Container[str]) -> Iterator[Part]:
    """Yield the parts of ``text``.

    :param operators: the known operators. Before any other colon stands an ordinary word.
    """
    for match in _PART.finditer(text):
        operator = (match["operator"] or match["named"] or "").lower()
        value = next(filter(None, match.group("quoted", "value", "plain")), "")
        if operator and operator not in operators:
            # "ORA:00942", "https://…"
            operator, value = "", match[0]
        yield Part(operator, value, match["quoted"] is not None, match.start())
