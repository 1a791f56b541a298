"""Look at an email as bytes, where Python's parser and an email server could differ."""

import re
from email import policy
from email.message import Message
from typing import Any

_END_OF_HEAD = re.compile(rb"\n\r?\n")
#: Python's parser skips a From header with a space before its colon, or ends the headers there.
_FROM = re.compile(rb"^from([\x00-\x09\x0b-\x20]*):", re.IGNORECASE | re.MULTILINE)
#: Python's parser takes a CR alone for the end of a line, and servers read a NUL in several ways.
_UNCLEAR = re.compile(rb"\r(?!\n)|\x00")


def is_head_clear(raw: bytes) -> bool:
    """Return whether every program finds the same From header in an email, and only one."""
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
    end = _END_OF_HEAD.search(raw)
    head = raw[: end.start()].removesuffix(b"\r") if end else raw
    return _FROM.findall(head) == [b""] and not _UNCLEAR.search(head)


class _AsIs(policy.Compat32):
    """Writes headers as they were read, even if they break the rules."""

    verify_generated_headers = False

    def fold_binary(self, name: str, value: Any) -> bytes:
        line = f"{name}: {value}\n".replace("\r\n", "\n")
        return line.encode("utf-8", "surrogateescape")


def bytes_as_is(message: Message) -> bytes:
    """Return an email as bytes. Headers that break the rules don't raise an error."""
    return message.as_bytes(policy=_AsIs())
