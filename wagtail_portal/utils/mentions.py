"""Names after an @ in a text."""

import re
from collections.abc import Iterable


def names_after_at(text: str, names: Iterable[str]) -> list[str]:
    """Return those of ``names`` that stand after an @ in ``text``, ignoring case, in lower case.

    The longest name counts, so that "@Ann Lee" isn't Ann. An email address mentions no one.
    """
    known = sorted({name.casefold() for name in names if name}, key=len, reverse=True)
    if not known or "@" not in text:
        return []
    choice = "|".join(map(re.escape, known))
    return re.findall(rf"(?<!\w)@({choice})(?!\w)", text.casefold())


def words_after_at(text: str) -> list[str]:
    """Return the words that stand after an @ in ``text``, each once."""
    return list(dict.fromkeys(re.findall(r"(?<!\w)@([^\W_]+)", text)))
