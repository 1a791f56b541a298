"""Recognize what a file contains, whatever it is called.

Only the beginning of the file is read, and nothing is decoded.
"""

import re
from enum import Enum

import filetype

#: How many bytes are needed.
HEAD = 8192


class Content(Enum):
    """Content that a computer may run when the file is opened."""

    PROGRAM = "program"
    SCRIPT = "script"
    HTML = "html"
    SVG = "svg"


_PROGRAMS = {
    "application/wasm",
    "application/x-executable",
    "application/x-msdownload",
    "application/x-shockwave-flash",
}
#: Programs of macOS, Java, Android, and Windows shortcuts and help files, which may run some.
_MAGIC = (
    *(bytes.fromhex(magic) for magic in ("feedface", "feedfacf", "cefaedfe", "cffaedfe")),
    *(bytes.fromhex(magic) for magic in ("cafebabe", "4c00000001140200")),
    b"dex\n",
    b"ITSF\x03",
)
#: What may precede the first element of a page or an image.
_PROLOG = re.compile(r"(?:\s+|<\?xml.*?\?>|<!--.*?-->|<!doctype\s+svg.*?>)*", re.S)
# WHATWG MIME Sniffing, section 7.1.
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|script|iframe|h1|div|font|table|style|title|body|meta|link|base"
    r"|object|embed|form|img|br|p|b|a)(?=[\s/>]|$)"
)
_ROOT = re.compile(r"<(?:!doctype\s+html|html|script)(?=[\s/>]|$)")
_SCRIPT = re.compile(r"#!|<\?php|<\?=|<%|@echo off|<job\b|<hta:")


def sniff(head: bytes, *, is_xml: bool = False) -> Content | None:
    """Return what a file that begins with ``head`` contains, None for anything harmless.

    :param head: up to :data:`HEAD` bytes.
    :param is_xml: whether it's called XML, so that its elements needn't be those of HTML.
    """
    if head.startswith(_MAGIC):
        return Content.PROGRAM
    kind = mime_type(head)
    if kind in _PROGRAMS and (kind != "application/x-msdownload" or b"\0" in head[:64]):
        # A text can begin with the two letters of a program for Windows, too.
        return Content.PROGRAM
    text = _decode(head).lower()
    if _SCRIPT.match(text):
        return Content.SCRIPT
    prolog = _PROLOG.match(text)
    rest = text[prolog.end() :] if prolog else text
    if re.match(r"<(?:\w+:)?svg(?=[\s/>]|$)", rest):
        return Content.SVG
    is_xml = is_xml or text.startswith("<?xml")
    is_xhtml = rest.startswith("<") and "http://www.w3.org/1999/xhtml" in rest[:1000]
    return Content.HTML if is_xhtml or (_ROOT if is_xml else _HTML).match(rest) else None


def mime_type(head: bytes) -> str:
    """Return the content type of a file that begins with ``head``; "" if it isn't recognized."""
    kind = filetype.guess(bytes(head)) if head else None
    return kind.mime if kind else ""


def _decode(head: bytes) -> str:
    """Return the text that the bytes are if they are one, without what precedes it."""
    encoding = "latin-1"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    return (
        head.removeprefix(b"\xef\xbb\xbf").decode(encoding, errors="replace").lstrip("\0 \t\r\n\f")
    )
