"""Refuse inline scripts and styles in templates.

A strict Content-Security-Policy stops them in the browser, where nobody looks; this stops them
here. Mails are let off: they reach no style sheet but their own.
"""

import re
import sys
from pathlib import Path

FORBIDDEN = {
    "inline script": re.compile(
        # Data in JSON is no script to a browser, nor to a policy.
        r"""<script(?![^>]*\ssrc\s*=)(?![^>]*\stype="application/json")[^>]*>""",
        re.IGNORECASE,
    ),
    "style element": re.compile(r"<style[\s>]", re.IGNORECASE),
    "style attribute": re.compile(r"""(?<=[\s"'])style\s*=""", re.IGNORECASE),
    "event handler attribute": re.compile(r"""(?<=[\s"'])on[a-z]+\s*=\s*["']""", re.IGNORECASE),
    "javascript: address": re.compile(r"""=\s*["']?\s*javascript:""", re.IGNORECASE),
}
# Comments are not sent, and may name what they forbid.
COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}", re.DOTALL)


def templates(folders):
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.html")):
            if "email" not in path.parts:
                yield path


def problems(source: str):
    """The lines that hold something forbidden: pairs of line number and its name."""
    source = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), source)
    for name, pattern in FORBIDDEN.items():
        for match in pattern.finditer(source):
            yield source.count("\n", 0, match.start()) + 1, name


def main(folders) -> int:
    looked_at = found = 0
    for path in templates(folders):
        looked_at += 1
        for line, name in sorted(problems(path.read_text(encoding="utf-8"))):
            print(f"{path}:{line}: {name}")
            found += 1
    print(f"{looked_at} templates, {found} with inline script or style")
    return 1 if found or not looked_at else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
