"""Print one requirement a line that holds each dependency to the series of its lower bound.

`wagtail>=7.4` becomes `wagtail==7.4.*`: the oldest series that we promise, with its fixes.
"""

import re
import tomllib
from pathlib import Path

LOWER_BOUND = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)>=(?P<version>[0-9.]+)$")


def main() -> None:
    root = Path(__file__).resolve().parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in project["dependencies"]:
        match = LOWER_BOUND.match(requirement)
        if match is None:
            raise SystemExit(f"{requirement} has no plain lower bound")
        print(f"{match['name']}=={match['version']}.*")


if __name__ == "__main__":
    main()
