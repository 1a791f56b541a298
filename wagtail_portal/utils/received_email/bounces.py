"""Read bounces: reports of email servers that an email couldn't be delivered (RFC 3464), and the
texts of those that write something else."""

import re

from .headers import Headers
from .message import Bounce

#: Characters of a report that are read.
MAX_LENGTH = 100_000
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"\b([45])\d\d[ -]")
_MESSAGE_ID = re.compile(
    r"^[> \t]*message-id:[ \t]*+\r?\n?[ \t]*+<([^<>\s]{1,900})>", re.IGNORECASE | re.MULTILINE
)
_COPY = re.compile(
    r"^(?:-{2,}.{0,80}(?:copy|original|returned|headers?)|return-path:|received:|message-id:)",
    re.IGNORECASE | re.MULTILINE,
)
_DELAY = re.compile(
    r"(?:has|have)\s+not\s+(?:yet\s+)?been\s+delivered|\bdelayed\b|\bdelay\s+reason|"
    r"(?:will|still)\s+(?:be\s+)?(?:retry|retried|trying|try\s+again)|delivery\s+incomplete|"
    r"temporary\s+problem|do\s+not\s+need\s+to\s+resend",
    re.IGNORECASE,
)
#: Reports of the same form (RFC 5965, RFC 6430, RFC 6591) about something else.
_NO_COMPLAINT = ("not-spam", "auth-failure", "dmarc")
_FIELD = re.compile(r"^([A-Za-z-]{1,60}):[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE)


def read_bounce(headers: Headers, report: str, original: str, text: str) -> Bounce:
    """Return what a bounce says.

    :param report: the part ``message/delivery-status``; "" if there's none.
    :param original: the headers of our email, or all of it; "" if there's none.
    :param text: the text for people.
    """
    report, original, text = report[:MAX_LENGTH], original[:MAX_LENGTH], text[:MAX_LENGTH]
    ids = _MESSAGE_ID.findall(original) or _MESSAGE_ID.findall(text)
    ids += headers.ids("In-Reply-To") + headers.ids("References")
    fields = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(report)}
    action = fields.get("action", "").lower()
    status = next(iter(_STATUS.findall(fields.get("status", ""))), "")
    is_delay = action == "delayed"
    if not report:
        # What follows is a copy of our email, in which numbers mean something else.
        text = _COPY.split(text, maxsplit=1)[0]
        is_delay = bool(_DELAY.search(text))
        status = next(iter(_STATUS.findall(text)), "")
        if not status and (code := _CODE.search(text)):
            status = f"{code[1]}.0.0"
    is_failure = (
        action not in ("relayed", "expanded", "delivered")
        and status[:1] != "2"
        and fields.get("feedback-type", "").lower() not in _NO_COMPLAINT
    )
    return Bounce(
        message_ids=tuple(dict.fromkeys(ids)),
        is_permanent=status.startswith("5") and is_failure and not is_delay,
        is_failure=is_failure,
        is_delay=is_delay,
        status=status,
        reason=fields.get("diagnostic-code", "")[:500] or status,
    )
