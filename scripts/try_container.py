"""Do what the Dockerfile does, without Docker: build the image's files and start its web server.

    python scripts/try_container.py

The instructions are carried out in a temporary folder with a virtual environment. The one that
creates a system user is left out. Then the web server answers the health check in compose.yaml, on
SQLite.
"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "example_site" / "deploy"
#: In seconds, for the web server to start.
TIMEOUT = 60


def instructions() -> list[tuple[str, str]]:
    """Return the name and the arguments of each instruction of the Dockerfile."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(name, rest) for name, _space, rest in (line.partition(" ") for line in lines) if name]


def ignored(folder: str, names: list[str]) -> set[str]:
    """Return what the build leaves out of the folders that it copies."""
    patterns = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    inside = [pattern for pattern in patterns if "/" in pattern]
    paths = {name: (Path(folder) / name).relative_to(ROOT) for name in names}
    return {
        name
        for name, path in paths.items()
        if any(path.match(pattern.removeprefix("**/")) for pattern in inside)
    }


def copy(sources: list[str], target: Path) -> None:
    for source in sources:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=ignored, dirs_exist_ok=True)
        else:
            to_folder = target.is_dir() or len(sources) > 1
            shutil.copy(ROOT / source, target / Path(source).name if to_folder else target)


def run(command, **options) -> None:
    print("$", command if isinstance(command, str) else shlex.join(command), flush=True)
    subprocess.run(command, check=True, **options)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="try-container-") as name:
        base = Path(name)
        work, venv = base / "work", base / "venv"
        work.mkdir()
        run([sys.executable, "-m", "venv", str(venv)])
        kept = {key: os.environ[key] for key in ("HOME", "LANG") if key in os.environ}
        kept |= {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
        environment = {**kept, "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        for instruction, rest in instructions():
            if instruction == "ENV":
                environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
                environment["EXAMPLE_SITE_VAR"] = str(base / "var")
            elif instruction == "COPY":
                *sources, target = shlex.split(rest)
                copy(sources, work / target)
            elif instruction == "RUN" and "useradd" not in rest:
                run(rest, shell=True, env=environment, cwd=work)  # noqa: S604
            elif instruction == "CMD":
                command = json.loads(rest)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment |= {
            "SECRET_KEY": "s" * 60,
            "ALLOWED_HOSTS": "support.example",
            "BASE_URL": "https://support.example",
            "EMAIL_HOST": "127.0.0.1",
            "DATABASE_URL": f"sqlite:///{base / 'db.sqlite3'}",
            "PORT": str(port),
        }
        run(["python", "-m", "django", "migrate", "--verbosity=0"], env=environment, cwd=work)
        command[command.index("--bind") + 1] = f"127.0.0.1:{port}"
        server = subprocess.Popen(command, env=environment, cwd=work)
        check = ["python", "example_site/deploy/check_web.py"]
        try:
            until = time.monotonic() + TIMEOUT
            while subprocess.run(check, env=environment, cwd=work, capture_output=True).returncode:
                if server.poll() is not None or time.monotonic() > until:
                    run(check, env=environment, cwd=work)
                time.sleep(1)
        finally:
            server.terminate()
            server.wait()
    print("The web server is ready.")


if __name__ == "__main__":
    main()
