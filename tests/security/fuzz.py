"""Requests that no one expects, made from the pages that the portal shows."""

import io
import json
import re
from html import unescape
from random import Random
from urllib.parse import quote

from tests.signin.tokens import claims, forge

NUMBERS = ["", "0", "-1", "abc", "1.5", "1e9", "٣", "NaN", "2147483648", "9" * 25, "9" * 5000]
TIMES = [
    *("2026-10-25T02:30", "2026-03-29T02:30", "0001-01-01", "9999-12-31", "0001-01-01T00:00"),
    *("9999-12-31T23:59:59", "2026-02-30", "0000-00-00", "2026-01-01T00:00:00+99:99", "24:00"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
]
TEXTS = [
    *("\0", "a\0b", "x\ud800y", "\u202e\u200b\uffff\x1b", "%00", "%", "{}", "{0.x}", "%(x)s"),
    *("'\"<script>", "../../etc/passwd", "é" * 300, "🙂" * 2000, "x" * 20_000, "\r\nX: y", " "),
    *("a@b@c", "a@" + "b" * 300 + ".example", "https://[", "//x", "javascript:x", "http://x\\@y"),
    *("00000000-0000-4000-8000-000000000000", "__all__", "pk__in", "-", "--", "on", "sep=", "=1+1"),
]
JSONS = ["[", "null", "{}", "[]", "[[]]", "[{}]", "1", '"x"', "true", '{"id": {}}', "[" * 3000,
         '{"blocks": [{"type": "x"}], "entityMap": {}}', "[1e999]", '"\\ud800"', "NaN"]  # fmt: skip
VALUES = [*NUMBERS, *TIMES, *TEXTS, *JSONS]
#: Claims can be anything that JSON can.
CLAIMS = [None, True, -1, 10**30, 1e308, float("nan"), [], ["x"], {}, {"x": []}, "", "\0", "\ud800"]
NAMES = [
    *("q", "p", "page", "tab", "ordering", "sort", "period", "export", "next", "token", "id", "pk"),
    *("do", "action", "choice", "created_from", "opened_from", "since", "asked_at", "include"),
    *("multiple", "is_searching", "locale", "lang", "mode", "content_type", "user", "timestamp"),
    *("x\0", "x\ud800", "_" * 300, "form-0-id", "choices-0-id", "choices-TOTAL_FORMS", "jwt"),
]
TYPES = [
    *("application/json", "text/plain", "x", "application/json; charset=utf-99"),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
    "multipart/form-data",
]
BODIES = [
    *(b"", b"\0", b"\xff\xfe", b"{", b"[" * 2000, b'{"a": "\\ud800"}', b"a=%ff&%00=b", b"&=&;"),
    b"--x\r\n\r\n--x--",
    b'--x\r\nContent-Disposition: form-data; name="\0"\r\n\r\n\0\r\n--x--\r\n',
]
FILES = ["a.txt", "a.png", "a.xlsx", "a.csv", "\0", "é" * 300, ".."]
CONTENTS = [b"", b"\0" * 20, b"GIF89a", b"%PDF", b"PK\3\4", b"a,b\nc"]
HEADERS = [
    {"X-Requested-With": "XMLHttpRequest"},
    {"Accept": "application/json"},
    {"Accept-Language": "\0,xx;q=9,de;q=x"},
    {"Origin": "https://[", "Referer": "https://["},
    {"Referer": "http://testserver/support/?q=%00&page=" + "9" * 99 + "&after=x&sort=%FF"},
    {"Referer": "http://testserver/support/tickets/" + "9" * 5000 + "/"},
    {"If-None-Match": '"', "If-Modified-Since": "x", "Range": "bytes=9-1,x"},
]
CONTROL = re.compile(
    r"<(?:input|button)\b[^>]*?\bname=\"([^\"]+)\"[^>]*>|"
    r"<select\b[^>]*?\bname=\"([^\"]+)\"[^>]*>(.*?)</select>|"
    r"<textarea\b[^>]*?\bname=\"([^\"]+)\"[^>]*>(.*?)</textarea>",
    re.DOTALL,
)
VALUE = re.compile(r'\bvalue="([^"]*)"')
OPTION = re.compile(r'<option\b[^>]*?\bvalue="([^"]*)"([^>]*)>')


def fields_of(html: str) -> dict[str, list[str]]:
    """Return the names of a page's form controls, with the values that browsers would send."""
    found: dict[str, list[str]] = {}
    for match in CONTROL.finditer(html):
        name, select, options, area, text = match.groups()
        if name:
            value = VALUE.search(match[0])
            values = [value[1] if value else ""]
            is_choice = re.search(r'type="(?:checkbox|radio)"', match[0])
            if 'type="file"' in match[0] or (is_choice and " checked" not in match[0]):
                values = []
        elif select:
            name, values = select, [v for v, rest in OPTION.findall(options) if "selected" in rest]
        else:
            name, values = area, [text]
        found.setdefault(unescape(name), []).extend(map(unescape, values))
    return found


class Fuzzer:
    """Makes up requests; the same for the same seed."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.choice = self.random.choice

    def value(self, name: str = ""):
        """Return a value for a parameter: text as browsers or programs send it, or a file."""
        if name in ("jwt", "logout_token", "token") and self.random.random() < 0.8:
            return self.token()
        if "FORMS" in name or name.endswith(("ORDER", "-id", "-count", "page")):
            return self.choice(NUMBERS)
        return self.choice(self.choice([NUMBERS, TIMES, TEXTS, JSONS]))

    def token(self) -> str:
        """Return a token with a claim that makes no sense."""
        said = claims("kim@acme.example", organization="acme", sub="1", sid="1")
        said["events"] = {"http://schemas.openid.net/event/backchannel-logout": {}}
        name = self.choice([*said, "nbf", "name", "email_verified", "role", "language"])
        header = {self.choice(["alg", "kid", "typ", "crit"]): self.choice(CLAIMS)}
        return forge(
            {**said, name: self.choice([*CLAIMS, *VALUES])},
            **(header if self.random.random() < 0.2 else {}),
        )

    def params(self, route, known: dict) -> dict:
        """Return values for the parameters of a path, usually of objects that exist."""
        return {
            name: known.get(name, 1)
            if self.random.random() < 0.8
            else self.value(name).encode("utf-8", "replace").decode()
            for name in route.params
        }

    def query(self, names) -> str:
        """Return a query string with a few of the names."""
        pairs = [
            (name, self.value(name))
            for name in self.random.choices([*names, *NAMES], k=self.random.randint(0, 3))
        ]
        return "&".join(f"{_quoted(name)}={_quoted(value[:500])}" for name, value in pairs)

    def form(self, fields: dict) -> dict:
        """Return the data of a form, with a few changes."""
        data = {name: list(values) for name, values in fields.items()}
        if self.random.random() < 0.5:
            data = self._with_row(data)
        names = [*data, self.choice(NAMES)]
        # Controls that break a whole form more often than one of its many fields.
        special = [n for n in names if re.search(r"FORMS$|-(id|ORDER|DELETE|count|type)$", n)]
        for _again in range(self.random.choice([1, 1, 2, 5])):
            name = self.choice(special if special and self.random.random() < 0.4 else names)
            kind = self.random.random()
            if kind < 0.2:
                data.pop(name, None)
            elif kind < 0.3:
                data[name] = [self.value(name), self.value(name)]
            elif kind < 0.4:
                file = io.BytesIO(self.choice(CONTENTS))
                file.name = self.choice(FILES)
                data[name] = file
            elif kind < 0.5:
                for other in [n for n in data if n.startswith(name.partition("-")[0])]:
                    del data[other]
            else:
                data[name] = [self.value(name)]
        return {_sent(name): _sent(value) for name, value in data.items()}

    def _with_row(self, data: dict) -> dict:
        """Return data with one more row in each formset."""
        given = {name.replace("__prefix__", "0"): data[name] for name in data}
        for name in [n for n in given if n.endswith("-TOTAL_FORMS")]:
            given[name] = ["1"]
            given[name.replace("TOTAL", "INITIAL")] = [self.choice("01")]
            given[name.replace("TOTAL_FORMS", "0-id")] = [self.value("-id")]
            given.setdefault(name.replace("TOTAL_FORMS", "0-ORDER"), ["1"])
        return given

    def request(self, path: str, fields: dict) -> tuple[str, dict]:
        """Return the method and the arguments of one request of a test client."""
        headers = self.choice(HEADERS) if self.random.random() < 0.3 else {}
        path += ("&" if "?" in path else "?") + self.query(fields)
        kind = self.random.random()
        if kind < 0.25:
            return "get", {"path": path, "headers": headers}
        if kind < 0.3:
            method = self.choice(["head", "put", "patch", "delete", "options"])
            return method, {"path": path, "headers": headers}
        if kind < 0.4:
            arguments = {"data": self.choice(BODIES), "content_type": self.choice(TYPES)}
            return "generic", {"method": "POST", "path": path, "headers": headers, **arguments}
        return "post", {"path": path, "headers": headers, "data": self.form(fields)}


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


def _sent(value):
    """Return a name or a value as a form carries it: there are no surrogates in UTF-8."""
    if isinstance(value, list):
        return [_sent(item) for item in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def shown(arguments: dict) -> str:
    """Return the arguments of a request, shortened."""
    return json.dumps(arguments, default=repr)[:1500]
