"""Reject inline scripts and styles in templates.

A strict Content-Security-Policy blocks them in the browser, where no one notices; this check finds
them earlier. Email templates are exempt, because they can't load style sheets.
"""

import re
import sys
from pathlib import Path

FORBIDDEN = {
    "inline script": re.compile(
        # Browsers and policies don't treat JSON data as a script.
        r"""<script(?![^>]*\ssrc\s*=)(?![^>]*\stype="application/json")[^>]*>""",
        re.IGNORECASE,
    ),
    "style element": re.compile(r"<style[\s>]", re.IGNORECASE),
    "style attribute": re.compile(r"""(?<=[\s"'])style\s*=""", re.IGNORECASE),
    "event handler attribute": re.compile(r"""(?<=[\s"'])on[a-z]+\s*=\s*["']""", re.IGNORECASE),
    "javascript: address": re.compile(r"""=\s*["']?\s*javascript:""", re.IGNORECASE),
}
# Comments aren't sent to browsers, so they may mention what's forbidden.
COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}", re.DOTALL)


def templates(folders):
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.html")):
            if "email" not in path.parts:
                yield path


def problems(source: str):
    """Yield ``(line number, name)`` for everything forbidden in ``source``."""
    source = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), source)
    for name, pattern in FORBIDDEN.items():
        for match in pattern.finditer(source):
            yield source.count("\n", 0, match.start()) + 1, name


def main(folders) -> int:
    checked = found = 0
    for path in templates(folders):
        checked += 1
        for line, name in sorted(problems(path.read_text(encoding="utf-8"))):
            print(f"{path}:{line}: {name}")
            found += 1
    print(f"{checked} templates checked, {found} inline scripts or styles found")
    return 1 if found or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
