"""Make the virtual environment and install dependency groups of pyproject.toml into it.

Called by make as often as wanted: when nothing changed it returns at once. It runs on whatever
Python 3 it is given, so that one which is too old can be told so in plain words.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys

NEEDED = (3, 11)
# The first pip that reads dependency groups.
PIP = "pip>=25.1"


def say(text):
    print(text, file=sys.stderr)
    sys.stderr.flush()


def version(numbers):
    return ".".join(str(number) for number in numbers[:2])


def venv_version(venv):
    """The (major, minor) of the Python that `venv` was made with, or None without a usable one."""
    try:
        with open(os.path.join(venv, "pyvenv.cfg")) as config:
            for line in config:
                key, _, value = line.partition("=")
                if key.strip() == "version":
                    return tuple(int(part) for part in value.strip().split(".")[:2])
    except (OSError, ValueError):
        pass
    return None


def refuse_old_python():
    say(f"wagtail-portal needs Python {version(NEEDED)} or newer.")
    say(f"{sys.executable} is Python {version(sys.version_info)}.")
    goal = os.environ.get("MAKE_GOAL", "demo")
    say(f"Name a newer one with PYTHON, for example: make {goal} PYTHON=python3.13")
    sys.exit(1)


def run(command, log):
    with open(log, "ab") as output:
        failed = subprocess.call(command, stdout=output, stderr=subprocess.STDOUT)
    if failed:
        with open(log, encoding="utf-8", errors="replace") as output:
            say("".join(output.readlines()[-25:]))
        say("Installing failed; the lines above say why.")
        say(f"The whole log: {log}")
        sys.exit(1)


def works(venv):
    python = os.path.join(venv, "bin", "python")
    command = [python, "-m", "pip", "--version"]
    try:
        return not subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        return False


def read_stamp(path):
    try:
        with open(path) as stamp:
            return json.load(stamp)
    except (OSError, ValueError):
        return {}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", default=".venv")
    parser.add_argument("--group", action="append", default=[], help="may be given several times")
    parser.add_argument("--pin", action="append", default=[], help="a requirement to hold to")
    parser.add_argument(
        "--chosen", action="store_true", help="this Python was asked for: rebuild for it"
    )
    options = parser.parse_args()

    venv = options.venv
    python = os.path.join(venv, "bin", "python")
    found = venv_version(venv)
    keep = found is not None and found >= NEEDED
    if keep and options.chosen and found != sys.version_info[:2]:
        keep = False
    if not keep and sys.version_info[:2] < NEEDED:
        refuse_old_python()

    with open("pyproject.toml", "rb") as project:
        state = hashlib.sha256(project.read() + repr(sorted(options.pin)).encode()).hexdigest()
    stamp_path = os.path.join(venv, "wagtail-portal.json")
    stamp = read_stamp(stamp_path) if keep else {}
    done = set(stamp.get("groups", [])) if stamp.get("state") == state else set()
    if keep and done.issuperset(options.group) and os.path.exists(python):
        return

    if not keep or not works(venv):
        say(f"Making a virtual environment in {venv} with Python {version(sys.version_info)} ...")
        if sys.version_info[:2] < NEEDED:
            refuse_old_python()
        if subprocess.call([sys.executable, "-m", "venv", "--clear", venv]):
            say("")
            say(f"Python could not make a virtual environment in {venv}.")
            say("On Debian and Ubuntu its venv module is a package of its own: python3-venv.")
            sys.exit(1)
        done = set()

    groups = sorted(done.union(options.group))
    log = os.path.join(venv, "install.log")
    open(log, "w").close()
    say(f"Installing dependencies ({', '.join(groups)}) ...")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    run(pip + ["--upgrade", PIP], log)
    # Python compiles what it uses when it uses it: most of it never.
    command = pip + ["--no-compile", "--editable", "."] + options.pin
    for group in groups:
        command += ["--group", group]
    run(command, log)
    with open(stamp_path, "w") as stamp_file:
        json.dump({"state": state, "groups": groups}, stamp_file)


if __name__ == "__main__":
    main()
