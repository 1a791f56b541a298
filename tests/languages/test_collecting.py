"""Texts that ``make messages`` can't find."""

import ast
from pathlib import Path

import wagtail_portal

PACKAGE = Path(wagtail_portal.__file__).parent
CALLS = {"gettext", "ngettext", "pgettext", "npgettext", "_"}


def hidden_in(source: str) -> list[int]:
    """Return the lines on which a text is translated inside an f-string.

    xgettext doesn't look there, so the text never reaches a catalog.
    """
    return [
        call.lineno
        for string in ast.walk(ast.parse(source))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in CALLS
    ]


def test_check_finds_a_hidden_text():
    assert hidden_in("a = 1\nb = f\"{gettext('x')} {a}\"") == [2]
    assert hidden_in("what = gettext('x')\nb = f'{what}'") == []


def test_no_text_is_translated_inside_an_f_string():
    found = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := hidden_in(path.read_text()))
    }
    assert found == {}
