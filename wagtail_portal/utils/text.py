"""Text from outside, as it's stored: one normalization for lines, and one for longer texts.

Subjects, names, labels and search terms go through :func:`clean_line`, messages and other text with
line breaks through :func:`clean`. Neither keeps a text in which nothing is visible.
"""

import re
import unicodedata

#: Characters that no database, email or terminal should get: C0 and C1 controls but \t \n, halves
#: of a surrogate pair, and the bidirectional overrides that make text show as something else.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ufeff\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
#: What a line doesn't need besides: other characters of direction, and those without width. White
#: space isn't among them, because it becomes a space. (Unicode's Default_Ignorable_Code_Point, and
#: noncharacters.)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff"
    "\U000e01f0-\U000e0fff]"
)
#: What has a meaning between or after certain characters only: joiners in Persian, Hindi and emoji,
#: variation selectors, and the tags of some flags.
_CONTEXTUAL = re.compile(
    "[\u200c\u200d]+|[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
    "|[\U000e0020-\U000e007f]+"
)
_SPACE = re.compile(r"\s+")
#: Letters and symbols without ink: Hangul fillers, the empty Braille pattern, an empty note.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
#: Letters without case, marks and symbols: what joiners connect.
_JOINED = frozenset(("Lo", "Mn", "Mc", "So", "Sk", "Sm"))
_VARIED = frozenset(("Lo", "Nd", "Po", "So", "Sm", "Sk"))
_FLAG = "\U0001f3f4"


def clean(text: str) -> str:
    """Return a text as it's stored: without control characters, with ``\\n`` as line end, and
    without white space around it; "" if nothing in it is visible. The first of several lines keeps
    its indentation."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _UNWANTED.sub("", text).rstrip()
    content = text.lstrip()
    if not has_visible(content):
        return ""
    if "\n" not in content:
        return content
    return text[text.rfind("\n", 0, len(text) - len(content)) + 1 :]


def clean_line(text: str) -> str:
    """Return a text as one line: in Unicode's composed form (NFC), with single spaces, and without
    control characters, characters of direction, and characters without width; "" if nothing in it
    is visible.

    Invisible characters stay where spelling needs them, as in Persian, Hindi and emoji.
    """
    text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _CONTEXTUAL.sub(_kept, text))
    text = _SPACE.sub(" ", text).strip()
    return text if has_visible(text) else ""


def is_storable(text: str) -> bool:
    """Return whether every database can store and compare a text: it has no NUL, nor a half of a
    surrogate pair. Browsers send neither, but JSON can hold both."""
    return not _UNSTORABLE.search(text)


def storable(value):
    """Return a value of JSON without what no database can store, in texts and names at any
    depth."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        return {storable(key): storable(row) for key, row in value.items()}
    if isinstance(value, list | tuple):
        return [storable(row) for row in value]
    return value


def has_visible(text: str) -> bool:
    """Return whether a text has a character that can be seen: a letter, number, punctuation mark or
    symbol."""
    return any(
        unicodedata.category(character)[0] in "LNPS" or unicodedata.category(character) in _UNKNOWN
        for character in text
        if character not in _BLANK
    )


#: Private characters, and those that a later version of Unicode may define.
_UNKNOWN = frozenset(("Co", "Cn"))


def _kept(match) -> str:
    """Return what stays of a run of contextual characters."""
    before = match.string[match.start() - 1] if match.start() else ""
    after = match.string[match.end() : match.end() + 1]
    run = match[0]
    if run[0] in "\u200c\u200d":
        # One is enough.
        return run[0] if _is(before, _JOINED) and _is(after, _JOINED) else ""
    if run[0] >= "\U000e0020" and run[0] <= "\U000e007f":
        return run if before == _FLAG else ""
    return run[0] if _is(before, _VARIED) else ""


def _is(character: str, categories) -> bool:
    return bool(character) and unicodedata.category(character) in categories
