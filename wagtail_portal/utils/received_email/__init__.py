"""Read emails as mail programs really write them, without ever raising an error.

Nothing here knows of tickets or the database, and nothing is recursive or takes more than linear
time, because everything in an email is chosen by its sender.
"""

from importlib import import_module

from .authentication import Verdict, authentication_servers, judge
from .headers import read_sender, sender_of
from .message import Automatic, Bounce, ReceivedFile, ReceivedMessage
from .raw import bytes_as_is, is_head_clear

__all__ = [
    "Automatic",
    "Bounce",
    "ReceivedFile",
    "ReceivedMessage",
    "Verdict",
    "authentication_servers",
    "bytes_as_is",
    "is_head_clear",
    "judge",
    "parse_anyway",
    "parse_email",
    "read_sender",
    "sender_of",
]


def parse_email(raw: bytes) -> ReceivedMessage:
    """Return what's in an email. Whatever it is, this doesn't raise an error."""
    return _parser().parse_email(raw)


def parse_anyway(raw: bytes) -> ReceivedMessage:
    """Return what's in an email, even if :func:`parse_email` can't read it because of an error that
    no one has thought of. Then, it's the headers, the whole email as a file, and the error."""
    return _parser().parse_anyway(raw)


def _parser():
    # Its patterns take longer to compile than any other module takes to import.
    return import_module("wagtail_portal.utils.received_email.parser")
