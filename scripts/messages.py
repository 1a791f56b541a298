"""Update the translation catalogs, or check that they're up to date.

    make messages         after changing a text: collect all texts, then translate the new ones
    make messages-check   check that nothing is missing, left over or compiled from an old version

Needs GNU gettext (xgettext, msgmerge, msgfmt), as Django's own commands do.
"""

import argparse
import gettext
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "wagtail_portal"
LANGUAGES = ("ar", "de", "es", "fr")
COLLECT = ("--no-wrap", "--add-location", "file", "--no-obsolete", "--verbosity", "0")


def collect(package: Path) -> None:
    """Write every text in the code into the catalogs of ``package``."""
    (package / "locale").mkdir(exist_ok=True)
    languages = [option for code in LANGUAGES for option in ("--locale", code)]
    command = [sys.executable, "-m", "django", "makemessages", *languages, *COLLECT]
    # Keeps the package's modules from shadowing others with the same name.
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    subprocess.run(command, cwd=package, check=True, env=environment)


def catalog(package: Path, language: str, ending: str) -> Path:
    """Return the path of a catalog; ``ending`` is "po" or "mo"."""
    return package / "locale" / language / "LC_MESSAGES" / f"django.{ending}"


def compile_one(source: Path, target: Path) -> None:
    """Compile a catalog, checking placeholders and plural forms."""
    command = ["msgfmt", "--check-format", "--check-domain", "-o", str(target), str(source)]
    subprocess.run(command, check=True)


def untranslated(source: Path) -> int:
    """Return how many texts in a catalog have no translation or only a fuzzy one."""

    def count(*options):
        command = ["msgattrib", *options, "--no-obsolete", str(source)]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        # The catalog's header counts as an empty text.
        return max(found.count("\nmsgid ") - 1, 0)

    return count("--untranslated") + count("--only-fuzzy")


def texts(source: Path) -> dict:
    """Return the texts of a compiled catalog."""
    with source.open("rb") as file:
        found = dict(gettext.GNUTranslations(file)._catalog)
    found.pop("", None)
    return found


def differences(source: Path, current: Path) -> list[str]:
    """Return what a catalog lacks compared with an up-to-date one, and what's left over."""
    command = ["msgcmp", str(source), str(current)]
    found = subprocess.run(command, capture_output=True, text=True)
    lines = found.stderr.strip().splitlines()
    return lines or (["msgcmp failed"] if found.returncode else [])


def malformed(source: Path) -> list[str]:
    """Return msgfmt's errors, such as wrong placeholders or missing plural forms."""
    command = ["msgfmt", "--check", "--output-file=/dev/null", str(source)]
    found = subprocess.run(command, capture_output=True, text=True)
    return found.stderr.strip().splitlines() if found.returncode else []


def check() -> list[str]:
    """Return a description of everything wrong with the catalogs."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        copy = work / PACKAGE.name
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "static"))
        collect(copy)
        for language in LANGUAGES:
            source = catalog(PACKAGE, language, "po")
            wrong += differences(source, catalog(copy, language, "po"))[:20]
            wrong += malformed(source)
            if missing := untranslated(source):
                wrong.append(f"{language}: {missing} texts are not translated")
            compile_one(source, work / "now.mo")
            if texts(work / "now.mo") != texts(catalog(PACKAGE, language, "mo")):
                wrong.append(f"{language}: the compiled catalog is out of date")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing and report problems")
    if parser.parse_args().check:
        wrong = check()
        print("\n".join(wrong) or f"Complete: {', '.join(LANGUAGES)}")
        sys.exit(bool(wrong) and "Run make messages and translate the new texts.")
    collect(PACKAGE)
    for language in LANGUAGES:
        source = catalog(PACKAGE, language, "po")
        compile_one(source, catalog(PACKAGE, language, "mo"))
        print(f"{language}: {untranslated(source)} texts to translate in {source}")


if __name__ == "__main__":
    main()
