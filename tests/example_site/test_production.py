"""The production settings pass Django's checks and explain what's missing."""

import sys
from collections.abc import Iterator
from importlib import import_module

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.example_site.conftest import ExampleSite

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "example_site.settings.production",
    "SECRET_KEY": "r4nD0m-" * 10,
    "ALLOWED_HOSTS": "millrace.example, www.millrace.example",
    "DATABASE_URL": "sqlite://:memory:",
    "BASE_URL": "https://millrace.example",
    "EMAIL_HOST": "mail.millrace.example",
}


@pytest.fixture(scope="module")
def production(tmp_path_factory) -> Iterator[ExampleSite]:
    site = ExampleSite(tmp_path_factory.mktemp("production"), **ENVIRONMENT)
    yield site
    site.stop()


def test_deployment_check_finds_nothing(production):
    result = production.run("check", "--deploy", "--fail-level", "WARNING")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "BASE_URL", "EMAIL_HOST"]
)
def test_missing_variable_is_named(monkeypatch, name):
    for variable, value in {**ENVIRONMENT, name: ""}.items():
        monkeypatch.setenv(variable, value)
    # They change lists, so each import begins anew and is forgotten afterwards.
    for module in ("example_site.settings.base", "example_site.settings.production"):
        monkeypatch.setitem(sys.modules, module, None)
        del sys.modules[module]
    with pytest.raises(ImproperlyConfigured, match=f"^Set the environment variable {name}: "):
        import_module("example_site.settings.production")


def test_demo_data_cannot_be_loaded(production):
    code = """
        from django.core.management import CommandError, call_command
        try:
            call_command("load_demo")
        except CommandError as error:
            answer = str(error)
    """
    assert "for development only" in production.ask(code)


def test_emails_page_does_not_exist(production):
    code = "from django.apps import apps; answer = apps.is_installed('example_site.devmail')"
    assert production.ask(code) is False


def test_components_page_does_not_exist(production):
    code = "from django.apps import apps; answer = apps.is_installed('example_site.components')"
    assert production.ask(code) is False
