"""Hooks of the documentation's site, which mkdocs.yml names.

They make the navigation from ``docs/index.md``, add the reference of the Python API, which is
written in the code's own docstrings, and let links out of ``docs/`` lead to the repository.
"""

import re
from pathlib import Path

from docs_api import PAGES, api_pages
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<=\]\()(?P<path>(?:\.\./)+[^)#\s]+)(?P<anchor>#[^)\s]*)?(?=\))")
PAGE = re.compile(r"^- \[[^\]]+\]\((?P<path>[^)]+)\)")


def on_config(config):
    """Make the navigation: a tab for each heading of the index, with a section for each group."""
    tabs: dict[str, list] = {"Start": ["index.md"]}
    pages = tabs["Start"]
    for line in (ROOT / "docs" / "index.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            pages = tabs.setdefault(line.removeprefix("## "), [])
        elif line.startswith("For ") and line.endswith(":"):
            section: list = []
            tabs[list(tabs)[-1]].append({line[4:-1].capitalize(): section})
            pages = section
        elif match := PAGE.match(line):
            pages.append(match["path"])
    tabs["Reference"].append({"Python API": [f"api/{name}.md" for name in PAGES]})
    tabs["Project"].append("changelog.md")
    config.nav = [{name: content} for name, content in tabs.items() if content]
    return config


def on_files(files, config):
    """Add the pages that are made from code, and the changelog."""
    pages = dict(api_pages())
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    pages["changelog.md"] = changes.replace("](docs/", "](")
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown, page, config, files):
    """Let links to files that aren't pages lead to the repository, and to the changelog's page."""

    def replaced(match: re.Match) -> str:
        folder = Path(page.file.src_uri).parent
        target = (ROOT / "docs" / folder / match["path"]).resolve()
        if target.is_relative_to(ROOT / "docs"):
            return match[0]
        if not target.exists():
            raise ValueError(f"{page.file.src_uri}: {match['path']} does not exist")
        if target.name == "CHANGELOG.md":
            return "../" * len(folder.parts) + "changelog.md"
        return f"{config.repo_url}/blob/main/{target.relative_to(ROOT).as_posix()}"

    return LINK.sub(replaced, markdown)
