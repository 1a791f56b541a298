"""The documentation matches the code, and its links and examples work."""

import ast
import importlib
import inspect
import re
import textwrap
from dataclasses import MISSING, fields
from datetime import timedelta

import pytest
from django.conf import settings
from django.dispatch import Signal
from django.utils.module_loading import import_string

from wagtail_portal import actions, notifications, signals
from wagtail_portal.conf import PortalConf
from wagtail_portal.events import Event
from wagtail_portal.health import CHECKS, ESSENTIAL
from wagtail_portal.notifications import recipients
from wagtail_portal.permissions import Verb
from wagtail_portal.sweeps import DAY, HOUR, MINUTE, SWEEPS
from wagtail_portal.utils import palette

ROOT = settings.TESTS_DIR.parent
DOCS = ROOT / "docs"
PACKAGE = ROOT / "wagtail_portal"
#: Without the sentences for the next changelog.
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted(DOCS.rglob("*.md")) if page.parent.name != "changelog.d"),
]

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
#: A dotted path of a class, as settings name it.
CLASS = re.compile(r"wagtail_portal(\.\w+)+\.[A-Z]\w+")
CODE = re.compile(r"`([^`]+)`")

#: Examples with names of Django can be for a later version than the one that runs the tests.
OWN = ("wagtail_portal", "wagtail")

each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def table_rows(text: str) -> list[list[str]]:
    """Return the cells of every row of every table, without header and separator rows."""
    lines = text.splitlines()
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
        for before, line in zip(["", *lines], lines, strict=False)
        if line.startswith("| ") and before.startswith("|")
    ]


