"""Run the checks with other versions and databases, in environments of their own.

    pip install nox
    nox --list
    nox --session "tests(python='3.11', versions='oldest', database='sqlite')" -- tests/actions
    nox --session "combination(python='3.13', wagtail='8.0', django='6.1')"

`make` and `.ci/run` check the usual versions; this is for all the others. Tests on PostgreSQL and
MariaDB need a server: set POSTGRES_URL or MARIADB_URL, or they use the ones on this machine.
"""

import os

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "docs"]

#: The Python that each set of locked versions is for.
VERSIONS = {"oldest": "3.11", "middle": "3.12", "usual": "3.13"}
DATABASES = {
    "sqlite": ("", ""),
    "postgres": ("POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/portal"),
    "mariadb": ("MARIADB_URL", "mysql://root@127.0.0.1:3306/portal"),
}
#: The versions of Django that each version of Wagtail supports, and that we do.
COMBINATIONS = {"7.4": ("5.2", "6.0"), "8.0": ("5.2", "6.0", "6.1")}
DRIVERS = {"postgres": "postgres", "mariadb": "mysql"}


def install_locked(session: nox.Session, *locks: str) -> None:
    """Install the versions of lock files, and the package."""
    options = ["--no-build-isolation", "--require-hashes"]
    for lock in ("build", *locks):
        session.install(*options, "--requirement", f"requirements/{lock}.txt")
    session.install("--no-build-isolation", "--no-deps", "--editable", ".")


def run_tests(session: nox.Session, database: str) -> None:
    """Run the tests on a database, with the arguments after ``--``."""
    variable, default = DATABASES[database]
    url = os.environ.get(variable, default) if variable else ""
    env = {"DATABASE_URL": url} if url else {}
    session.run("python", "scripts/versions.py", env=env)
    arguments = session.posargs or ["-m", "not browser"]
    session.run("pytest", "--numprocesses", "auto", "--dist", "worksteal", *arguments, env=env)


@nox.session
@nox.parametrize("database", list(DATABASES))
@nox.parametrize("python,versions", [(python, name) for name, python in VERSIONS.items()])
def tests(session: nox.Session, versions: str, database: str) -> None:
    """Run the suite with a set of locked versions on a database."""
    driver = [DRIVERS[database]] if database in DRIVERS else []
    install_locked(session, "test" if versions == "usual" else versions, *driver)
    run_tests(session, database)


@nox.session
@nox.parametrize(
    "python,wagtail,django",
    [
        ("3.11" if django == "5.2" else "3.13", wagtail, django)
        for wagtail, versions in COMBINATIONS.items()
        for django in versions
    ],
)
def combination(session: nox.Session, wagtail: str, django: str) -> None:
    """Run the suite on SQLite with the newest releases of a series of Wagtail and of Django."""
    session.install("pip>=25.1")
    wanted = [f"wagtail=={wagtail}.*", f"Django=={django}.*"]
    session.install("--editable", ".", "--group", "test", *wanted)
    run_tests(session, "sqlite")


@nox.session(python="3.13")
def lint(session: nox.Session) -> None:
    """Check code, types, templates and layers."""
    install_locked(session, "lint", "test")
    sources = ("wagtail_portal", "example_site", "tests", "scripts", "noxfile.py")
    session.run("ruff", "check", *sources)
    session.run("ruff", "format", "--check", *sources)
    session.run("mypy", "wagtail_portal")
    session.run("curlylint", "--parse-only", "--quiet", "wagtail_portal", "example_site", "tests")
    session.run("lint-imports", "--no-cache", "--no-logo")
    session.run("python", "scripts/check_locks.py")


@nox.session(python="3.13")
def docs(session: nox.Session) -> None:
    """Build the documentation's site in site/."""
    install_locked(session, "docs")
    session.run("mkdocs", "build", "--strict", env={"NO_MKDOCS_2_WARNING": "1"})
