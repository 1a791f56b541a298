"""Split text into words, in the same way on every database.

What's indexed and what's searched for differ on purpose: a spelling that only a few texts have is
indexed beside the word, and one that could be typed for any word is searched for as well.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from .folding import (
    character_class,
    codes,
    fold,
    fold_with_positions,
    kept_marks,
    with_digraphs,
)

#: Longer words are cut, in the index and in queries alike.
TERM_MAX_LENGTH = 64
#: The part of a query that's used: people type less, and a database needn't work on more.
QUERY_MAX_LENGTH = 200
QUERY_MAX_TERMS = 20

#: A word of the requester's name or email address alone.
REQUESTER = "from:"

#: Scripts that are written without spaces: Thai, Lao, Tibetan, Myanmar, Khmer, Japanese, Chinese.
_UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
#: "v2.3.1" and "Python3.12": letters, and the number of a version.
_VERSION = re.compile(r"([^\W\d_]+)([0-9]+(?:\.[0-9]+)+)")
_LETTERS = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*")
#: "ORA00942" and "500mb".
_LETTERS_AND_NUMBER = re.compile(
    r"([^\W\d_]{2,})([0-9]+(?:\.[0-9]+)*)|([0-9]+(?:\.[0-9]+)*)([^\W\d_]{2,})"
)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+")
#: What's never a part of a term, and a period at the end of a word.
_SEPARATORS = re.compile(r"""[!"%&()*,./:;?@\[\\\]_{}](?<!\.(?=[^\s!"%&()*,/:;?@\[\\\]_{}]))""")
_VERSION_LETTERS = {"v", "ver", "version"}
#: What may stand between two parts of a name such as ORA-00942.
_JOINERS = {" ", "-", "_", "/", ":", ".", "#"}
#: The part before or after a hyphen is at most this long in "e-mail" and "log-in".
_SHORT = 3
_HYPHENATED_MAX_LENGTH = 24
#: Some words at once. No term has white space in it.
_PART = re.compile(r"\S+(?:\s+\S+){0,5}")
#: The words of ".NET" and ".csv" have so many letters.
_DOTTED = range(2, 6)


@dataclass(frozen=True)
class Word:
    """One word that's searched for."""

    #: The word as it's indexed.
    term: str
    #: Whether longer words that begin with it match, too.
    prefix: bool = False
    #: Other spellings. Each is a tuple of terms that must all occur.
    others: tuple[tuple[str, ...], ...] = ()
    #: Where it must stand: :data:`REQUESTER`, or the key of a ticket field; anywhere if empty.
    within: str = ""
    #: Organizations whose tickets match as well, by primary key. Only for the team.
    organizations: tuple[int, ...] = ()

    @property
    def spellings(self) -> tuple[tuple[str, ...], ...]:
        """All spellings. One must match, with all its terms, the last one perhaps as a prefix."""
        return ((self.term,), *self.others)

    def matches(self, terms) -> bool:
        """Return whether a text with these terms matches."""
        return any(
            all(part in terms for part in rest) and self._has(last, terms)
            for *rest, last in self.spellings
        )

    def touches(self, terms) -> bool:
        """Return whether one of the terms is a part of the word."""
        parts, lasts = self.parts
        return any(term in parts for term in terms) or any(self._has(last, terms) for last in lasts)

    @cached_property
    def parts(self) -> tuple[set[str], set[str]]:
        """The terms of all spellings but the last of each, and these."""
        parts = {part for spelling in self.spellings for part in spelling[:-1]}
        return parts, {spelling[-1] for spelling in self.spellings}

    def _has(self, last, terms) -> bool:
        if self.prefix:
            return any(term.startswith(last) for term in terms)
        return last in terms


class _Token(NamedTuple):
    """A word, a run of a script without spaces, or a symbol in a folded text."""

    start: int
    end: int
    text: str
    kind: str
    #: "++" or "#" after a word.
    sign: str = ""
    #: Whether a period precedes the word.
    dotted: bool = False

    @property
    def parts(self) -> list[str]:
        return self.text.split("'")


@cache
def _pattern():
    letter = rf"[^\W_{_UNSPACED}]|(?![{_UNSPACED}])[{character_class(kept_marks())}]"
    # A period between digits belongs to them: versions, addresses, amounts.
    spaced = rf"(?:{letter}|(?<=[0-9])\.(?=[0-9]))+"
    unspaced = rf"(?:(?=[{_UNSPACED}])(?:[^\W_]|[{character_class(kept_marks())}]))+"
    symbols = [
        character
        for character in map(chr, (*range(0x80), *codes(), *range(0x1F000, 0x1FC00)))
        # The slash is a part of fractions such as ½.
        if unicodedata.category(character) in ("Sc", "Sm", "So") and character != "\u2044"
    ]
    sign = rf"(?<=[^\W\d_])(?:\+\+|[+#](?!{letter}))"
    return re.compile(
        rf"(?P<run>{unspaced})"
        rf"|(?P<dot>\.(?=[^\W\d_]))?(?P<word>{spaced}(?:'{spaced})*)(?P<sign>{sign})?"
        rf"|(?P<symbol>[§¶†‡‰{character_class(symbols)}])"
    )


