"""Fixtures for every test: clean caches, a folder for files, and Chromium where it's installed."""

import gc
import os
import shutil
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes depends on how busy the machine is, so there's no deadline.
settings.register_profile(
    "portal",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("portal")

#: The headless shell comes first: tests only need the browser, without its user interface.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def chromium_names() -> tuple[str, ...]:
    """Return the names to look for: ``CHROMIUM`` if it's set, otherwise the usual names."""
    wanted = os.environ.get("CHROMIUM")
    return (wanted,) if wanted else CHROMIUM_NAMES


def find_chromium() -> str | None:
    """Return the path of the first Chromium found, or None."""
    return next(filter(None, map(shutil.which, chromium_names())), None)


def pytest_configure(config):
    if os.environ.get("REQUIRE_BROWSER") == "1" and find_chromium() is None:
        raise pytest.UsageError(
            "REQUIRE_BROWSER=1, but there is no Chromium: install one, or name it with CHROMIUM."
        )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Use one process more than there are cores, because browser tests spend much time waiting."""
    without = find_chromium() is None or "not browser" in config.option.markexpr
    return (os.cpu_count() or 1) + (0 if without else 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    items[:] = balanced(items, getattr(config, "workerinput", {}).get("workercount", 1))
    if find_chromium() is None:
        skip = pytest.mark.skip(reason="no Chromium found")
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(skip)


def balanced(items: list, processes: int) -> list:
    """Order the tests so that processes taking equal shares finish at the same time.

    The first process starts with the browser tests, which share a Chromium and a site; the others
    start with the longest tests. A process that's done takes over tests others haven't started.
    """
    if processes == 1:
        return items
    browser = [item for item in items if item.get_closest_marker("browser")]
    long = [item for item in items if item.get_closest_marker("long")]
    first = {*browser, *long}
    others = iter([item for item in items if item not in first])
    shares = [browser, *(long[place :: processes - 1] for place in range(processes - 1))]
    ordered = []
    for place, share in enumerate(shares):
        # As pytest-xdist does: divide the remaining tests by the remaining processes.
        size = (len(items) - len(ordered)) // (processes - place)
        ordered += [*share, *islice(others, max(size - len(share), 0))]
    return [*ordered, *others]


def pytest_terminal_summary(terminalreporter):
    reports = [report for found in terminalreporter.stats.values() for report in found]
    walked = sum(
        number
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, number in report.user_properties
        if name == "walked"
    )
    if walked:
        terminalreporter.write_line(
            f"The walks tried {walked:,} (person, URL, group) combinations."
        )
    # Skipped browser tests are easy to miss in a quiet run, so mention them on a separate line.
    if find_chromium() is None:
        terminalreporter.write_line(
            "The browser tests were SKIPPED: no Chromium found"
            f" (looked for {', '.join(chromium_names())}; CHROMIUM=… names another).",
            yellow=True,
            bold=True,
        )


@pytest.fixture(scope="session")
def _pause_garbage_collection():
    # Migrations create thousands of model classes, all of which are needed until the end.
    # Collecting garbage would take a third of their time.
    gc.disable()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    """The folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Give the database a different name in each run as well."""
    from tests.databases import name_for_this_run

    name_for_this_run()


@pytest.fixture(scope="session")
def _migrated_database(django_db_modify_db_settings, run_folder):
    from django.db import connection

    from tests.databases import MigratedDatabase

    shares = connection.vendor == "sqlite" and "PYTEST_XDIST_WORKER" in os.environ
    return MigratedDatabase(run_folder) if shares else None


@pytest.fixture(scope="session")
def django_db_keepdb(_migrated_database):
    """Reuse the database if another process of this run has already migrated it."""
    return _migrated_database is not None and _migrated_database.fetch()


@pytest.fixture(scope="session")
def django_db_setup(
    _pause_garbage_collection, _migrated_database, django_db_keepdb, django_db_setup
):
    """Set up pytest-django's database for this run."""
    if _migrated_database is not None and not django_db_keepdb:
        _migrated_database.save()
    # Don't scan the objects that exist by now again, which would take a tenth of the time of all
    # tests.
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


_blocker = pytest.StashKey()


@pytest.fixture(scope="session", autouse=True)
def _remember_blocker(request, django_db_blocker):
    request.config.stash[_blocker] = django_db_blocker


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Restore the data that migrations create after a test with real transactions has flushed it.

    Such tests usually run last, but not if a process takes over another one's tests.
    """
    result = yield
    marker = item.get_closest_marker("django_db")
    if nextitem is not None and marker is not None and marker.kwargs.get("transaction"):
        from django.db import connection

        with item.config.stash[_blocker].unblock():
            connection.creation.deserialize_db_from_string(connection._test_serialized_contents)
            connection.close()
    return result


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of the Chromium that browser tests start."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium found")
    return path


@pytest.fixture(scope="session")
def demo_folder(run_folder) -> Path:
    """The example site's database and files with a little data. Copy it before use."""
    from tests.demo_folder import load_demo

    return load_demo(run_folder)


@pytest.fixture(autouse=True)
def _empty_caches():
    # allauth counts some attempts here, and those of one test would count towards the next one's.
    from django.core.cache import caches

    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture
def portal_files() -> Path:
    """The folder in which the storage ``portal`` keeps attachments."""
    from django.core.files.storage import storages

    return Path(storages["portal"].location)


@pytest.fixture
def home(db):
    """The portal of the default site at ``/support/``."""
    from tests import factories

    return factories.portal_home()


@pytest.fixture
def acme(db):
    """An organization."""
    from tests import factories

    return factories.organization("Acme")


@pytest.fixture
def dana(acme):
    """A plain member of Acme."""
    from tests import factories

    return factories.member(acme, "dana@acme.example", name="Dana Reyes")


@pytest.fixture
def as_member(client):
    """Return ``as_member(member)``, a test client in which the member is signed in."""
    from django.test import Client

    def sign_in(member):
        browser = Client()
        browser.force_login(
            member.user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        return browser

    return sign_in


@pytest.fixture
def browser(as_member, dana):
    """A test client in which a plain member of Acme is signed in."""
    return as_member(dana)


@pytest.fixture
def customer(dana):
    """The same member as an actor."""
    from wagtail_portal.permissions import Actor

    return Actor.for_member(dana)


@pytest.fixture
def team(db):
    """An agent as an actor."""
    from tests import factories
    from wagtail_portal.permissions import Actor

    return Actor.for_agent(factories.agent(name="Robin Vale"))


@pytest.fixture
def ticket(home, dana):
    """A ticket requested by the member."""
    from tests import factories

    return factories.ticket(dana)


@pytest.fixture
def mail_server(settings):
    """Return ``mail_server(up)``, which switches to an unreachable email server and back."""
    import django

    locmem = "django.core.mail.backends.locmem.EmailBackend"
    smtp = "django.core.mail.backends.smtp.EmailBackend"

    def switch(up: bool):
        if django.VERSION >= (6, 1):
            nobody = {"BACKEND": smtp, "OPTIONS": {"host": "127.0.0.1", "port": 1}}
            settings.MAILERS = {"default": {"BACKEND": locmem} if up else nobody}
        else:
            settings.EMAIL_BACKEND = locmem if up else smtp
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    return switch
