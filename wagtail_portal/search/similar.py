"""Find the words that a mistyped word was probably meant to be."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from .words import Word

#: Shorter words have too many neighbors.
MIN_LENGTH = 6
#: How many similar words replace one.
MAX_WORDS = 5


def correctable(words: Iterable[Word]) -> bool:
    """Return whether a word is long enough to be corrected."""
    return any(_is_long(word) for word in words)


def correct(words: tuple[Word, ...], texts: Iterable[str]) -> tuple[Word, ...] | None:
    """Return the words of a query, with similar ones for those that don't occur in ``texts``.

    :param texts: what's indexed of some tickets.
    :return: None if there's nothing similar.
    """
    known = Counter(term for text in texts for term in set(text.split()))
    corrected = tuple(
        _similar(word, known) if _is_long(word) and not word.matches(known) else word
        for word in words
    )
    return None if corrected == words else corrected


def _is_long(word: Word) -> bool:
    return len(word.term) >= MIN_LENGTH and word.term.isalpha()


def _similar(word: Word, known: Counter) -> Word:
    """Return ``word`` with the most frequent similar words as its spellings."""
    sought, length = word.term, len(word.term)
    found = []
    for term in known:
        # The last word may still be incomplete.
        shortest = length - 1 if word.prefix else max(length - 1, len(term))
        ends = range(shortest, min(length + 1, len(term)) + 1)
        if term.isalpha() and any(is_similar(sought, term[:end]) for end in ends):
            found.append(term)
    found.sort(key=lambda term: (-known[term], term))
    return replace(word, others=(*word.others, *((term,) for term in found[:MAX_WORDS])))


def is_similar(one: str, other: str) -> bool:
    """Return whether two different words differ in one letter: a wrong, a missing, an additional
    one, or two that changed places."""
    if one == other:
        return False
    if len(one) < len(other):
        one, other = other, one
    if len(one) - len(other) > 1:
        return False
    start = 0
    while start < len(other) and one[start] == other[start]:
        start += 1
    if len(one) > len(other):
        return one[start + 1 :] == other[start:]
    swapped = one[start : start + 2] == other[start : start + 2][::-1]
    return one[start + 1 :] == other[start + 1 :] or (
        swapped and one[start + 2 :] == other[start + 2 :]
    )
