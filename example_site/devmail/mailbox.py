"""The mails that were sent, one file each: the newest first, and read again when asked for.

Files, so that every process of the demo sees the same mails and a restart keeps them.
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

#: How many mails are kept; older ones go when a new one comes.
LIMIT = 200

_KEY = re.compile(r"^\d{20}-[0-9a-f]{6}$")
#: A sign-in code: LZPS-BGTP, which is no word in any language, or digits alone on their line.
_CODE = re.compile(
    r"\b(?P<letters>[BCDFGHJ-NP-TV-XZ]{4}-[BCDFGHJ-NP-TV-XZ]{4})\b|^\s*(?P<digits>\d{6,9})\s*$",
    re.MULTILINE,
)
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Mail:
    """One mail, with what the list and the page show of it."""

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
        """The sign-in code in the text, or nothing."""
        found = _CODE.search(self.text)
        return (found["letters"] or found["digits"]) if found else ""

    @property
    def link(self) -> str:
        """The first address in the text, or nothing."""
        found = _LINK.search(self.text)
        return found[0].rstrip(".,;)") if found else ""

    def _part(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        return part.get_content() if part else ""


def _folder() -> Path:
    return Path(settings.DEVMAIL_DIR)


def keep(raw: bytes) -> Mail:
    """Adds a mail to the folder; forgets those beyond :data:`LIMIT`."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    key = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}-{secrets.token_hex(3)}"
    # Under another name first: nobody reads half a mail.
    unfinished = folder / f"{key}.part"
    unfinished.write_bytes(raw)
    unfinished.rename(folder / f"{key}.eml")
    for old in _keys()[LIMIT:]:
        (folder / f"{old}.eml").unlink(missing_ok=True)
    return Mail(key, message_from_bytes(raw, policy=policy.default))


def _keys() -> list[str]:
    return sorted((path.stem for path in _folder().glob("*.eml")), reverse=True)


def latest(count: int = 50) -> list[Mail]:
    """The last mails, newest first."""
    return [mail for key in _keys()[:count] if (mail := get(key))]


def get(key: str) -> Mail | None:
    """The mail of this key, or None when there is none (any more)."""
    if not _KEY.match(key):
        return None
    try:
        raw = (_folder() / f"{key}.eml").read_bytes()
    except FileNotFoundError:
        return None
    return Mail(key, message_from_bytes(raw, policy=policy.default))


def summary(mail: Mail) -> str:
    """The mail on three lines at most, for the terminal."""
    lines = [f"  ✉ To {mail.recipients}: {mail.subject}"]
    if mail.code:
        lines.append(f"    Code: {mail.code}")
    elif mail.link:
        lines.append(f"    {mail.link}")
    return "\n".join(lines)
