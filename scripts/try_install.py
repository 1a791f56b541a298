"""Follow docs/how-to/install.md to the letter in a new project, and use the portal.

    python scripts/try_install.py                 install, sign in, open a ticket and answer it
    python scripts/try_install.py --leave-out 3   also leave out three lines of the guide in turn
    python scripts/try_install.py --leave-out all
    python scripts/try_install.py --host allauth --host uuid --host base-page

Runs with the Python of an environment in which the package is installed, and creates the project in
a temporary folder with ``wagtail start``. For a line that's left out, ``check`` has to name it. In
every kind of site, the site's own pages and accounts have to respond the same before and after.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from hosts import HOSTS, SCRIPTS, Host
from install_guide import Line, commands, lines, settings_code, urls_code

WALK = SCRIPTS / "walk_portal.py"
#: Other values are as good: the guide's are what its texts say, or the site has its own.
CHOICES = {"LOGIN_URL", "WAGTAIL_FRONTEND_LOGIN_URL"}
#: Only ``check --deploy`` reports these, because development works without them.
PRODUCTION = {"CACHES", "DEFAULT_FROM_EMAIL"}


class Project:
    """A new project with Wagtail."""

    def __init__(self, folder: Path, host: Host):
        self.folder, self.host = folder, host
        folder.mkdir()
        command = Path(sys.executable).parent / "wagtail"
        subprocess.run([command, "start", "mysite", folder], check=True, stdout=subprocess.DEVNULL)
        self.settings = folder / "mysite" / "settings" / "base.py"
        self.urls = folder / "mysite" / "urls.py"
        shutil.copy(SCRIPTS / "host_flows.py", folder)
        host.prepare(self)
        self.original = self.settings.read_text(), self.urls.read_text()

    def has(self, line: Line) -> bool:
        """Return whether a new project has this line without the guide, which shows it for its
        place."""
        return line.name in self.original[0] and line.kind != "key"

    def lines(self) -> list[Line]:
        """Return the guide's lines for this kind of site."""
        found = []
        for line in lines():
            code = line.code
            for old, new in self.host.instead.items():
                code = code.replace(old, new)
            if not self.host.keeps & {line.target, line.name}:
                found.append(replace(line, code=code))
        return found

    def change(self, wanted: list[Line]) -> None:
        """Add these lines of the guide to the files as they were at first."""
        settings, urls = self.original
        self.settings.write_text(settings + settings_code(wanted))
        self.urls.write_text(urls_code(urls, wanted))

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run a command of the guide."""
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "mysite.settings.dev"}
        if arguments[0].endswith("_flows.py"):
            environment["FLOWS"] = "1"
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def must_run(self, *arguments: str) -> str:
        """Run a command that has to succeed, and return what it prints."""
        result = self.run(*arguments)
        if result.returncode:
            sys.exit(f"{' '.join(arguments)} failed:\n{result.stdout}")
        return result.stdout

    def flows(self) -> list:
        """Use the site itself, and return what each request got."""
        if self.host.flows == "host_flows.py":
            self.must_run("manage.py", "migrate", "-v0")
        # Warnings can come before it.
        return json.loads(self.must_run(self.host.flows).splitlines()[-1])


def follow_guide(project: Project) -> None:
    """Do every step."""
    project.change(project.lines())
    project.host.install(project)
    for command in commands():
        program, *arguments = command.split()
        # The package is installed already.
        if program == "python":
            project.must_run(*arguments)


def missing_message(project: Project, line: Line) -> str:
    """Leave out a line, and return what's wrong with the message; "" if it names the line."""
    project.change([other for other in project.lines() if other != line])
    more = ["--deploy"] if line.target in PRODUCTION else []
    result = project.run("manage.py", "check", *more)
    if (line.target if line.kind == "key" else line.name) in result.stdout:
        return ""
    what = "is fine" if result.returncode == 0 else "says something else:"
    return f"{line.target} without {line.name}: check {what}\n" + result.stdout[-600:]


def compare(before: list, after: list) -> None:
    """Stop if the site itself responds differently."""
    for was, now in zip(before, after, strict=True):
        if was != now:
            sys.exit(f"The site itself responds differently.\nBefore: {was}\nAfter: {now}")
    print(f"The site itself responds as before to {len(before)} requests.")


def try_host(name: str, project: Project) -> None:
    """Install the portal into a kind of site, and use both."""
    before = project.flows()
    begin = time.monotonic()
    follow_guide(project)
    print(project.must_run(str(WALK)), end="")
    seconds = time.monotonic() - begin
    print(f"{name}: from the guide's first step to an answered ticket: {seconds:.0f} s")
    compare(before, project.flows())


def leave_out(project: Project, wanted: str) -> None:
    """Leave out lines of the guide in turn."""
    needed = [line for line in lines() if line.target not in CHOICES and not project.has(line)]
    some = needed if wanted == "all" else needed[:: max(1, len(needed) // (int(wanted) or 1))]
    some = some if wanted == "all" else some[: int(wanted)]
    problems = [problem for line in some if (problem := missing_message(project, line))]
    print(f"{len(some)} of {len(needed)} lines were left out in turn; {len(problems)} unnoticed.")
    if problems:
        sys.exit("\n".join(problems))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leave-out", default="0", help="how many lines, or all")
    parser.add_argument(
        "--host", action="append", choices=HOSTS, help="a kind of site; can be repeated"
    )
    options = parser.parse_args()
    for name in options.host or ["new"]:
        with tempfile.TemporaryDirectory() as folder:
            project = Project(Path(folder) / "mysite", HOSTS[name])
            try_host(name, project)
            if name == "new":
                leave_out(project, options.leave_out)


if __name__ == "__main__":
    main()
