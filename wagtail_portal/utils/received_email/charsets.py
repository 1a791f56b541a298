"""Decode text in every charset found in the wild, including wrong and unknown ones."""

import codecs
import re

#: Charsets by the names that mail programs give them, and supersets of those that are often
#: declared although the text needs more (as in the WHATWG Encoding Standard).
_ALIASES = {
    "ansi_x3.4-1968": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "eucjp-ms": "euc_jp",
    "x-euc-jp": "euc_jp",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf_7",
    "utf8mb4": "utf_8",
    "utf-8-sig": "utf_8",
    "unicode": "utf_8",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
}
#: Codecs of Python that aren't charsets, or take more than linear time.
_REFUSED = {
    *("idna", "punycode", "undefined", "mbcs", "oem", "rot13"),
    *("unicode_escape", "raw_unicode_escape", "unicode-escape", "raw-unicode-escape"),
}
#: How some write the names of code pages.
_CODE_PAGE = re.compile(r"(?:x-)?(?:cp|ibm|windows)[-_]?(\d{3,4})")
_META = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)


def decode_text(content: bytes, charset: str) -> str:
    """Return ``content`` as text.

    :param charset: what the email says; "" if it says nothing.
    """
    name = charset.strip().strip("\"'").lower()
    if _is_utf8(content, name):
        return content.decode("utf-8-sig", "replace")
    codec = _ALIASES.get(name) or _find(name)
    if codec is not None:
        try:
            return content.decode(codec)
        except (UnicodeError, LookupError, ValueError):
            # A few wrong bytes, as in a text that was cut.
            try:
                text = content.decode(codec, "replace")
            except (UnicodeError, LookupError, ValueError):
                text = ""
            if text and text.count("\ufffd") * 20 <= len(text):
                return text
    return content.decode("cp1252", "replace")


def charset_of_html(content: bytes) -> str:
    """Return the charset that a page declares; "" if it doesn't."""
    found = _META.search(content[:4096])
    return found[1].decode("ascii") if found else ""


def _is_utf8(content: bytes, name: str) -> bool:
    """Return whether a text is UTF-8. Text that's valid UTF-8 and isn't ASCII is hardly ever
    something else, whatever it says, unless that needs escape sequences."""
    if content.isascii():
        return False
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or name.startswith(("utf-16", "utf-32")):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # A few wrong bytes.
        return name in ("utf-8", "utf8") and b"\xff" not in content[:2] and _mostly_utf8(content)
    return True


def _mostly_utf8(content: bytes) -> bool:
    text = content.decode("utf-8", "replace")
    return text.count("\ufffd") * 2 < sum(1 for letter in text if letter > "\x7f")


def _find(name: str) -> str | None:
    if not name or name in _REFUSED or name.replace("-", "_") in _REFUSED:
        return None
    if match := _CODE_PAGE.fullmatch(name):
        name = f"cp{match[1]}"
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name not in _REFUSED else None
