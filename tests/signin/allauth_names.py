"""Which names of addresses the installed django-allauth reverses, and where.

Read from its source: calls of ``reverse()`` and its like, every other text that is the name of one
of allauth's own addresses, and ``{% url %}`` in its templates. Tests and migrations are left out.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import allauth

ROOT = Path(allauth.__file__).parent
URL_TAG = re.compile(r"""{%\s*url\s+(['"])(?P<name>.+?)\1""")
#: Parts of allauth whose names stand in a namespace, and whose URLs a site includes itself.
NAMESPACED = ("headless/", "idp/")
#: Functions whose first argument is the name of an address.
REVERSES = {"reverse", "reverse_lazy", "redirect", "resolve_url", "headed_redirect_response"}
#: Arguments and attributes that hold one.
NAMED = {"urlname", "redirect_urlname", "viewname", "pattern_name"}


@dataclass(frozen=True)
class Use:
    """A name that allauth reverses.

    :ivar name: with ``*`` for what is filled in: ``*_login``.
    :ivar path: the file, from allauth's folder on.
    :ivar owner: the class or function at the top of the module; "" for none, and in templates.
    """

    name: str
    path: str
    line: int
    owner: str = ""

    def __str__(self):
        return f"{self.path}:{self.line}" + (f" ({self.owner})" if self.owner else "")


class Module:
    """A module of allauth."""

    def __init__(self, path: Path):
        self.path = path.relative_to(ROOT).as_posix()
        self.tree = ast.parse(path.read_text(encoding="utf-8"))

    def parts(self) -> Iterator[tuple[str, ast.AST]]:
        """Each node, with the class or function at the top that it stands in."""
        for top in self.tree.body:
            owner = getattr(top, "name", "")
            yield from ((owner, node) for node in ast.walk(top))

    @cached_property
    def declared(self) -> set[str]:
        """The names of addresses that it defines: ``path(…, name="…")``, with their namespaces."""
        return {
            _text(keyword.value)
            for _owner, node in self.parts()
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("path", "re_path")
            for keyword in node.keywords
            if keyword.arg == "name"
        }

    @property
    def classes(self) -> list[str]:
        """The names of its classes."""
        return [node.name for node in self.tree.body if isinstance(node, ast.ClassDef)]

    def reversed(self, known: set[str]) -> Iterator[Use]:
        """What it reverses. Texts count that are in ``known``, whatever is done with them."""
        for owner, node in self.parts():
            for value in _named_by(node):
                if (name := _text(value)) and "/" not in name:
                    yield Use(name, self.path, value.lineno, owner)
            if isinstance(node, ast.Constant) and node.value in known:
                yield Use(node.value, self.path, node.lineno, owner)

    def templates(self) -> Iterator[tuple[str, str]]:
        """Templates that it names, without their ending, and the class or function that does."""
        for owner, node in self.parts():
            if isinstance(node, ast.Constant) and re.fullmatch(r"[\w/]+/\w+\.", str(node.value)):
                yield node.value.rstrip("."), owner


def _named_by(node: ast.AST) -> list[ast.AST]:
    """The expressions in ``node`` that stand for a name of an address."""
    match node:
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)):
            found = [row.value for row in node.keywords if row.arg in NAMED]
            return [*node.args[:1], *found] if called in REVERSES else found
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [node.value] if name in NAMED and node.value else []
    return []


def _text(node: ast.AST) -> str:
    """The text of an expression, with ``*`` for what is filled in; "" for one that is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "*" for part in node.values)
    return ""


def modules() -> list[Module]:
    """All of allauth's, without tests and migrations."""
    found = (path for path in ROOT.rglob("*.py") if not {"tests", "migrations"} & set(path.parts))
    return [Module(path) for path in sorted(found)]


def templates() -> dict[str, str]:
    """The sources of allauth's templates, by their path from allauth's folder on."""
    found = (path for path in sorted(ROOT.rglob("*")) if path.suffix in {".html", ".txt"})
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in found
        if "templates" in path.parts
    }


def uses() -> list[Use]:
    """Everything that the installed allauth reverses."""
    everything = modules()
    # Names in a namespace are short, and texts for much else: "login", "device_code".
    plain = (module for module in everything if not module.path.startswith(NAMESPACED))
    known = set().union(*(module.declared for module in plain)) - {""}
    found = {
        use
        for module in everything
        if not module.path.endswith("urls.py") or module.path == "urls.py"
        for use in module.reversed(known)
    }
    for path, source in templates().items():
        for match in URL_TAG.finditer(source):
            line = source[: match.start()].count("\n") + 1
            found.add(Use(match["name"], path, line))
    return sorted(found, key=lambda use: (use.path, use.line, use.name))
