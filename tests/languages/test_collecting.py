"""What ``make messages`` cannot see."""

import ast
from pathlib import Path

import wagtail_portal

PACKAGE = Path(wagtail_portal.__file__).parent
CALLS = {"gettext", "ngettext", "pgettext", "npgettext", "_"}


def hidden_in(source: str) -> list[int]:
    """The lines of a module on which a text is translated within an f-string: xgettext does not
    look into those, so that no catalogue ever gets the text."""
    return [
        call.lineno
        for string in ast.walk(ast.parse(source))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in CALLS
    ]


def test_the_check_itself():
    assert hidden_in("a = 1\nb = f\"{gettext('x')} {a}\"") == [2]
    assert hidden_in("what = gettext('x')\nb = f'{what}'") == []


def test_no_text_hides_in_an_f_string():
    found = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := hidden_in(path.read_text()))
    }
    assert found == {}
