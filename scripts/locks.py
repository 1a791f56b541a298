"""Describe the lock files in requirements/: what each one contains and what it's made from."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from oldest_versions import oldest_series

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"

OLDEST = "oldest"
MIDDLE = ("wagtail==7.4.*", "Django==6.0.*")

PINNED = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^\s;]+)", re.MULTILINE)
WANTED = re.compile(r"^#   (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """A lock file: its dependency groups, and whether it includes the package's dependencies."""

    name: str
    groups: tuple[str, ...]
    package: bool = False
    #: The oldest Python version it has to work with.
    python: str = "3.11"
    #: The series that dependencies are limited to; OLDEST stands for their lower bounds.
    series: str | tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.txt"


#: These are consistent with each other, so any of them can be installed together.
USUAL = (
    Lock("build", ("build",)),
    Lock("demo", ("demo",), package=True),
    Lock("docs", ("docs",)),
    Lock("lint", ("lint",)),
    Lock("mysql", ("mysql",)),
    Lock("nox", ("nox",)),
    Lock("postgres", ("postgres",)),
    Lock("release", ("release",)),
    Lock("test", ("test",), package=True),
)
#: These replace the locks of the demo and the tests.
OTHERS = (
    Lock("oldest", ("test",), package=True, series=OLDEST),
    # The LTS version of Wagtail on a newer Django, which requires Python 3.12.
    Lock("middle", ("test",), package=True, series=MIDDLE, python="3.12"),
)


def read_project() -> dict:
    """Return the content of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def group_requirements(project: dict, group: str) -> list[str]:
    """Return the requirements of a dependency group and of the groups it includes."""
    found = []
    for entry in project["dependency-groups"][group]:
        if isinstance(entry, dict):
            found += group_requirements(project, entry["include-group"])
        else:
            found.append(entry)
    return found


def requirements(project: dict, lock: Lock) -> list[str]:
    """Return everything that ``lock`` has to satisfy, sorted and without duplicates."""
    dependencies = project["project"]["dependencies"]
    found = set(dependencies if lock.package else ())
    for group in lock.groups:
        found.update(group_requirements(project, group))
    found.update(oldest_series(dependencies) if lock.series == OLDEST else lock.series)
    return sorted(found, key=str.lower)


def header(wanted: list[str]) -> str:
    """Return the comment at the top of a lock file: what writes it and what it satisfies."""
    lines = ["# `make lock` writes this file from pyproject.toml. It satisfies:"]
    return "\n".join(lines + [f"#   {requirement}" for requirement in wanted]) + "\n\n"