def _tokens(folded: str) -> Iterator[_Token]:
    for match in _pattern().finditer(folded):
        if (word := match["word"]) is not None:
            sign, dotted = match["sign"] or "", match["dot"] is not None
            yield _Token(match.start("word"), match.end(), word, "word", sign, dotted)
        elif (run := match["run"]) is not None:
            yield _Token(match.start(), match.end(), run, "run")
        else:
            yield _Token(match.start(), match.end(), match["symbol"], "symbol")


def _indexed(folded: str) -> Iterator[tuple[int, int, list[str], bool]]:
    """Yield what's indexed of a folded text, as ``(start, end, terms, whether it's a run)``."""
    before = None
    for token in _tokens(folded):
        start, end, text = token.start, token.end, token.text
        if token.kind == "run":
            yield start, end, [text[n : n + 2] for n in range(len(text))], True
        elif token.kind == "symbol":
            yield start, end, [text], False
        else:
            yield start, end, _terms_of(token, folded), False
            if before and folded[before.end : start] == "-" and _is_hyphenated(before, token):
                yield before.start, end, [before.text + text], False
        before = token if token.kind == "word" else None


def _terms_of(token: _Token, folded: str) -> list[str]:
    found = token.parts
    if len(found) > 1:
        found = [*found, "".join(found)]
        if len(found) > 3:
            # "O'Brien" within "O'Brien's".
            found.append("".join(found[:-2]))
    if token.sign:
        found.append(token.text + token.sign)
    if token.dotted and len(token.text) in _DOTTED and not _goes_on(folded, token.end):
        found.append(f".{token.text}")
    if "." in token.text and (version := _VERSION.fullmatch(token.text)):
        found.append(version[2])
    return [term[:TERM_MAX_LENGTH] for term in found]


def _goes_on(folded: str, end: int) -> bool:
    """Return whether another word follows after a period, as in the name of a package."""
    return folded[end : end + 1] == "." and folded[end + 1 : end + 2].isalnum()


def _is_hyphenated(first: _Token, second: _Token) -> bool:
    """Return whether two words could be written as one, such as "e-mail"."""
    lengths = len(first.text), len(second.text)
    return (
        min(lengths) <= _SHORT
        and sum(lengths) <= _HYPHENATED_MAX_LENGTH
        and not (first.sign or second.sign)
        and _is_all(_LETTERS, first, second)
    )


def _is_all(pattern, *tokens) -> bool:
    return all(pattern.fullmatch(token.text) for token in tokens)


def terms(text: str, found: dict[str, None] | None = None) -> dict[str, None]:
    """Return the terms that are indexed for ``text``, each once, in their order.

    :param found: terms to add them to.
    """
    found = {} if found is None else found
    for part in _SEPARATORS.sub(" ", text).split():
        if part.isascii() and part.isalnum():
            found[part[:TERM_MAX_LENGTH].lower()] = None
        elif len(part) <= TERM_MAX_LENGTH:
            found.update(_known_terms(part))
        else:
            found.update(_terms_in(part))
    return found


def _terms_in(part: str) -> dict[str, None]:
    found: dict[str, None] = {}
    for spelling in (part, with_digraphs(part)):
        if spelling is None:
            continue
        folded = fold(spelling)
        if folded.isalnum() and not _HAS_UNSPACED.search(folded):
            found[folded[:TERM_MAX_LENGTH]] = None
            continue
        for _start, _end, indexed, _is_run in _indexed(folded):
            found.update(dict.fromkeys(indexed))
    return found


#: Texts repeat most of their words. Some megabytes in each process that writes many texts.
_known_terms = lru_cache(maxsize=20_000)(_terms_in)


def words(text: str) -> tuple[Word, ...]:
    """Return the words of a query. The last one also matches the beginning of a longer one."""
    text = text[:QUERY_MAX_LENGTH]
    folded = fold(text)
    tokens = list(_tokens(folded))
    # An operator such as "+" is searched for only if there's nothing else.
    if any(not _is_operator(token) for token in tokens):
        tokens = [token for token in tokens if not _is_operator(token)]
    digraphs = _spelled_with_digraphs(text, tokens)
    found, before = [], None
    for token in tokens:
        if token.kind == "run":
            found += _pairs(token.text)
            before = None
        elif token.kind == "symbol":
            found.append(Word(token.text))
            before = None
        elif (
            before
            and not {before.start, token.start} & digraphs.keys()
            and (joined := _joined(before, token, folded))
        ):
            found[-1] = joined
            before = None
        else:
            found.append(_word(token, folded, digraphs.get(token.start)))
            before = token
    if found and tokens[-1].kind == "word":
        last = found[-1]
        found[-1] = Word(last.term, True, last.others)
    return tuple(dict.fromkeys(found))[:QUERY_MAX_TERMS]


def _is_operator(token: _Token) -> bool:
    return token.kind == "symbol" and token.text.isascii()


