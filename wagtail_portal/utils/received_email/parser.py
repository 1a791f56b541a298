"""Parse an email into what a ticket needs: sender, text, quotes and files."""

import binascii
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any, cast

from wagtail_portal.utils.text import clean, clean_line

from .automatic import classify, is_marked_as_spam
from .bounces import read_bounce
from .charsets import charset_of_html, decode_text
from .flowed import unflow
from .headers import Headers, decode_header
from .html import html_to_markdown
from .message import Automatic, ReceivedFile, ReceivedMessage
from .pgp import is_encrypted, without_signature
from .quotes import split_quotes
from .raw import bytes_as_is, is_head_clear

#: Parts that are read. What comes after them is only in the original email.
MAX_PARTS = 500
#: Parts that Python's parser makes of an email, also of each blank line of a report. Millions fit
#: in one, but not in memory.
MAX_PARSED = 10_000
#: Multiparts in multiparts. Python's parser is recursive, and slow for deep ones.
MAX_MULTIPARTS = 60
#: Bytes of a header with parameters, which Python's parser reads in quadratic time.
MAX_PARAMETERS = 5_000
#: Bytes of a text part that are read.
MAX_TEXT_BYTES = 4_000_000

_SIGNATURES = {
    *("application/pgp-signature", "application/pkcs7-signature"),
    *("application/x-pkcs7-signature", "application/applefile"),
}
_ENCRYPTED = {"application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
#: What a page can be in, with its images and files.
_PAGES = ("multipart/related", "multipart/mixed")
#: Names for parts that have none, by type.
_NAMES = {
    "text/calendar": "invitation.ics",
    "message/rfc822": "email.eml",
    "message/delivery-status": "delivery-status.txt",
    "text/rfc822-headers": "headers.txt",
    "application/ms-tnef": "winmail.dat",
    "application/pkcs7-mime": "smime.p7m",
    "text/html": "email.html",
    "text/plain": "text.txt",
    "text/csv": "table.csv",
    "application/pdf": "document.pdf",
    "image/jpeg": "image.jpg",
    "image/png": "image.png",
    "image/gif": "image.gif",
    "image/webp": "image.webp",
}
#: The headers with parameters, in lower case. A line that begins with a space goes on with one.
_PARAMETERS = re.compile(
    rb"content-(?<![^\r\n]content-)(?:type|disposition):[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*"
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*")
_STUB = re.compile(
    r"(?:this (?:is an|email|message) .{0,60}html|your (?:e?mail )?(?:client|program|reader) "
    r".{0,60}html|view this e?mail in (?:your|a) browser|please enable html)",
    re.IGNORECASE | re.DOTALL,
)


def parse_email(raw: bytes) -> ReceivedMessage:
    """Return what's in an email. Whatever it is, this doesn't raise an error."""
    message, is_broken = _parse(raw)
    headers = Headers(message)
    body = _Body()
    if is_broken:
        body.is_incomplete = True
    else:
        _collect(message, body)
    sender, subject = headers.sender(), headers.text("Subject")
    if not is_head_clear(raw):
        sender = replace(sender, is_certain=False)
    text, quoted = split_quotes(body.text(), subject=subject)
    content_type = message.get_content_type()
    report_type = _parameter(message, "report-type") if content_type == "multipart/report" else ""
    automatic = classify(
        headers, content_type=content_type, report_type=report_type, sender=sender.address
    )
    bounce = None
    if automatic in (Automatic.BOUNCE, Automatic.COMPLAINT):
        bounce = read_bounce(headers, body.report, body.original, body.text())
    return ReceivedMessage(
        headers=headers,
        sender=sender,
        subject=subject,
        text=clean(text),
        quoted=clean(quoted),
        files=tuple(body.files),
        message_id=next(iter(headers.ids("Message-ID")), "")[:900],
        references=tuple(
            dict.fromkeys([*headers.ids("In-Reply-To"), *reversed(headers.ids("References"))])
        ),
        recipients=tuple(headers.addresses("To", "Cc")),
        automatic=automatic,
        bounce=bounce,
        is_spam=is_marked_as_spam(headers),
        is_encrypted=body.is_encrypted or is_encrypted(text),
        is_incomplete=body.is_incomplete,
    )


def parse_anyway(raw: bytes) -> ReceivedMessage:
    """Return what's in an email, even if :func:`parse_email` can't read it because of an error that
    no one has thought of. Then, it's the headers, the whole email as a file, and the error."""
    try:
        return parse_email(raw)
    except Exception as error:
        failure = error
    headers = Headers(_parse_head(raw))
    return ReceivedMessage(
        headers=headers,
        sender=replace(headers.sender(), is_certain=False),
        subject=headers.text("Subject"),
        files=(ReceivedFile(_NAMES["message/rfc822"], raw, "message/rfc822"),),
        is_incomplete=True,
        error=failure,
    )


def _parse(raw: bytes) -> tuple[Message, bool]:
    """Return the parsed email, and whether its body was left out, because nothing good has so many
    parts in parts, or parameters."""
    # An mbox line, as some programs hand it over.
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
    fields = _PARAMETERS.findall(raw.lower())
    multiparts = sum(b"multipart/" in field for field in fields)
    longest = max(map(len, fields), default=0)
    if multiparts <= MAX_MULTIPARTS and longest <= MAX_PARAMETERS:
        try:
            return message_from_bytes(raw, _part_factory(), policy=policy.compat32), False
        except (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError):
            pass
    return _parse_head(raw), True


def _part_factory() -> Any:
    """Return what makes the parts of one email, as long as there aren't too many."""
    numbers = iter(range(MAX_PARSED))

    def make(policy: Any) -> Message:
        if next(numbers, None) is None:
            raise ValueError("The email has too many parts.")
        return Message(policy)

    return make


def _parse_head(raw: bytes) -> Message:
    head = re.split(rb"\r?\n\r?\n", raw[:1_000_000], maxsplit=1)[0]
    head = re.sub(
        rb"(?im)^content-(?:type|transfer-encoding):[^\n]*(?:\n[ \t][^\n]*)*\n?", b"", head
    )
    return message_from_bytes(head + b"\n\n", policy=policy.compat32)


@dataclass
class _Body:
    """What was found in the parts of an email."""

    texts: list[str] = field(default_factory=list)
    files: list[ReceivedFile] = field(default_factory=list)
    report: str = ""
    original: str = ""
    parts: int = 0
    is_encrypted: bool = False
    is_incomplete: bool = False

    def text(self) -> str:
        return "\n\n".join(text for text in self.texts if text.strip()).strip("\n")


def _collect(message: Message, body: _Body) -> None:
    """Collect texts and files from all parts, in their order, without recursion."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        body.parts += 1
        if body.parts > MAX_PARTS:
            body.is_incomplete = True
            return
        content_type = part.get_content_type()
        children = _children(part) if part.is_multipart() else None
        if content_type in _ENCRYPTED or content_type == "multipart/encrypted":
            smime = _parameter(part, "smime-type")
            body.is_encrypted = body.is_encrypted or smime != "signed-data"
        if isinstance(children, list) and content_type.startswith("multipart/"):
            if content_type == "multipart/alternative":
                children = _alternative(children, body)
            elif content_type == "multipart/related":
                children = _related(children, body)
            waiting += reversed(children)
        elif content_type.startswith("multipart/"):
            # Its boundary is missing.
            body.texts.append(_readable(part, "text/plain"))
        elif content_type.startswith("message/"):
            _nested(part, content_type, body)
        elif content_type not in _SIGNATURES:
            _leaf(part, content_type, body)


def _children(part: Message) -> list[Message]:
    """Return the parts of a part that has some."""
    return cast(list[Message], part.get_payload())


def _alternative(parts: list[Message], body: _Body) -> list[Message]:
    """Return the alternative to read: plain text if it says something, otherwise HTML; and what
    isn't text, such as an invitation."""
    texts = [part for part in parts if _inner_type(part) == "text/plain"]
    pages = [part for part in parts if _inner_type(part) == "text/html"]
    others = [part for part in parts if part not in texts and part not in pages]
    plain = "\n".join(_decoded(part) for part in texts if not part.is_multipart())[:20_000]
    is_stub = len(plain) < 400 and bool(_STUB.search(plain))
    if pages and (not plain.strip() or is_stub):
        return [*pages, *others]
    if texts:
        # Images that only the page shows are worth keeping, and files between its parts.
        waiting = pages[::-1]
        while waiting:
            page = waiting.pop()
            if page.is_multipart() and page.get_content_type() in _PAGES:
                waiting += reversed(_children(page))
            elif page.get_content_type() not in ("text/plain", "text/html") or _given_name(page):
                cast(Any, page).portal_images = {"": ""}
                others.append(page)
        return [*texts, *others]
    return parts


def _inner_type(part: Message) -> str:
    """Return the type of a part, or of the page in a ``multipart/related``. Apple's programs put
    a page with files into a ``multipart/mixed``."""
    inner = part
    while inner.get_content_type() in _PAGES and inner.is_multipart() and _children(inner):
        inner = _children(inner)[0]
    is_mixed = part.get_content_type() == "multipart/mixed"
    found = inner.get_content_type()
    return "multipart/mixed" if is_mixed and found != "text/html" else found


def _is_image(part: Message) -> bool:
    return part.get_content_maintype() == "image"


def _related(parts: list[Message], body: _Body) -> list[Message]:
    """Replace the page by a text that names its images where it shows them."""
    images = {}
    for part in parts[:MAX_PARTS]:
        key = str(part.get("Content-ID", "")).strip().strip("<>").lower()
        if key and _is_image(part):
            images[key] = _name(part, part.get_content_type())
    for part in parts:
        cast(Any, part).portal_images = images
    return parts


def _nested(part: Message, content_type: str, body: _Body) -> None:
    """Keep an email in the email as a file, and note what a report is about."""
    content = _nested_bytes(part)
    if content_type in ("message/delivery-status", "message/global-delivery-status"):
        body.report += decode_text(content[:MAX_TEXT_BYTES], "utf-8")
    elif content_type in ("message/rfc822", "message/global"):
        if not body.original:
            body.original = decode_text(content[:100_000], "utf-8")
        name = _given_name(part) or _subject_name(part)
        body.files.append(ReceivedFile(name, content, "message/rfc822"))
    elif content_type == "message/feedback-report":
        body.report += decode_text(content[:MAX_TEXT_BYTES], "utf-8")
    elif content_type == "message/global-headers":
        body.original = body.original or decode_text(content[:100_000], "utf-8")
    elif content_type != "message/disposition-notification":
        body.files.append(ReceivedFile(_name(part, content_type), content, content_type))


def _nested_bytes(part: Message) -> bytes:
    """Return an email in the email, or a report. They mustn't be encoded, and some are."""
    content = _bytes_of(part)
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "base64" and _BASE64.fullmatch(content):
        with suppress(binascii.Error):
            return binascii.a2b_base64(content)
    return binascii.a2b_qp(content) if encoding == "quoted-printable" else content


def _subject_name(part: Message) -> str:
    children = part.get_payload()
    inner = children[0] if isinstance(children, list) and children else None
    subject = Headers(inner).text("Subject") if isinstance(inner, Message) else ""
    safe = re.sub(r"[^\w .,()-]", " ", subject).strip()[:80]
    return f"{safe}.eml" if safe else _NAMES["message/rfc822"]


def _leaf(part: Message, content_type: str, body: _Body) -> None:
    disposition = str(part.get("Content-Disposition", "")).strip().lower()
    name = _given_name(part)
    is_attachment = disposition.startswith("attachment") or (
        bool(name) and not (disposition.startswith("inline") and content_type == "text/plain")
    )
    if content_type == "text/rfc822-headers":
        body.original = body.original or decode_text(_bytes_of(part)[:100_000], "utf-8")
    elif content_type in ("text/plain", "text/html") and not is_attachment:
        body.texts.append(_readable(part, content_type))
    elif content_type in ("text/enriched", "text/richtext") and not is_attachment:
        body.texts.append(re.sub(r"<[^<>]{0,100}>", "", _decoded(part)))
    else:
        file = ReceivedFile(
            name or _name(part, content_type),
            _bytes_of(part),
            content_type,
            is_inline=not disposition.startswith("attachment"),
        )
        body.files.append(file)
        shown = getattr(part, "portal_images", {})
        if _is_image(part) and disposition.startswith("inline") and not shown:
            # Between texts, as Apple Mail writes it.
            body.texts.append(f"[{file.name}]")


def _readable(part: Message, content_type: str) -> str:
    text = _decoded(part)
    if content_type == "text/html":
        return html_to_markdown(text, getattr(part, "portal_images", None))[0]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _parameter(part, "format") == "flowed":
        text = unflow(text, delsp=_parameter(part, "delsp") == "yes")
    return without_signature(text).translate(dict.fromkeys(range(5)))


def _decoded(part: Message) -> str:
    content = _bytes_of(part)[:MAX_TEXT_BYTES]
    charset = _parameter(part, "charset")
    if not charset and part.get_content_type() == "text/html":
        charset = charset_of_html(content)
    return decode_text(content, charset)


def _bytes_of(part: Message) -> bytes:
    """Return the content of a part. What can't be decoded stays as it is."""
    try:
        payload = part.get_payload(decode=True)
        if payload is None:
            payload = b"\n".join(map(bytes_as_is, _children(part)[:MAX_PARTS]))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        payload = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return payload if isinstance(payload, bytes) else b""


def _parameter(part: Message, name: str) -> str:
    try:
        found = part.get_param(name)
        return collapse_rfc2231_value(found).strip().lower() if found else ""
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _given_name(part: Message) -> str:
    """Return the file name that a part gives itself, in any of the common encodings."""
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, AttributeError):
        name = None
    name = clean_line(decode_header(str(name or ""))).replace("\\", "/").rpartition("/")[2]
    return name.strip(". \"'")[:200] if name else ""


def _name(part: Message, content_type: str) -> str:
    if name := _given_name(part):
        return name
    if content_type in _NAMES:
        return _NAMES[content_type]
    kind = re.sub(r"[^a-z0-9]", "", content_type.partition("/")[2].removeprefix("x-"))[:10]
    return f"file.{kind or 'bin'}"
