"""Write the reference of the Python API from signatures and docstrings, without running code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "wagtail_portal"

PAGES = ("actions", "models", "extending")
#: What sites subclass, create or call, by the title of its section: (module, names).
EXTENDING = {
    "Actors": ("permissions/actor.py", ("Actor",)),
    "Verbs": ("verbs.py", ("Verb",)),
    "Errors": ("exceptions.py", ()),
    "Columns": ("columns/base.py", ("Column",)),
    "Registering columns": ("columns/registry.py", ("register_column",)),
    "Field types": ("fields/base.py", ("FieldType", "FieldSpec", "Choice")),
    "Registering field types": ("fields/registry.py", ("register_field_type",)),
    "Looking up data for a form": ("fields/context.py", ("FormContext", "Person")),
    "Events": ("events.py", ("Event", "Preference", "Frequency")),
    "Notifying": ("notifications/notify.py", ("register_event", "notify_event")),
    "Recipients": ("notifications/recipients.py", ("Recipient", "Occasion")),
    "Search": ("search/base.py", ("TicketSearch",)),
}
#: Roles of Sphinx, which editors and IDEs understand in docstrings.
ROLE = re.compile(r":\w+:`~?\.?(?P<target>[^`]+)`")
FIELD = re.compile(r"^:(?P<kind>param|raises) (?P<name>[\w.]+): ", re.MULTILINE)
HEAD = (
    "# {title}\n\n{lead} Made from the code of version {version}: see the [public API]"
    "(../reference/public-api.md) for what stays the same between releases.\n\n"
)


def api_pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every page."""
    source = (PACKAGE / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'__version__ = "(.+)"', source)[1]
    for name, title, lead, parts in (
        ("actions", "Actions in full", "Every action with its arguments.", _actions()),
        ("models", "Querysets", "The methods of querysets and managers.", _querysets()),
        ("extending", "Classes to build on", "What sites subclass, create and call.", _extending()),
    ):
        head = HEAD.format(title=title, lead=lead, version=version)
        yield f"api/{name}.md", head + "\n\n".join(parts) + "\n"


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _named(tree: ast.Module, names) -> Iterator:
    """Yield public classes and functions: those with these names, or all."""
    kinds = (ast.ClassDef, ast.FunctionDef)
    for node in tree.body:
        is_public = isinstance(node, kinds) and not node.name.startswith("_")
        if is_public and (not names or node.name in names):
            yield node


def _actions() -> Iterator[str]:
    folder = PACKAGE / "actions"
    imports = [
        node for node in _parse(folder / "__init__.py").body if isinstance(node, ast.ImportFrom)
    ]
    for subject in sorted({node.module.partition(".")[0] for node in imports if node.module}):
        yield f"## {subject.replace('_', ' ').capitalize()}"
        for node in imports:
            if not node.module or node.module.partition(".")[0] != subject:
                continue
            names = {alias.name for alias in node.names}
            path = folder / Path(*node.module.split(".")).with_suffix(".py")
            for function in _named(_parse(path), names):
                yield _function(function)


def _querysets() -> Iterator[str]:
    for path in sorted((PACKAGE / "models").glob("*.py")):
        for node in _named(_parse(path), ()):
            if isinstance(node, ast.ClassDef) and node.name.endswith("QuerySet"):
                yield _class(node, node.name.removesuffix("QuerySet"))


def _extending() -> Iterator[str]:
    for title, (module, names) in EXTENDING.items():
        found = list(_named(_parse(PACKAGE / module), names))
        if missing := set(names) - {node.name for node in found}:
            raise ValueError(f"{module} has no {', '.join(sorted(missing))}")
        path = "wagtail_portal." + module.removesuffix(".py").replace("/", ".")
        yield f"## {title}\n\nIn `{path}`."
        for node in found:
            yield _class(node) if isinstance(node, ast.ClassDef) else _function(node)


def _class(node: ast.ClassDef, title: str = "") -> str:
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    parts = [f"### {title or node.name}", _code(f"class {node.name}({bases})".replace("()", ""))]
    parts.append(_text(node))
    attributes = [
        ast.unparse(child)
        for child in node.body
        if isinstance(child, ast.AnnAssign) and not ast.unparse(child.target).startswith("_")
    ]
    if attributes:
        parts.append(_code("\n".join(attributes)))
    for child in node.body:
        if isinstance(child, ast.FunctionDef) and not child.name.startswith("_"):
            parts.append(_function(child, "####"))
    return "\n\n".join(filter(None, parts))


def _function(node: ast.FunctionDef, level: str = "###") -> str:
    arguments, returns = ast.unparse(node.args), ast.unparse(node.returns) if node.returns else ""
    arrow = f" -> {returns}" if returns else ""
    signature = f"{node.name}({arguments}){arrow}"
    if len(signature) > 90:
        lines = ",\n    ".join(_arguments(node.args))
        signature = f"{node.name}(\n    {lines},\n){arrow}"
    return "\n\n".join(filter(None, [f"{level} {node.name}", _code(signature), _text(node)]))


def _arguments(args: ast.arguments) -> Iterator[str]:
    """Yield each argument with its annotation and default."""
    depth, current = 0, ""
    for character in ast.unparse(args):
        if character == "," and depth == 0:
            yield current.strip()
            current = ""
            continue
        depth += (character in "([{") - (character in ")]}")
        current += character
    if current.strip():
        yield current.strip()


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


def _text(node) -> str:
    """Return a docstring as Markdown."""
    text = ast.get_docstring(node) or ""
    text = ROLE.sub(lambda match: f"`{match['target'].rpartition('.')[2]}`", text)
    text = text.replace("``", "`")
    first = FIELD.search(text)
    if first is None:
        return text
    body, fields = text[: first.start()], text[first.start() :]
    lines = re.sub(r"\n\s+", " ", fields)
    lines = FIELD.sub(
        lambda match: (
            f"- *Raises* `{match['name']}`: "
            if match["kind"] == "raises"
            else f"- `{match['name']}`: "
        ),
        lines,
    )
    return f"{body.rstrip()}\n\n{lines}"
