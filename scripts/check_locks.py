"""Check that the lock files match what pyproject.toml requires."""

import sys

from locks import OTHERS, ROOT, USUAL, WANTED, Lock, read_project, requirements


def problems(project: dict, lock: Lock) -> list[str]:
    """Return a sentence for each difference between a lock file and pyproject.toml."""
    name = lock.path.relative_to(ROOT)
    if not lock.path.exists():
        return [f"{name} is missing."]
    wanted = set(requirements(project, lock))
    locked = set(WANTED.findall(lock.path.read_text(encoding="utf-8")))
    missing, surplus = sorted(wanted - locked), sorted(locked - wanted)
    return [
        *(f"{name} doesn't lock {line}, which pyproject.toml asks for." for line in missing),
        *(f"{name} locks {line}, which pyproject.toml doesn't ask for." for line in surplus),
    ]


def main() -> int:
    project = read_project()
    found = [line for lock in (*USUAL, *OTHERS) for line in problems(project, lock)]
    if found:
        print("\n".join(found))
        print("Run `make lock`, or `make lock KEEP=1` to only change what has to change.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
