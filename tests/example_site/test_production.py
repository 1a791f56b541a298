"""The production settings pass Django's checks and explain what's missing."""

from collections.abc import Iterator

import pytest

from tests.example_site.conftest import ExampleSite

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "example_site.settings.production",
    "SECRET_KEY": "r4nD0m-" * 10,
    "ALLOWED_HOSTS": "millrace.example, www.millrace.example",
    "DATABASE_URL": "sqlite://:memory:",
    "BASE_URL": "https://millrace.example",
    "EMAIL_HOST": "mail.millrace.example",
}


@pytest.fixture
def production(tmp_path) -> Iterator[ExampleSite]:
    site = ExampleSite(tmp_path, **ENVIRONMENT)
    yield site
    site.stop()


def test_deployment_check_finds_nothing(production):
    result = production.run("check", "--deploy", "--fail-level", "WARNING")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "BASE_URL", "EMAIL_HOST"]
)
def test_missing_variable_is_named(production, name):
    result = production.python("-c", "import example_site.settings.production", **{name: ""})
    assert result.returncode != 0
    assert f"Set the environment variable {name}: " in result.stderr


def test_demo_data_cannot_be_loaded(production):
    result = production.run("load_demo")
    assert result.returncode != 0
    assert "for development only" in result.stderr


def test_emails_page_does_not_exist(production):
    code = "from django.apps import apps; answer = apps.is_installed('example_site.devmail')"
    assert production.ask(code) is False


def test_components_page_does_not_exist(production):
    code = "from django.apps import apps; answer = apps.is_installed('example_site.components')"
    assert production.ask(code) is False
