"""The examples for systemd and containers name files, commands and variables that exist."""

import configparser
import json
import re
import runpy
import shlex
import threading
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from urllib.error import HTTPError

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import resolve

from .test_production import ENVIRONMENT

ROOT = settings.TESTS_DIR.parent
DEPLOY = ROOT / "example_site" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def check_command(words: list[str]) -> None:
    """Check that what a command line runs exists."""
    program, *rest = words
    match program.rpartition("/")[2], rest:
        case "python", ["-m", "django", command, *options]:
            application = get_commands()[command]
            parser = load_command_class(application, command).create_parser("django", command)
            parser.parse_args(options)
        case "python", [script]:
            assert (ROOT / script).is_file()
        case "gunicorn", [module, *_options]:
            assert find_spec(module)
        case _:
            raise AssertionError(words)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_run_commands_that_exist(path):
    unit = configparser.RawConfigParser()
    unit.optionxform = str
    unit.read(path, encoding="utf-8")
    service = unit["Service"]
    for key in ("ExecStartPre", "ExecStart"):
        if key in service:
            check_command(shlex.split(service[key]))
    assert find_spec(service["Environment"].partition("=")[2])
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_dockerfile_copies_files_that_exist():
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ")]
    for source in (source for sources in copied for source in sources):
        assert (ROOT / source).exists()
        assert f"!{source.split('/')[0]}" in allowed
    build = next(line for line in text.splitlines() if "collectstatic" in line)
    assert set(re.findall(r"(\w+)=", build)) == ENVIRONMENT.keys() - {"DJANGO_SETTINGS_MODULE"}
    check_command(json.loads(re.search(r"^CMD (.*)$", text, re.MULTILINE)[1]))


def test_compose_file_runs_commands_that_exist(compose):
    services = compose["services"]
    assert {"web", "worker", "postgres", "redis", "s3"} <= services.keys()
    for service in services.values():
        assert {*service.get("depends_on", ())} <= services.keys()
        volumes = {volume.partition(":")[0] for volume in service.get("volumes", ())}
        assert volumes <= compose["volumes"].keys()
        if service["image"] == "portal":
            build = service["build"]
            assert (DEPLOY / build["context"]).resolve() == ROOT
            assert (ROOT / build["dockerfile"]).is_file()
            if "command" in service:
                check_command(shlex.split(service["command"]))


def test_web_server_and_worker_are_checked(compose):
    services = compose["services"]
    for name in ("web", "worker"):
        kind, *command = services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        check_command(command)
    # Who depends on the health of a service waits forever if nothing checks it.
    for service in services.values():
        for name, needed in service.get("depends_on", {}).items():
            if needed["condition"] == "service_healthy":
                assert "healthcheck" in services[name]


@pytest.mark.parametrize("status", [200, 503])
def test_web_server_is_asked_whether_it_is_ready(status, monkeypatch):
    asked = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Host"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.handle_request).start()
        monkeypatch.setenv("PORT", str(server.server_port))
        monkeypatch.setenv("ALLOWED_HOSTS", "support.example, www.support.example")
        with nullcontext() if status == 200 else pytest.raises(HTTPError):
            runpy.run_path(str(DEPLOY / "check_web.py"))
    ((path, host),) = asked
    assert host == "support.example"
    assert resolve(path, "example_site.urls").url_name == "wagtail_portal_ready"


def test_every_variable_is_passed_and_explained(compose):
    passed = compose["services"]["web"]["environment"].keys()
    assert ENVIRONMENT.keys() - {"DJANGO_SETTINGS_MODULE"} <= passed
    used = re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    explained = (DEPLOY / "example.env").read_text(encoding="utf-8")
    assert all(f"\n{name}=" in explained for name in used)
    production = (ROOT / "example_site/settings/production.py").read_text(encoding="utf-8")
    own = [name for name in passed if not name.startswith("AWS_")]
    assert all(f'"{name}"' in production for name in own)
