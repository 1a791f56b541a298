"""Print the versions in use on one line: Python, the main packages and the database."""

import os
import platform
from importlib.metadata import version

PACKAGES = {
    "Django": "Django",
    "Wagtail": "wagtail",
    "django-allauth": "django-allauth",
    "django-filter": "django-filter",
}
DATABASES = {
    "": "SQLite",
    "sqlite": "SQLite",
    "postgres": "PostgreSQL",
    "postgresql": "PostgreSQL",
    "mysql": "MariaDB or MySQL",
}


def main() -> None:
    names = [f"Python {platform.python_version()}"]
    names += [f"{name} {version(package)}" for name, package in PACKAGES.items()]
    scheme = os.environ.get("DATABASE_URL", "").partition(":")[0]
    print(", ".join(names), "·", DATABASES.get(scheme, scheme))


if __name__ == "__main__":
    main()
