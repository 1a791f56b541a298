"""The emails that were sent, one file each.

Files are visible to every process of the demo and survive a restart.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

#: The number of emails kept; older ones are deleted when a new one arrives.
LIMIT = 200

_KEY = re.compile(r"^\d{20}-[0-9a-f]{6}$")
#: A sign-in code: letters such as LZPS-BGTP, or digits on a line of their own.
_CODE = re.compile(
    r"\b(?P<letters>[BCDFGHJ-NP-TV-XZ]{4}-[BCDFGHJ-NP-TV-XZ]{4})\b|^\s*(?P<digits>\d{6,9})\s*$",
    re.MULTILINE,
)
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Email:
    """An email with the details shown in the list and on its page."""

    key: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return self.message["subject"] or "(no subject)"

    @property
    def sender(self) -> str:
        return self.message["from"] or ""

    @property
    def recipients(self) -> str:
        return ", ".join(self.message[name] for name in ("to", "cc") if self.message[name])

    @property
    def sent_at(self) -> datetime:
        return parsedate_to_datetime(self.message["date"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def code(self) -> str:
        """The sign-in code in the text, or ""."""
        found = _CODE.search(self.text)
        return (found["letters"] or found["digits"]) if found else ""

    @property
    def link(self) -> str:
        """The first URL in the text, or ""."""
        found = _LINK.search(self.text)
        return found[0].rstrip(".,;)") if found else ""

    def _part(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        return part.get_content() if part else ""


def _folder() -> Path:
    return Path(settings.DEVMAIL_DIR)


def save(raw: bytes) -> Email:
    """Save an email in the folder and delete those beyond :data:`LIMIT`."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    key = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}-{secrets.token_hex(3)}"
    # Written under another name first, so that nothing reads half an email.
    unfinished = folder / f"{key}.part"
    unfinished.write_bytes(raw)
    unfinished.rename(folder / f"{key}.eml")
    for old in _keys()[LIMIT:]:
        (folder / f"{old}.eml").unlink(missing_ok=True)
    return Email(key, message_from_bytes(raw, policy=policy.default))


def _keys() -> list[str]:
    return sorted((path.stem for path in _folder().glob("*.eml")), reverse=True)


def latest(count: int = 50) -> list[Email]:
    """Return the latest emails, newest first."""
    return [email for key in _keys()[:count] if (email := get(key))]


def get(key: str) -> Email | None:
    """Return the email with this key, or None if it doesn't exist."""
    if not _KEY.match(key):
        return None
    try:
        raw = (_folder() / f"{key}.eml").read_bytes()
    except FileNotFoundError:
        return None
    return Email(key, message_from_bytes(raw, policy=policy.default))


def summary(email: Email) -> str:
    """Return a summary of the email for the terminal, at most three lines."""
    lines = [f"  ✉ To {email.recipients}: {email.subject}"]
    if email.code:
        lines.append(f"    Code: {email.code}")
    elif email.link:
        lines.append(f"    {email.link}")
    return "\n".join(lines)
