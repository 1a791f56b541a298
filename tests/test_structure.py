"""Structure rules for every module of the package."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

PACKAGE = settings.TESTS_DIR.parent / "wagtail_portal"
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "migrations"]
MAX_LINES = 400


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _local_imports(path: Path) -> list[int]:
    """Return the lines of imports inside functions, other than an app's ``ready``."""
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (path.name, node.name) != ("apps.py", "ready")
    ]
    return [
        node.lineno
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_module_is_short_and_imports_at_the_top(path):
    assert len(path.read_text().splitlines()) <= MAX_LINES
    assert _local_imports(path) == []
