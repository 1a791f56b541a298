"""What a word is, the same on every database: text in, folded terms out.

Case and accents do not count. Where a script puts no spaces between words (Chinese, Japanese,
Thai and others), every pair of neighbouring characters is a term.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

#: Longer words are cut, in the index and in what is searched for alike.
TERM_MAX_LENGTH = 64
#: What of a search is looked at: nobody types more, and a database need not work on more.
QUERY_MAX_LENGTH = 200
QUERY_MAX_TERMS = 20

#: Letters that are no base letter with a mark, to Unicode, but are to whoever searches.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
#: Scripts that are written without spaces: Thai, Lao, Tibetan, Myanmar, Khmer, Japanese, Chinese.
_UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
#: Where marks, digits and invisible characters are; the rest is Chinese, Korean and pictures.
_CODES = (
    *range(0x80, 0x3400),
    *range(0xA000, 0xAC00),
    *range(0xF900, 0x1F000),
    *range(0xE0000, 0xE01F0),
)


@dataclass(frozen=True)
class Word:
    """One term that is searched for; with ``prefix``, so is every longer one."""

    term: str
    prefix: bool = False


def _ranges(characters) -> str:
    """The characters, in their order, as the inside of a regular expression's class."""
    spans = []
    for code in map(ord, characters):
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in spans)


@cache
def _patterns():
    """``(what folding drops, a term or a run of an unspaced script, digits to ASCII)``."""
    dropped, marks, digits = [], [], {}
    for character in map(chr, _CODES):
        category = unicodedata.category(character)
        if category == "Nd":
            digits[ord(character)] = str(unicodedata.decimal(character))
        elif category[0] == "M":
            place = unicodedata.combining(character)
            # Accents, and the vowel points of Hebrew and Arabic. Other marks carry vowels, or
            # make another letter, as in Thai, Devanagari or Japanese.
            accent = 10 <= place <= 35 or place >= 200
            selector = unicodedata.name(character, "").startswith("VARIATION SELECTOR")
            (dropped if accent or selector else marks).append(character)
        elif category == "Cf" and character != "\u200b":
            # Soft hyphens, joiners and marks of direction; a space of no width divides words.
            dropped.append(character)
    letter = rf"[^\W_{_UNSPACED}]|(?![{_UNSPACED}])[{_ranges(marks)}]"
    # A point between digits belongs to them: versions, addresses, amounts.
    spaced = rf"(?:{letter}|(?<=[0-9])\.(?=[0-9]))+"
    unspaced = rf"(?:(?=[{_UNSPACED}])(?:[^\W_]|[{_ranges(marks)}]))+"
    return (
        re.compile(f"[{_ranges(dropped)}]+"),
        re.compile(f"(?P<unspaced>{unspaced})|{spaced}"),
        digits,
    )


def fold(text: str) -> str:
    """``text`` without what does not count: case, accents, width, and how digits are written."""
    if text.isascii():
        return text.lower()
    dropped, _term, digits = _patterns()
    text = unicodedata.normalize("NFKD", text).casefold()
    text = unicodedata.normalize("NFKD", text)
    text = dropped.sub("", text).translate(_LETTERS).translate(digits)
    return unicodedata.normalize("NFC", text)


def _found(text: str):
    """``(term, whether it is a run of an unspaced script)`` of everything in ``text``."""
    for match in _patterns()[1].finditer(fold(text)):
        yield match[0], match["unspaced"] is not None


def terms(text: str) -> dict[str, None]:
    """The terms by which ``text`` is found, each once, in their order."""
    found = {}
    for term, unspaced in _found(text):
        if not unspaced:
            found[term[:TERM_MAX_LENGTH]] = None
            continue
        for position in range(len(term)):
            found[term[position : position + 2]] = None
    return found


def words(text: str) -> tuple[Word, ...]:
    """What is searched for: every word, and the last one also as the beginning of one."""
    found, unspaced = [], False
    for term, unspaced in _found(text[:QUERY_MAX_LENGTH]):
        if not unspaced:
            found.append(Word(term[:TERM_MAX_LENGTH]))
        elif len(term) == 1:
            # It is a term by itself only at the end of a run; elsewhere a pair begins with it.
            found.append(Word(term, prefix=True))
        else:
            found += [Word(term[place : place + 2]) for place in range(len(term) - 1)]
    if found and not unspaced:
        found[-1] = Word(found[-1].term, prefix=True)
    return tuple(dict.fromkeys(found))[:QUERY_MAX_TERMS]


def places(text: str, sought: tuple[Word, ...]) -> list[tuple[int, int, Word]]:
    """Where in ``text`` the words stand, as ``(start, end, word)`` in their order."""
    folded, starts = _fold_with_starts(text)
    found = []
    for match in _patterns()[1].finditer(folded):
        term, begin = match[0], match.start()
        for word in sought:
            if match["unspaced"] is not None:
                hits = [hit.start() for hit in re.finditer(re.escape(word.term), term)]
                found += [(begin + hit, begin + hit + len(word.term), word) for hit in hits]
            elif _matches(word, term[:TERM_MAX_LENGTH]):
                found.append((begin, match.end(), word))
                break
    spans = ((starts[begin], starts[end], word) for begin, end, word in found)
    return sorted(spans, key=lambda span: span[:2])


def _matches(word: Word, term: str) -> bool:
    return term.startswith(word.term) if word.prefix else term == word.term


def _fold_with_starts(text: str) -> tuple[str, list[int]]:
    """``text`` folded, and for each place in that, and its end, the place in ``text``."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    folded, starts = [], []
    # A letter is folded together with the marks that follow it.
    for cluster in _clusters().finditer(text):
        part = fold(cluster[0])
        folded.append(part)
        starts += [cluster.start()] * len(part)
    return "".join(folded), [*starts, len(text)]


@cache
def _clusters():
    marks = [chr(code) for code in _CODES if unicodedata.category(chr(code))[0] == "M"]
    return re.compile(rf"(?s:.)[{_ranges(marks)}]*")
