"""Create a virtual environment and install dependency groups of pyproject.toml into it.

The versions come from the lock files in requirements/, with hashes; `--versions newest` installs
the newest ones available instead. If nothing has changed since the last call, it returns
immediately; if a lock file has changed, it starts over, so that no old versions remain.

It runs on any Python 3, so that it can explain in plain words if the version is too old.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time

NEEDED = (3, 11)
# The first version of pip that supports dependency groups.
PIP = "pip>=25.1"
# For these versions, one lock file contains what the demo and the tests need.
OTHER_LOCKS = ("oldest", "middle")
IN_OTHER_LOCKS = ("demo", "test")


def say(text):
    print(text, file=sys.stderr)
    sys.stderr.flush()


def version(numbers):
    return ".".join(str(number) for number in numbers[:2])


def venv_version(venv):
    """Return the (major, minor) Python version of `venv`, or None if there's no usable one."""
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
    say(f"Choose a newer one with PYTHON, for example: make {goal} PYTHON=python3.13")
    sys.exit(1)


def run(command, log):
    with open(log, "ab") as output:
        failed = subprocess.call(command, stdout=output, stderr=subprocess.STDOUT)
    if failed:
        with open(log, encoding="utf-8", errors="replace") as output:
            say("".join(output.readlines()[-25:]))
        say("The installation failed; see the lines above.")
        say(f"Full log: {log}")
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


def lock_file(group, versions):
    """Return the path of the lock file that contains a group."""
    name = versions if versions in OTHER_LOCKS and group in IN_OTHER_LOCKS else group
    return os.path.join("requirements", name + ".txt")


def states(groups, versions, extra):
    """Return a digest of what each group would be installed from."""
    found = {}
    for group in groups:
        if versions == "newest":
            # There may be newer versions tomorrow.
            state = time.strftime("%Y-%m-%d") + repr(sorted(extra))
            path = "pyproject.toml"
        else:
            state, path = "", lock_file(group, versions)
        with open(path, "rb") as source:
            found[group] = hashlib.sha256(source.read() + state.encode()).hexdigest()
    return found


def install_newest(pip, groups, extra, log):
    run(pip + ["--upgrade", PIP], log)
    command = pip + ["--editable", "."] + extra
    for group in groups:
        command += ["--group", group]
    run(command, log)


def install_locked(pip, groups, versions, log):
    # Build tools have hashes too, so pip mustn't download them again for building.
    own = ["--no-build-isolation", "--require-hashes"]
    run(pip + own + ["--requirement", lock_file("build", versions)], log)
    command = pip + own
    for path in sorted({lock_file(group, versions) for group in groups}):
        command += ["--requirement", path]
    run(command, log)
    run(pip + ["--no-build-isolation", "--no-deps", "--no-index", "--editable", "."], log)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", default=".venv")
    parser.add_argument("--group", action="append", default=[], help="can be repeated")
    parser.add_argument("--versions", default="", choices=("", "oldest", "middle", "newest"))
    parser.add_argument(
        "--with",
        action="append",
        default=[],
        dest="extra",
        help="another requirement, with the newest versions",
    )
    parser.add_argument(
        "--chosen",
        action="store_true",
        help="this Python was requested explicitly: rebuild the environment for it",
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

    stamp_path = os.path.join(venv, "wagtail-portal.json")
    done = read_stamp(stamp_path).get("installed", {}) if keep else {}
    # Keep the groups installed before, unless they no longer exist.
    known = (group for group in done if os.path.exists(lock_file(group, options.versions)))
    groups = sorted({"build", *known, *options.group})
    wanted = states(groups, options.versions, options.extra)
    if keep and done == wanted and os.path.exists(python):
        return

    # An incomplete environment has no stamp.
    outdated = not done or any(wanted.get(group) != state for group, state in done.items())
    if not keep or outdated or not works(venv):
        say(f"Creating a virtual environment in {venv} with Python {version(sys.version_info)} ...")
        if sys.version_info[:2] < NEEDED:
            refuse_old_python()
        if subprocess.call([sys.executable, "-m", "venv", "--clear", venv]):
            say("")
            say(f"Python couldn't create a virtual environment in {venv}.")
            say("On Debian and Ubuntu, the venv module is in a separate package: python3-venv.")
            sys.exit(1)
    elif os.path.exists(stamp_path):
        # If the installation is interrupted, it starts over next time.
        os.remove(stamp_path)

    log = os.path.join(venv, "install.log")
    open(log, "w").close()
    kind = "the newest versions" if options.versions == "newest" else "locked versions"
    say(f"Installing {kind} ({', '.join(groups)}) ...")
    # Don't compile in advance, because most modules are never used.
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    pip.append("--no-compile")
    if options.versions == "newest":
        install_newest(pip, groups, options.extra, log)
    else:
        install_locked(pip, groups, options.versions, log)
    with open(stamp_path, "w") as stamp_file:
        json.dump({"installed": wanted}, stamp_file)


if __name__ == "__main__":
    main()
