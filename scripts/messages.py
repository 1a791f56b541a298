"""Bring the catalogues of translations up to date, or say whether they are.

    make messages         after changing a text: collect all of them, then translate what is new
    make messages-check   nothing is missing, nothing left over, and what is compiled is current

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
    """Write every text of the code into the catalogues of ``package``."""
    (package / "locale").mkdir(exist_ok=True)
    languages = [option for code in LANGUAGES for option in ("--locale", code)]
    command = [sys.executable, "-m", "django", "makemessages", *languages, *COLLECT]
    # The package must not be imported in place of modules that are called like its own.
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    subprocess.run(command, cwd=package, check=True, env=environment)


def catalogue(package: Path, language: str, ending: str) -> Path:
    """Where a catalogue lies: ``ending`` is "po" or "mo"."""
    return package / "locale" / language / "LC_MESSAGES" / f"django.{ending}"


def compile_one(source: Path, target: Path) -> None:
    """Compile a catalogue; placeholders and plural forms are checked on the way."""
    command = ["msgfmt", "--check-format", "--check-domain", "-o", str(target), str(source)]
    subprocess.run(command, check=True)


def untranslated(source: Path) -> int:
    """How many texts of a catalogue have no translation, or one that is only guessed."""

    def count(*options):
        command = ["msgattrib", *options, "--no-obsolete", str(source)]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        # The head of the catalogue has an empty text, too.
        return max(found.count("\nmsgid ") - 1, 0)

    return count("--untranslated") + count("--only-fuzzy")


def texts(source: Path) -> dict:
    """What a compiled catalogue says."""
    with source.open("rb") as file:
        said = dict(gettext.GNUTranslations(file)._catalog)
    said.pop("", None)
    return said


def differences(source: Path, current: Path) -> list[str]:
    """What a catalogue lacks of another one, or has and should not."""
    command = ["msgcmp", str(source), str(current)]
    found = subprocess.run(command, capture_output=True, text=True)
    lines = found.stderr.strip().splitlines()
    return lines or (["msgcmp failed"] if found.returncode else [])


def malformed(source: Path) -> list[str]:
    """Return what msgfmt finds wrong: placeholders, or fewer plural forms than the language has."""
    command = ["msgfmt", "--check", "--output-file=/dev/null", str(source)]
    found = subprocess.run(command, capture_output=True, text=True)
    return found.stderr.strip().splitlines() if found.returncode else []


def check() -> list[str]:
    """What is wrong with the catalogues, in words."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        copy = work / PACKAGE.name
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "static"))
        collect(copy)
        for language in LANGUAGES:
            source = catalogue(PACKAGE, language, "po")
            wrong += differences(source, catalogue(copy, language, "po"))[:20]
            wrong += malformed(source)
            if missing := untranslated(source):
                wrong.append(f"{language}: {missing} texts are not translated")
            compile_one(source, work / "now.mo")
            if texts(work / "now.mo") != texts(catalogue(PACKAGE, language, "mo")):
                wrong.append(f"{language}: the compiled catalogue is not current")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, say what is wrong")
    if parser.parse_args().check:
        wrong = check()
        print("\n".join(wrong) or f"Complete: {', '.join(LANGUAGES)}")
        sys.exit(bool(wrong) and "Run make messages, and translate what is new.")
    collect(PACKAGE)
    for language in LANGUAGES:
        source = catalogue(PACKAGE, language, "po")
        compile_one(source, catalogue(PACKAGE, language, "mo"))
        print(f"{language}: {untranslated(source)} texts to translate in {source}")


if __name__ == "__main__":
    main()
