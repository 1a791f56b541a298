"""Read docs/how-to/install.md as instructions: which lines go where, and which can be left out."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "how-to" / "install.md"
BLOCK = re.compile(r"^```(?P<language>python|sh)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
#: The steps that change files, up to the one that creates the portal.
STEP = re.compile(r"^## (?P<number>\d+)\. ", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """Something to add: to a list, to a dict, as a setting, or to the URLs."""

    step: int
    #: The list, dict or setting; "urlpatterns" for a URL.
    target: str
    #: The code of the entry or of the value.
    code: str
    #: What a message has to name if the line is missing.
    name: str
    #: The entries of the list around it, in the guide's order.
    before: tuple[str, ...] = ()
    kind: str = "setting"


def steps() -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each step."""
    text = GUIDE.read_text(encoding="utf-8").partition("\n## In production")[0]
    found = list(STEP.finditer(text))
    for here, following in zip(found, [*found[1:], None], strict=True):
        yield int(here["number"]), text[here.end() : following.start() if following else None]


def commands() -> list[str]:
    """Return the commands of all steps, in order."""
    return [
        line
        for _number, text in steps()
        for block in BLOCK.finditer(text)
        if block["language"] == "sh"
        for line in block["code"].splitlines()
    ]


def lines() -> list[Line]:
    """Return everything that the guide adds to a project."""
    return [
        line
        for number, text in steps()
        for block in BLOCK.finditer(text)
        if block["language"] == "python"
        for line in _lines(number, block["code"])
    ]


def _lines(step: int, code: str) -> Iterator[Line]:
    tree = ast.parse(code)
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        target, value = ast.unparse(node.targets[0]), node.value
        if target == "urlpatterns":
            entries = [ast.unparse(entry) for entry in value.elts]
            for place, entry in enumerate(entries):
                if "wagtail_portal" in entry:
                    name = ast.literal_eval(value.elts[place].args[1].args[0])
                    yield Line(step, target, entry, name, tuple(entries[place + 1 :]), "url")
        elif target in ("INSTALLED_APPS", "MIDDLEWARE"):
            entries = [ast.literal_eval(entry) for entry in value.elts]
            for place, entry in enumerate(entries):
                yield Line(step, target, repr(entry), entry, tuple(entries[place + 1 :]), "entry")
        elif target in ("STORAGES", "CACHES"):
            for key, entry in zip(value.keys, value.values, strict=True):
                yield Line(step, target, ast.unparse(entry), ast.literal_eval(key), (), "key")
        else:
            yield Line(step, target, ast.unparse(value), target)


def settings_code(wanted: list[Line]) -> str:
    """Return the code that makes these changes at the end of a project's settings."""
    parts = ["\n\n# The portal, as its guide says."]
    for line in reversed([line for line in wanted if line.kind == "entry"]):
        # Apps come above all others, and middleware before the next entry that's already there.
        place = "0"
        if line.target == "MIDDLEWARE":
            known = f"[name for name in {line.before!r} if name in MIDDLEWARE]"
            place = f"MIDDLEWARE.index({known}[0]) if {known} else len(MIDDLEWARE)"
        parts.append(
            f"if {line.code} not in {line.target}:\n    {line.target}.insert({place}, {line.code})"
        )
    for line in wanted:
        if line.kind == "key":
            parts.append(f"{line.target} = globals().get({line.target!r}, {{}})")
            parts.append(f"{line.target}[{line.name!r}] = {line.code}")
        elif line.kind == "setting":
            parts.append(f"{line.target} = {line.code}")
    return "\n".join(parts) + "\n"


def urls_code(text: str, wanted: list[Line]) -> str:
    """Return a project's ``urls.py`` with the URLs added above the ones that match everything."""
    parts = [text, "\n\n# The portal, as its guide says."]
    for line in wanted:
        if line.kind == "url":
            parts.append(f"urlpatterns.insert(len(urlpatterns) - 1, {line.code})")
    return "\n".join(parts) + "\n"
