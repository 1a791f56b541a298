"""Fold text, so that only what matters to a search is left."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import chain

#: Letters that Unicode doesn't decompose into a base letter and a mark, but readers do; and the
#: variants of Arabic letters that Persian, Urdu and informal Arabic write for one another.
_LETTERS: dict = str.maketrans(
    {
        **{"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i"},
        **{"æ": "ae", "œ": "oe", "þ": "th"},
        **dict.fromkeys("ىیېےۍ", "ي"),
        **dict.fromkeys("کڪ", "ك"),
        **dict.fromkeys("ةہھەۃ", "ه"),
        "ٱ": "ا",
        # The tatweel only stretches a word.
        "ـ": "",
    }
)
#: Characters that keyboards and word processors write for an apostrophe or a hyphen.
_PUNCTUATION: dict = str.maketrans(
    {**dict.fromkeys("’‘‛ʼʹ′´`՚׳＇", "'"), **dict.fromkeys("‐‑‒–−", "-")}
)
#: How the letters are written on a keyboard without them, in German and the Nordic languages.
_DIGRAPHS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
_TO_DIGRAPHS = str.maketrans({**_DIGRAPHS, **{key.upper(): to for key, to in _DIGRAPHS.items()}})
_HAS_DIGRAPHS = re.compile("[äöüåøÄÖÜÅØ]|[aouAOU][\u0308\u030a]")

#: Where marks, digits and invisible characters are; the rest is Chinese, Korean and pictures.
_RANGES = (
    range(0x80, 0x3400),
    range(0xA000, 0xAC00),
    range(0xF900, 0x1F000),
    range(0xE0000, 0xE01F0),
)


def codes() -> Iterator[int]:
    """Yield the codes of these characters, which are too many to keep."""
    return chain(*_RANGES)


def character_class(characters) -> str:
    """Return the inside of a regular expression's class for ``characters``, in their order."""
    spans: list = []
    for code in map(ord, characters):
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in spans)


@cache
def _tables():
    """Return the pattern of what folding drops, the marks that it keeps, and what it replaces."""
    dropped: list[str] = []
    marks: list[str] = []
    replaced = _LETTERS | _PUNCTUATION
    for character in map(chr, codes()):
        category = unicodedata.category(character)
        if category == "Nd":
            replaced[ord(character)] = str(unicodedata.decimal(character))
        elif category[0] == "M":
            place = unicodedata.combining(character)
            # Accents, and the vowel points of Hebrew and Arabic. Other marks carry vowels, or
            # make another letter, as in Thai, Devanagari or Japanese.
            accent = 10 <= place <= 35 or place >= 200
            selector = unicodedata.name(character, "").startswith("VARIATION SELECTOR")
            (dropped if accent or selector else marks).append(character)
        elif category == "Cf" and character != "\u200b":
            # Soft hyphens, joiners and marks of direction; a zero-width space separates words.
            dropped.append(character)
    return re.compile(f"[{character_class(dropped)}]+"), marks, replaced


def kept_marks() -> list[str]:
    """Return the marks that are part of a letter and that folding keeps."""
    return _tables()[1]


def fold(text: str) -> str:
    """Return ``text`` without case, accents, width, and variants of letters, digits, apostrophes
    and hyphens."""
    if text.isascii():
        return text.lower().replace("`", "'")
    text = text.translate(_PUNCTUATION)
    dropped, _marks, replaced = _tables()
    text = unicodedata.normalize("NFKD", text).casefold()
    text = unicodedata.normalize("NFKD", text)
    text = dropped.sub("", text).translate(replaced)
    return unicodedata.normalize("NFC", text)


def with_digraphs(text: str) -> str | None:
    """Return ``text`` with "ue" for "ü" and the like; None if it has no such letter."""
    if text.isascii() or not _HAS_DIGRAPHS.search(text):
        return None
    return unicodedata.normalize("NFC", text).translate(_TO_DIGRAPHS)


def fold_with_positions(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return ``text`` folded, and for each of its letters the place in ``text`` that it's from, as
    ``(start, end)``."""
    if text.isascii():
        return fold(text), [(start, start + 1) for start in range(len(text))]
    folded, found = [], []
    # A letter is folded together with the marks that follow it.
    for cluster in _clusters().finditer(text):
        part = fold(cluster[0])
        folded.append(part)
        found += [cluster.span()] * len(part)
    return "".join(folded), found


@cache
def _clusters():
    marks = [chr(code) for code in codes() if unicodedata.category(chr(code))[0] == "M"]
    # The halfwidth voiced sound marks of Japanese, and what Korean syllables are composed of.
    marks += ["\uff9e", "\uff9f", *map(chr, range(0x1160, 0x1200))]
    return re.compile(rf"(?s:.)[{character_class(marks)}]*")
