"""Find the oldest series of each dependency that pyproject.toml allows.

``wagtail>=7.4`` becomes ``wagtail==7.4.*``: the oldest series we support, with its latest fixes.
"""

import re

LOWER_BOUND = re.compile(
    # Releases known to break the portal can be excluded: `>=65.21.1,!=65.22.0`.
    r"^(?P<name>[A-Za-z0-9._-]+)>=(?P<version>[0-9.]+)(,!=[0-9.]+(\.\*)?)*$"
)


def oldest_series(dependencies: list[str]) -> list[str]:
    """Return one requirement per dependency that limits it to the series of its lower bound.

    Raises ``SystemExit`` for a dependency with anything other than a lower bound and exclusions.
    """
    series = []
    for requirement in dependencies:
        match = LOWER_BOUND.match(requirement.replace(" ", ""))
        if match is None:
            raise SystemExit(f"{requirement} in pyproject.toml has no plain lower bound.")
        series.append(f"{match['name']}=={match['version']}.*")
    return series
