"""What an email says, once it's read."""

from dataclasses import dataclass, field
from enum import StrEnum

from .headers import Headers, Sender


class Automatic(StrEnum):
    """What kind of automatic email it is; empty if a person wrote it."""

    NO = ""
    REPLY = "reply"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    RECEIPT = "receipt"
    LIST = "list"
    #: Only its subject looks like it, or it's from a mailbox that no one reads.
    PERHAPS = "perhaps"


@dataclass(frozen=True)
class Bounce:
    """An email of ours that wasn't delivered.

    ``is_permanent`` is False for a problem that may pass.
    """

    message_ids: tuple[str, ...] = ()
    is_permanent: bool = False
    is_failure: bool = True
    #: Whether the email server still tries.
    is_delay: bool = False
    status: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ReceivedFile:
    """A file in an email."""

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"
    is_inline: bool = False


@dataclass(frozen=True)
class ReceivedMessage:
    """What an email says, as far as a ticket is concerned."""

    headers: Headers
    sender: Sender
    subject: str = ""
    #: Plain text, or Markdown made of HTML.
    text: str = ""
    #: What they quoted, and their signature.
    quoted: str = ""
    files: tuple[ReceivedFile, ...] = ()
    message_id: str = ""
    #: The Message-IDs that it replies to, the nearest first.
    references: tuple[str, ...] = ()
    #: The addresses in To and Cc.
    recipients: tuple[str, ...] = ()
    automatic: Automatic = Automatic.NO
    bounce: Bounce | None = None
    is_spam: bool = False
    is_encrypted: bool = False
    #: Whether parts were left out, because there are too many.
    is_incomplete: bool = False
    #: Why nothing but the headers could be read.
    error: Exception | None = None

    @property
    def domain(self) -> str:
        """The domain of the From address."""
        return self.sender.address.rpartition("@")[2]
