"""Find the URL names that the installed django-allauth reverses.

They're read from its source: calls of ``reverse()`` and similar functions, other strings that equal
one of allauth's own URL names, and ``{% url %}`` in its templates. Tests and migrations are left
out.
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
#: Parts of allauth with namespaced URLs that a site includes itself.
NAMESPACED = ("headless/", "idp/")
#: Functions whose first argument is a URL name.
REVERSES = {"reverse", "reverse_lazy", "redirect", "resolve_url", "headed_redirect_response"}
#: Arguments and attributes that contain one.
NAMED = {"urlname", "redirect_urlname", "viewname", "pattern_name"}


@dataclass(frozen=True)
class Use:
    """A URL name that allauth reverses.

    :ivar name: with ``*`` for variable parts: ``*_login``.
    :ivar path: the file, relative to allauth's folder.
    :ivar owner: the top-level class or function; "" for none, and in templates.
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

    def nodes(self) -> Iterator[tuple[str, ast.AST]]:
        """Yield each node with the top-level class or function it belongs to."""
        for top in self.tree.body:
            owner = getattr(top, "name", "")
            yield from ((owner, node) for node in ast.walk(top))

    @cached_property
    def declared(self) -> set[str]:
        """The URL names defined as ``path(…, name="…")``, with their namespaces."""
        return {
            _text(keyword.value)
            for _owner, node in self.nodes()
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("path", "re_path")
            for keyword in node.keywords
            if keyword.arg == "name"
        }

    @property
    def classes(self) -> list[str]:
        """The names of the module's classes."""
        return [node.name for node in self.tree.body if isinstance(node, ast.ClassDef)]

    def reversed(self, known: set[str]) -> Iterator[Use]:
        """Yield the names that the module reverses, including any string in ``known``."""
        for owner, node in self.nodes():
            for value in _named_by(node):
                if (name := _text(value)) and "/" not in name:
                    yield Use(name, self.path, value.lineno, owner)
            if isinstance(node, ast.Constant) and node.value in known:
                yield Use(node.value, self.path, node.lineno, owner)

    def templates(self) -> Iterator[tuple[str, str]]:
        """Yield the templates named in the module, without extension, and the class or function."""
        for owner, node in self.nodes():
            if isinstance(node, ast.Constant) and re.fullmatch(r"[\w/]+/\w+\.", str(node.value)):
                yield node.value.rstrip("."), owner


def _named_by(node: ast.AST) -> list[ast.AST]:
    """Return the expressions in ``node`` that stand for a URL name."""
    match node:
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)):
            found = [row.value for row in node.keywords if row.arg in NAMED]
            return [*node.args[:1], *found] if called in REVERSES else found
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [node.value] if name in NAMED and node.value else []
    return []


def _text(node: ast.AST) -> str:
    """Return a string expression's text with ``*`` for variable parts, or ""."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "*" for part in node.values)
    return ""


def modules() -> list[Module]:
    """Return allauth's modules without tests and migrations."""
    found = (path for path in ROOT.rglob("*.py") if not {"tests", "migrations"} & set(path.parts))
    return [Module(path) for path in sorted(found)]


def templates() -> dict[str, str]:
    """Return the source of allauth's templates by path, relative to allauth's folder."""
    found = (path for path in sorted(ROOT.rglob("*")) if path.suffix in {".html", ".txt"})
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in found
        if "templates" in path.parts
    }


def uses() -> list[Use]:
    """Return everything that the installed allauth reverses."""
    everything = modules()
    # Names in a namespace are short, and also used for other things: "login", "device_code".
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
