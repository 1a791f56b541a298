"""Read the headers of an email: broken encodings, missing and repeated fields."""

import binascii
import re
from contextlib import suppress
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from wagtail_portal.utils.email_addresses import normalize_address
from wagtail_portal.utils.text import clean_line

from .charsets import decode_text

#: Characters of one header that are read.
MAX_LENGTH = 20_000
#: Characters of Message-IDs that are read: those of a long conversation, each in one header.
MAX_IDS_LENGTH = 100_000

#: An encoded word (RFC 2047 §2), also with spaces inside, as some programs write it.
_ENCODED = re.compile(r"=\?([^?\s=]{1,40})\?([bBqQ])\?([^?]*)\?=")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
#: Also with letters that aren't ASCII (RFC 6532).
_ID = re.compile(r"<([^<>\s\x00-\x20\x7f-\xa0\ud800-\udfff]{1,900})>")

#: One address as all programs read it alike: a name without anything that could end it, and an
#: ASCII address in angle brackets, or the address alone.
_ADDRESS = r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++)"
_PLAIN_FROM = re.compile(rf"(?:<{_ADDRESS}>|{_ADDRESS})", re.ASCII)
_NAMED_FROM = re.compile(rf'(?:"(?:[^"\\<>]|\\[^<>])*" *|[^"<>,:;@\\\[\]]*)<{_ADDRESS}>')
#: What can't be in front of one, because it would be a part of it.
_BEFORE = r"(?<![^\x00-\x7f])(?<![A-Za-z0-9.!#$%&'*+/=?^_`{|}~-])"
#: The way before there were angle brackets, which old programs still write.
_COMMENTED_FROM = re.compile(rf'{_ADDRESS} +\(([^()<>@,;:"\\\[\]]*)\)')
#: An address whose domain isn't ASCII (RFC 6532).
_WIDE_ADDRESS = re.compile(
    _BEFORE + r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
)
_COMMENT = re.compile(r"\([^()]*\)")
_ANY_ADDRESS = re.compile(rf"{_BEFORE}{_ADDRESS}(?![A-Za-z0-9.-]*[^\x00-\x7f])", re.ASCII)


@dataclass(frozen=True)
class Sender:
    """Who an email says that it's from.

    ``is_certain`` says that every program reads the header alike: only then does it count that the
    email server has checked the address.
    """

    address: str = ""
    name: str = ""
    is_certain: bool = False


class Headers:
    """The header fields of an email, in their order."""

    def __init__(self, message):
        # Not ``items()``, which fails for some headers with 8-bit characters.
        self.fields = [(str(name).lower(), str(value)) for name, value in message.raw_items()]

    def all(self, name: str) -> list[str]:
        """Return the raw values of every field with this name, without line ends."""
        name = name.lower()
        return [_unfold(value) for key, value in self.fields if key == name]

    def raw(self, name: str) -> str:
        """Return the first raw value; "" if there's none."""
        return next(iter(self.all(name)), "")

    def text(self, name: str) -> str:
        """Return the first value as it's meant to be read."""
        return clean_line(decode_header(self.raw(name)))

    def has(self, *names: str) -> bool:
        """Return whether there is a field with one of these names."""
        wanted = {name.lower() for name in names}
        return any(key in wanted for key, _value in self.fields)

    def ids(self, name: str) -> list[str]:
        """Return the Message-IDs in a header, without angle brackets. Of very many, the last ones
        count: they're the nearest."""
        name = name.lower()
        text = " ".join(value for key, value in self.fields if key == name)[-MAX_IDS_LENGTH:]
        return _ID.findall(_decode_raw(_join_lines(text)))

    def addresses(self, *names: str) -> list[str]:
        """Return every address in these headers, in lower case, each once."""
        text = " ".join(value for name in names for value in self.all(name))
        return list(dict.fromkeys(map(str.lower, _ANY_ADDRESS.findall(text[: MAX_LENGTH * 5]))))

    def sender(self) -> Sender:
        """Return who the email is from, by its only From header."""
        return read_sender(self.all("from"))


def read_sender(values: list[str]) -> Sender:
    """Return who an email is from, by the values of all its From headers."""
    if not values:
        return Sender()
    value = values[0]
    match = _PLAIN_FROM.fullmatch(value) or _NAMED_FROM.fullmatch(value)
    groups = [group for group in match.groups() if group] if match else []
    name = value.partition("<")[0]
    if match is None and (match := _COMMENTED_FROM.fullmatch(value)):
        groups, name = [match[1]], match[2]
    # What's in a comment isn't the address.
    bare = _COMMENT.sub(" ", value)
    groups = groups or _ANY_ADDRESS.findall(bare) or _ANY_ADDRESS.findall(value)
    found = next(iter(groups[-1:]), "").lower()
    name = clean_line(decode_header(name)).replace('\\"', '"').strip('" ')[:200]
    if not found:
        found = _find_wide_address(value)
    if not found:
        # All that there is to recognize them by.
        name = clean_line(decode_header(value))[:200]
    elif "@" in name:
        name = ""
    return Sender(address=found, name=name, is_certain=match is not None and len(values) == 1)


def _find_wide_address(value: str) -> str:
    for local, domain in _WIDE_ADDRESS.findall(decode_header(value))[-1:]:
        with suppress(ValidationError):
            return normalize_address(f"{local}@{domain}")
    return ""


def sender_of(message) -> Sender:
    """Return who a parsed email is from."""
    return Headers(message).sender()


def _unfold(value: str) -> str:
    return _join_lines(value[:MAX_LENGTH])


def _join_lines(value: str) -> str:
    return value.replace("\r", "").replace("\n", " ").strip()


def decode_header(value: str) -> str:
    """Return a header with its encoded words decoded, and unencoded 8-bit characters as text."""
    found, position, pending = [], 0, None
    for word in _ENCODED.finditer(value):
        between = value[position : word.start()]
        charset = word[1].partition("*")[0].lower()
        content = _decode_word(word[2], word[3])
        if pending is not None and not between.strip() and pending[0] == charset:
            # A character can be split between two words, although it mustn't.
            pending = charset, pending[1] + content
        else:
            if pending is not None:
                found.append(decode_text(pending[1], pending[0]))
                between = between if between.strip() else ""
            found.append(_decode_raw(between))
            pending = charset, content
        position = word.end()
    if pending is not None:
        found.append(decode_text(pending[1], pending[0]))
    found.append(_decode_raw(value[position:]))
    return "".join(found)


def _decode_raw(text: str) -> str:
    if text.isascii():
        # Old Japanese programs.
        return decode_text(text.encode(), "iso-2022-jp") if "\x1b" in text else text
    # The parser keeps bytes as halves of surrogate pairs.
    return decode_text(text.encode("utf-8", "surrogateescape"), "")


def _decode_word(encoding: str, text: str) -> bytes:
    content = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return _HEX.sub(lambda code: bytes([int(code[1], 16)]), content.replace(b"_", b" "))
    try:
        return binascii.a2b_base64(content + b"==")
    except binascii.Error:
        return content
