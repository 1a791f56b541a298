"""Read emails as mail programs really write them, without ever raising an error.

Nothing here knows of tickets or the database, and nothing is recursive or takes more than linear
time, because everything in an email is chosen by its sender.
"""

from .authentication import Verdict, authentication_servers, judge
from .automatic import Automatic
from .bounces import Bounce
from .headers import read_sender, sender_of
from .parser import ReceivedFile, ReceivedMessage, parse_anyway, parse_email
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
