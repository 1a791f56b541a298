"""Judge whether the From address of an email is proven, by what the site's email server found out.

Email servers write their results for SPF, DKIM and DMARC into ``Authentication-Results`` (RFC
8601). Anyone can write such a header, so only those of a configured server count, and of these only
the topmost one can prove something.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from .headers import Headers

_QUOTED = r'"(?:[^"\\]|\\.)*"'
#: A word can consist of quoted and other parts, as in ``"a b"@example.com``.
_TOKEN = re.compile(rf"\s*((?:{_QUOTED}|[^\s;=\"()])+|[;=])")
_PART = re.compile(_QUOTED)
_METHOD = re.compile(r"([a-z0-9-]{1,30})(?:/\d+)?", re.IGNORECASE)
#: Results that say that the address is forged, or can't be relied on.
_BAD = {"fail", "softfail", "hardfail", "permerror", "temperror", "policy", "reject", "quarantine"}


class Verdict(StrEnum):
    """Whether the From address is proven."""

    #: The server says that the domain of the From address has sent the email.
    PASS = "pass"  # noqa: S105 - not a password
    #: The server has checked, and it's not proven.
    FAIL = "fail"
    #: The server has checked, and the domain gives no means to prove a sender.
    NONE = "none"
    #: There's no result of a server that we trust.
    MISSING = "missing"


@dataclass(frozen=True)
class Result:
    """What one method found out."""

    method: str
    result: str
    properties: dict[str, str] = field(default_factory=dict)


def judge(
    headers: Headers, domain: str, servers: Collection[str], *, is_certain: bool, extra: str = ""
) -> Verdict:
    """Return whether an email is proven to come from ``domain``, that of its From address.

    :param servers: the ``authserv-id`` of each email server that we trust.
    :param is_certain: whether the From header can be read in one way only.
    :param extra: results in the same form, that a provider has reported in a signed request.
    """
    trusted = []
    if extra:
        trusted.append(parse_results(extra)[1])
    ours = {server.lower() for server in servers}
    for value in headers.all("Authentication-Results"):
        server, results = parse_results(value)
        if server in ours:
            trusted.append(results)
    if not trusted:
        return Verdict.MISSING
    if not (is_certain and domain):
        return Verdict.FAIL
    everything = [result for results in trusted for result in results]
    if any(row.method == "dmarc" and row.result in _BAD for row in everything):
        return Verdict.FAIL
    if any(_proves(row, domain) for row in trusted[0]):
        return Verdict.PASS
    return Verdict.NONE if _has_no_means(everything, domain) else Verdict.FAIL


def _has_no_means(results: list[Result], domain: str) -> bool:
    """Return whether the server has found out that ``domain`` gives no means to prove a sender.

    What it says about another domain proves nothing: forgers choose one that suits them.
    """
    decided = [row for row in results if row.method in ("dmarc", "dkim", "spf")]
    about = [
        _domain_of(row.properties.get("smtp.mailfrom", ""))
        for row in decided
        if row.method == "spf"
    ]
    about += [
        _domain_of(row.properties.get("header.from", ""))
        for row in decided
        if row.method == "dmarc"
    ]
    return (
        bool(about)
        and all(_is_aligned(one, domain) for one in about)
        and all(row.result in ("none", "neutral") for row in decided)
    )


def authentication_servers(headers: Headers) -> list[str]:
    """Return the names of all servers that wrote results into an email, or that someone claims to
    have done so, in lower case."""
    values = headers.all("Authentication-Results")
    return list(dict.fromkeys(name for name in (parse_results(one)[0] for one in values) if name))


def _proves(row: Result, domain: str) -> bool:
    if row.result != "pass":
        return False
    if row.method == "dmarc":
        return _domain_of(row.properties.get("header.from", "")) == domain
    if row.method == "dkim":
        names = row.properties.get("header.d", ""), row.properties.get("header.i", "")
        return any(_is_aligned(_domain_of(name), domain) for name in names)
    if row.method == "spf":
        return _is_aligned(_domain_of(row.properties.get("smtp.mailfrom", "")), domain)
    return False


def _is_aligned(proven: str, domain: str) -> bool:
    """Return whether a proof for one domain holds for another: the same, or one above it. One below
    could belong to someone else, such as a customer of a host."""
    return "." in proven and (domain == proven or domain.endswith(f".{proven}"))


def _domain_of(value: str) -> str:
    return value.rpartition("@")[2].strip().rstrip(".").lower()


def parse_results(value: str) -> tuple[str, list[Result]]:
    """Return the server that wrote the header, in lower case, and its results.

    What can't be read is left out, and with it the rest of that method.
    """
    tokens = _TOKEN.findall(_without_comments(value))
    parts: list[list[str]] = [[]]
    for word in tokens:
        if word == ";":
            parts.append([])
        else:
            parts[-1].append(_unquote(word))
    server = parts[0][0].lower() if parts[0] else ""
    results = [result for part in parts[1:] if (result := _parse_result(part)) is not None]
    return server, results


def _parse_result(tokens: list[str]) -> Result | None:
    if len(tokens) < 3 or tokens[1] != "=":
        return None
    method = _METHOD.fullmatch(tokens[0])
    if method is None:
        return None
    properties: dict[str, str] = {}
    rest, position = tokens[3:], 0
    while position + 2 < len(rest):
        if rest[position + 1] != "=":
            position += 1
            continue
        # The first one counts: no one has a reason to write two.
        properties.setdefault(rest[position].lower(), rest[position + 2].lower())
        position += 3
    return Result(method[1].lower(), tokens[2].lower(), properties)


def _unquote(word: str) -> str:
    return _PART.sub(lambda part: re.sub(r"\\(.)", r"\1", part[0][1:-1]), word)


def _without_comments(value: str) -> str:
    """Return a header without comments, which can be nested. One that's open hides the rest, as
    does a quote that's open."""
    found: list[str] = []
    depth, quoted, escaped, opened = 0, False, False, 0
    for letter in value:
        if escaped:
            escaped = False
        elif letter == "\\" and (depth or quoted):
            escaped = True
        elif letter == '"' and not depth:
            quoted, opened = not quoted, len(found)
        elif not quoted and letter == "(":
            depth += 1
            continue
        elif not quoted and letter == ")" and depth:
            depth -= 1
            # What was on both sides of it are two words.
            found.append(" ")
            continue
        if not depth:
            found.append(letter)
    return "".join(found[:opened] if quoted else found)
