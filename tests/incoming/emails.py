"""Builds emails as mail programs write them."""

from email.utils import format_datetime

from django.utils import timezone

#: The email server of the test site, whose results count.
SERVER = "mx.company.example"


def passed(domain: str = "acme.example", server: str = SERVER) -> str:
    """Return the header with which the email server says that the sender is proven."""
    return (
        f"Authentication-Results: {server}; spf=pass smtp.mailfrom={domain};"
        f" dkim=pass header.d={domain}; dmarc=pass (p=reject) header.from={domain}"
    )


def email(
    text: str | bytes = "It works now, thanks.\n",
    *,
    sender: str = "Dana Reyes <dana@acme.example>",
    to: str = "support@company.example",
    subject: str = "The export is stuck",
    results: str | None = None,
    headers: tuple[str, ...] = (),
    content_type: str = "text/plain; charset=utf-8",
    message_id: str = "<one@acme.example>",
) -> bytes:
    """Return an email with one part.

    :param results: the header of the email server; None for a proven sender, "" for none.
    """
    lines = [
        f"Received: from out.acme.example by {SERVER}; {format_datetime(timezone.now())}",
        *([passed()] if results is None else filter(None, [results])),
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        "Date: Mon, 5 Oct 2026 09:12:00 +0000",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        f"Content-Type: {content_type}",
        *headers,
    ]
    body = text.encode() if isinstance(text, str) else text
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def multipart(kind: str, *parts: bytes, headers: tuple[str, ...] = (), **kwargs) -> bytes:
    """Return an email with several parts, each made by :func:`part`."""
    body = b"".join(b"--=_x\r\n" + one + b"\r\n" for one in parts) + b"--=_x--\r\n"
    content_type = f'multipart/{kind}; boundary="=_x"'
    return email(body, content_type=content_type, headers=headers, **kwargs)


def part(content: str | bytes, content_type: str = "text/plain; charset=utf-8", *headers) -> bytes:
    """Return one part."""
    content = content.encode() if isinstance(content, str) else content
    head = "\r\n".join([f"Content-Type: {content_type}", *headers])
    return head.encode() + b"\r\n\r\n" + content


def group(kind: str, *parts: bytes, boundary: str = "=_y") -> bytes:
    """Return parts inside a part."""
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + one + b"\r\n" for one in parts) + line + b"--\r\n"
    return part(body, f'multipart/{kind}; boundary="{boundary}"')