def slug(heading: str) -> str:
    """Return a heading's anchor as code hosts generate it."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.strip().replace(" ", "-")


def anchors(text: str) -> set[str]:
    prose = FENCE.sub("", text)
    return {slug(line.lstrip("#")) for line in prose.splitlines() if line.startswith("#")}


# -- Links and examples --------------------------------------------------------------------------


@each_page
def test_relative_links_work(path):
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _hash, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        assert found.is_file(), f"{target} does not exist"
        if anchor:
            assert anchor in anchors(found.read_text(encoding="utf-8")), f"no heading for {target}"


#: Where pages of the documentation, and files of the repository, are published.
SITE = "https://wagtail-portal.github.io/wagtail-portal/stable/"
SOURCES = re.compile(
    r"https://(?:github\.com/wagtail-portal/wagtail-portal/(?:blob|tree)"
    r"|raw\.githubusercontent\.com/wagtail-portal/wagtail-portal)/main/"
)


def test_links_in_the_readme_are_absolute_and_work():
    # PyPI shows the README, too.
    text = FENCE.sub("", (ROOT / "README.md").read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        name, _hash, _anchor = target.partition("#")
        if name.startswith(SITE):
            found = DOCS / f"{name.removeprefix(SITE).strip('/') or 'index'}.md"
        elif SOURCES.match(name):
            found = ROOT / SOURCES.sub("", name)
        else:
            assert re.match("https?:", name), target
            continue
        assert found.exists(), target


def python_examples(path):
    """Return the syntax tree of each example in Python."""
    text = path.read_text(encoding="utf-8")
    return [
        ast.parse(textwrap.dedent(code), f"{path.name}: {code[:40]!r}")
        for _indent, language, code in FENCE.findall(text)
        if language == "python"
    ]


@each_page
def test_python_examples_use_names_that_exist(path):
    for tree in python_examples(path):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OWN):
                module = importlib.import_module(node.module)
                for alias in node.names:
                    if not hasattr(module, alias.name):
                        importlib.import_module(f"{node.module}.{alias.name}")
            elif isinstance(node, ast.Call):
                _check_action_call(node)


def _check_action_call(node: ast.Call) -> None:
    """Check that a call of an action in an example names arguments that the action has."""
    name = getattr(node.func, "id", "")
    action = getattr(actions, name, None)
    if inspect.isfunction(action):
        given = {keyword.arg for keyword in node.keywords if keyword.arg}
        assert given <= set(inspect.signature(action).parameters), ast.unparse(node)


@each_page
def test_dotted_paths_in_examples_exist(path):
    for tree in python_examples(path):
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and CLASS.fullmatch(text):
                import_string(text)


def public_objects() -> dict:
    """Return what the examples import from the package, and all actions, by name."""
    found = dict(inspect.getmembers(actions, inspect.isfunction))
    for path in PAGES:
        for tree in python_examples(path):
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OWN[0]):
                    module = importlib.import_module(node.module)
                    found |= {alias.name: getattr(module, alias.name, None) for alias in node.names}
    return found


def functions_of(found: object) -> list:
    """Return a function, or the public methods and properties that a class of ours defines."""
    if inspect.isfunction(found):
        return [inspect.unwrap(found)]
    if not inspect.isclass(found) or not found.__module__.startswith(OWN[0]):
        return []
    values = [value for name, value in vars(found).items() if not name.startswith("_")]
    values = [getattr(value, "fget", None) or getattr(value, "func", value) for value in values]
    values = [inspect.unwrap(getattr(value, "__func__", value)) for value in values]
    return [value for value in values if inspect.isfunction(value)]


def is_annotated(function) -> bool:
    signature = inspect.signature(function)
    given = [row for row in signature.parameters.values() if row.name not in ("self", "cls")]
    kinds = [row.annotation for row in given]
    return inspect.Signature.empty not in [*kinds, signature.return_annotation]


def test_public_names_are_annotated():
    found = [row for value in public_objects().values() for row in functions_of(value)]
    assert len(found) > 100
    own = [row for row in found if row.__module__.startswith(OWN[0]) and row.__name__ != "<lambda>"]
    bare = {f"{row.__module__}.{row.__qualname__}" for row in own if not is_annotated(row)}
    assert bare == set()


def test_every_page_is_in_the_index():
    linked = {
        (DOCS / target.partition("#")[0]).resolve() for target in LINK.findall(page("index.md"))
    }
    assert set(PAGES) - linked == {ROOT / "README.md", DOCS / "index.md"}


# -- Reference -----------------------------------------------------------------------------------


def test_settings_match_the_code():
    documented = {}
    for row in table_rows(page("reference/settings.md")):
        if len(row) == 4:
            key, kind, default = (CODE.fullmatch(cell)[1] for cell in row[:3])
            documented[key] = (kind, ast.literal_eval(default))
    assert documented == {
        field.name: (type(value).__name__, value)
        for field in fields(PortalConf)
        for value in [{} if field.default is MISSING else field.default]
    }


def sent_signals() -> dict[str, tuple[str, set[str]]]:
    """Return the sender and the arguments with which actions send each signal, by name."""
    found = {}
    for path in (PACKAGE / "actions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(
                        attr="send", value=ast.Attribute(value=ast.Name("signals"), attr=name)
                    ),
                    keywords=keywords,
                ):
                    values = {keyword.arg: keyword.value for keyword in keywords}
                    found[name] = (values.pop("sender").id, set(values))
    return found


def test_signals_match_the_code():
    documented = {}
    for row in table_rows(page("reference/signals.md")):
        name, sender = (CODE.fullmatch(cell)[1] for cell in row[:2])
        documented[name] = (sender, set(CODE.findall(row[2])))
    assert documented == sent_signals()
    defined = {name for name, value in vars(signals).items() if isinstance(value, Signal)}
    assert set(documented) == defined


def traits_of(event) -> list[str]:
    traits = {
        "watchers": event.notifies_watchers,
        "message": event.shows_message,
        "editable": event.is_editable,
        "digest": event.digest_lines,
        "secret": event.is_secret,
    }
    return [name for name, holds in traits.items() if holds]


def test_events_match_the_code():
    def code(value):
        return f"`{value}`" if value else ""

    names = {value: name for name, value in vars(signals).items() if isinstance(value, Signal)}
    expected = [
        [
            code(event.key),
            code(names.get(event.signal)),
            ", ".join(code(rule.__name__) for rule in event.recipients),
            code(event.member_preference and event.member_preference.default),
            code(event.agent_preference and event.agent_preference.default),
            ", ".join(traits_of(event)),
        ]
        for event in notifications.events.EVENTS
    ]
    text = page("reference/events.md")
    assert [row for row in table_rows(text) if len(row) == 6] == expected
    attributes = text.partition("## `Event`")[2].partition("\n## ")[0]
    named = [name for row in table_rows(attributes) for name in CODE.findall(row[0])]
    assert named == [field.name for field in fields(Event)]
    rules = text.partition("## Recipients")[2]
    documented = {CODE.fullmatch(row[0])[1] for row in table_rows(rules)}
    used = {rule.__name__ for event in notifications.events.EVENTS for rule in event.recipients}
    assert used <= documented
    assert all(callable(getattr(recipients, name)) for name in documented)


def test_actions_match_the_code():
    documented = {}
    for row in table_rows(page("reference/actions.md")):
        if call := re.fullmatch(r"`(\w+)\((.*)\)`", row[0]):
            documented[call[1]] = call[2].split(", ") if call[2] else []
    assert documented == {
        name: list(inspect.signature(action).parameters)
        for name, action in inspect.getmembers(actions, inspect.isfunction)
    }


def test_checks_match_the_code():
    identifier = re.compile(r"wagtail_portal\.[EW]\d{3}")
    sources = [*PACKAGE.glob("checks/*.py"), *PACKAGE.glob("*/checks.py")]
    known = {
        found
        for source in sources
        for found in identifier.findall(source.read_text(encoding="utf-8"))
    }
    documented = [
        CODE.fullmatch(row[0])[1]
        for row in table_rows(page("reference/checks.md"))
        if identifier.search(row[0])
    ]
    assert sorted(documented) == sorted(known)


def test_commands_and_sweeps_match_the_code():
    commands, sweeps = page("reference/commands.md").split("## Sweeps")
    folder = PACKAGE / "management" / "commands"
    names = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert {CODE.fullmatch(row[0])[1] for row in table_rows(commands)} == names
    units = {"second": timedelta(seconds=1), "minute": MINUTE, "hour": HOUR, "day": DAY}
    documented = {}
    for name, every, _what in table_rows(sweeps):
        number, unit = every.split()
        documented[CODE.fullmatch(name)[1]] = int(number) * units[unit.removesuffix("s")]
    assert documented == {sweep.name: sweep.every for sweep in SWEEPS}


def test_monitoring_matches_the_code():
    text = page("reference/monitoring.md")
    parts = {part.partition("\n")[0]: part for part in text.split("\n## ")[1:]}
    named = {
        name: [CODE.fullmatch(row[0])[1] for row in table_rows(part)]
        for name, part in parts.items()
    }
    keys = [(key, "ready" if key in ESSENTIAL else "work") for key in CHECKS]
    rows = [[CODE.fullmatch(cell)[1] for cell in row[:2]] for row in table_rows(parts["Checks"])]
    assert rows == [list(pair) for pair in keys]
    alarms = page("how-to/operate.md").partition("## What to do for each alarm")[2]
    assert set(CHECKS) <= {cell for row in table_rows(alarms) for cell in CODE.findall(row[0])}
    sources = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert set(named["Loggers"]) == {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path, source in sources.items()
        if "getLogger(__name__)" in source
    }
    metrics = PACKAGE / "metrics.py", PACKAGE / "monitoring" / "prometheus.py"
    declared = {
        name for path in metrics for name in re.findall(r'"(portal_[a-z_]+)"', sources[path])
    }
    assert {name.removesuffix("_total") for name in named["Metrics"]} == declared


def test_permissions_page_names_every_permission():
    text = page("reference/permissions.md")
    for verb in Verb:
        assert f"`{verb.removeprefix('wagtail_portal.')}`" in text


def test_templates_match_the_code():
    text = page("reference/templates.md")
    base = (PACKAGE / "templates/wagtail_portal/base.html").read_text(encoding="utf-8")
    blocks = set(re.findall(r"{% block (\w+) %}", base))
    section = text.partition("## Blocks")[2].partition("\n## ")[0]
    assert {CODE.fullmatch(row[0])[1] for row in table_rows(section)} == blocks
    folder = PACKAGE / "templates"
    for path in folder.glob("wagtail_portal/*.html"):
        assert f"`{path.relative_to(folder).as_posix()}`" in text


#: Template folders that contain no parts of a customer's page.
NOT_PARTS = ("blocks/", "desk/", "editor/", "email/", "widgets/")


def test_every_page_template_and_block_is_in_the_reference():
    text = page("reference/templates.md")
    folder = PACKAGE / "templates"
    root = folder / "wagtail_portal"
    parts = {
        name
        for path in root.glob("*/*.html")
        if not (name := path.relative_to(root).as_posix()).startswith(NOT_PARTS)
        and f"`wagtail_portal/{name}`" not in text
    }
    section = text.partition("## Parts")[2].partition("\n## ")[0]
    named = {name for row in table_rows(section) for name in CODE.findall(row[0])}
    assert named == parts
    for path in folder.rglob("*.html"):
        if not {"desk", "email", "editor", "wagtailadmin"} & set(path.parts):
            for block in re.findall(r"{% block (\w+) %}", path.read_text(encoding="utf-8")):
                assert f"`{block}`" in text, f"{path.name}: {block}"


def test_tokens_match_the_style_sheets():
    sheet = (PACKAGE / "static/wagtail_portal/portal.css").read_text(encoding="utf-8")
    (tokens,) = re.findall(r"^  :root {$(.*?)^  }$", sheet, re.DOTALL | re.MULTILINE)
    defined = re.findall(r"(--portal-[\w-]+):", tokens + palette.stylesheet("#0b6a62"))
    rows = table_rows(page("reference/tokens.md"))
    named = [token for row in rows for token in re.findall(r"--portal-[\w-]+", row[0])]
    assert len(named) == len(set(named))
    assert set(named) == set(defined)


def test_tests_named_in_the_security_page_exist():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page("explanation/security.md"))
    assert named
    for file, function in named:
        source = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^ *def {function}\(", source, re.MULTILINE), f"{file}::{function}"