def _pairs(run: str) -> list[Word]:
    if len(run) == 1:
        # It's a term by itself only at the end of a run; elsewhere a pair begins with it.
        return [Word(run, prefix=True)]
    return [Word(f"{first}{second}") for first, second in pairwise(run)]


def _spelled_with_digraphs(text: str, tokens) -> dict[int, str]:
    """Return the words that are spelled differently without umlauts, by their position."""
    spelled = with_digraphs(text)
    if spelled is None:
        return {}
    others = [token for token in _tokens(fold(spelled)) if not _is_operator(token)]
    return {
        token.start: other.text.replace("'", "")
        for token, other in zip(tokens, others, strict=False)
        if token.text != other.text
    }


def _word(token: _Token, folded: str, spelled: str | None) -> Word:
    text, parts = token.text, token.parts
    if token.sign:
        # "C+" and "F#" are names; after longer words, it's more likely a slip.
        plain = [] if token.sign == "++" or len(text) < _SHORT else [(text,)]
        return _made(text + token.sign, *plain)
    begins = folded[: token.start].rpartition(" ")[2] == "."
    if token.dotted and begins and len(text) in _DOTTED:
        return _made(f".{text}")
    others: list[tuple[str, ...]] = [] if spelled is None else [(spelled,)]
    if len(parts) > 1:
        # "l'export" also finds "export", and "Dana's" finds "Dana"; "can't" doesn't find "can".
        if parts[-1] == "s":
            others.append(tuple(parts[:-1]))
        elif len(parts[0]) < _SHORT <= len(parts[-1]) and parts[0] != "o":
            others.append(tuple(parts[1:]))
        else:
            others.append(tuple(parts))
        return _made("".join(parts), *others)
    if (version := _VERSION.fullmatch(text)) and version[1] in _VERSION_LETTERS:
        others.append((version[2],))
    if split := _LETTERS_AND_NUMBER.fullmatch(text):
        others.append(tuple(part for part in split.groups() if part))
    if _THOUSANDS.fullmatch(text):
        others.append((text.replace(".", ""),))
    return _made(text, *others)


def _joined(first: _Token, second: _Token, folded: str) -> Word | None:
    """Return two words as one, if they could be written so: "ORA-00942", "e-mail", "1,500"."""
    gap = folded[first.end : second.start]
    one, two = first.text, second.text
    if first.sign or second.sign or first.dotted:
        return None
    both = (one, two)
    kinds = [bool(_NUMBER.fullmatch(text)) for text in both]
    others = [bool(_LETTERS.fullmatch(text)) for text in both]
    if gap in _JOINERS and kinds[0] == others[1] and kinds[1] == others[0] and any(kinds):
        return _made(f"{one}{two}", both)
    if gap == "-" and all(others):
        return _made(f"{one}{two}", both)
    if gap == "," and all(kinds):
        thousands = [(f"{one}{two}",)] if _THOUSANDS.fullmatch(f"{one},{two}") else []
        return _made(f"{one}.{two}", both, *thousands)
    return None


def _made(term: str, *others) -> Word:
    cut = [tuple(part[:TERM_MAX_LENGTH] for part in spelling) for spelling in others]
    return Word(term[:TERM_MAX_LENGTH], others=tuple(dict.fromkeys(cut)))


def places(text: str, sought: tuple[Word, ...]) -> list[tuple[int, int, Word]]:
    """Return where the words occur in ``text``, as ``(start, end, word)`` in their order."""
    needles = {_bare(term) for word in sought for terms in word.parts for term in terms}
    spelled = with_digraphs(text)
    if not _has_any(needles, fold(text), spelled and fold(spelled)):
        return []
    # Few parts of a text can have what's sought.
    spans = [
        (part.start() + start, part.start() + end, word)
        for part in _PART.finditer(text)
        for start, end, word in _places_in(part[0], sought, needles)
    ]
    return sorted(spans, key=lambda span: span[:2])


def _places_in(part: str, sought, needles) -> Iterator[tuple[int, int, Word]]:
    spelled = with_digraphs(part)
    if not _has_any(needles, fold(part), spelled and fold(spelled)):
        return
    folded, letters = fold_with_positions(part)
    for start, end, indexed, is_run in _indexed(folded):
        if is_run:
            for word in sought:
                for hit in re.finditer(re.escape(word.term), folded[start:end]):
                    first, last = letters[start + hit.start()], letters[start + hit.end() - 1]
                    yield first[0], last[1], word
            continue
        at, until = letters[start][0], letters[end - 1][1]
        if spelled:
            indexed = [*indexed, *terms(part[at:until])]
        touching = next((word for word in sought if word.touches(indexed)), None)
        if touching:
            yield at, until, touching


def _has_any(needles, *texts: str | None) -> bool:
    """Return whether a term can be in one of the texts: its letters are, in their order."""
    bare = [_bare(text) for text in texts if text]
    return any(needle in text for text in bare for needle in needles)


def _bare(text: str) -> str:
    """Return a folded text without what terms leave out between letters that they join."""
    return text.replace("'", "").replace("-", "")
