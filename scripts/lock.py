"""Lock exact versions with their hashes in requirements/ and print what changed.

Every version becomes the newest that pyproject.toml allows; with --keep, versions that still fit
are kept. Each file works for every supported Python version on every system.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from locks import FOLDER, OTHERS, PINNED, ROOT, USUAL, Lock, header, read_project, requirements


def resolve(wanted: list[str], python: str, output: Path, constraints: list[Path]) -> str:
    """Return the pinned versions and hashes that satisfy ``wanted``, in pip's format.

    ``output`` is uv's output file; uv prefers the versions it finds there.
    """
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet", "--universal"]
    command += ["--python-version", python, "--generate-hashes", "--no-annotate", "--no-header"]
    command += ["--output-file", str(output)]
    for path in constraints:
        command += ["--constraint", str(path)]
    if subprocess.run(command, input="\n".join(wanted), text=True, cwd=ROOT).returncode:
        sys.exit("Locking failed; see the lines above. Nothing was changed.")
    return output.read_text(encoding="utf-8")


def lock_all(keep: bool) -> dict[Lock, str]:
    """Return the new text of every lock file."""
    project = read_project()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "usual.txt"
        if keep:
            pins.write_text("".join(read(lock) for lock in USUAL), encoding="utf-8")
        together = sorted({line for lock in USUAL for line in requirements(project, lock)})
        resolve(together, USUAL[0].python, pins, [])
        for lock in (*USUAL, *OTHERS):
            output = Path(folder) / f"{lock.name}.txt"
            if lock in OTHERS:
                # The database drivers and the build tools are installed together with these.
                constraints = [Path(folder) / "postgres.txt", Path(folder) / "build.txt"]
                output.write_text(read(lock) if keep else "", encoding="utf-8")
            else:
                constraints = [pins]
            wanted = requirements(project, lock)
            found[lock] = header(wanted) + resolve(wanted, lock.python, output, constraints)
    return found


def read(lock: Lock) -> str:
    return lock.path.read_text(encoding="utf-8") if lock.path.exists() else ""


def versions(text: str) -> dict[str, str]:
    """Return the versions of each package in a lock file, which can differ between Pythons."""
    found: dict[str, str] = {}
    for name, version in PINNED.findall(text):
        found[name] = f"{found[name]}, {version}" if name in found else version
    return found


def changes(before: str, after: str) -> list[str]:
    """Return a line for each package whose versions differ between two texts of a lock file."""
    old, new = versions(before), versions(after)
    if not before:
        return [f"new, with {len(new)} packages"]
    lines = []
    for name in sorted(old | new):
        if name not in old:
            lines.append(f"{name} {new[name]} added")
        elif name not in new:
            lines.append(f"{name} {old[name]} removed")
        elif old[name] != new[name]:
            lines.append(f"{name} {old[name]} → {new[name]}")
    if not lines and before != after:
        lines.append("the same versions; requirements, markers or hashes changed")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="only change what has to change")
    found = lock_all(parser.parse_args().keep)

    FOLDER.mkdir(exist_ok=True)
    unchanged = True
    for lock, text in found.items():
        if lines := changes(read(lock), text):
            unchanged = False
            print(lock.path.relative_to(ROOT))
            print("".join(f"  {line}\n" for line in lines), end="")
        lock.path.write_text(text, encoding="utf-8")
    if unchanged:
        print("Every lock file is up to date.")


if __name__ == "__main__":
    main()
