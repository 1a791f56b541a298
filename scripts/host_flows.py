"""Use the pages of a site itself, without its portal, and print every response as JSON.

Runs inside a project, with its settings, and sends every request that a browser would.
"""

# ruff: noqa: E402 - Django has to be set up before models are imported.

import json
import re
import sys

sys.path.insert(0, "")

import django

django.setup()

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import NoReverseMatch, reverse

PASSWORD = "a long password 1"  # noqa: S105
RANDOM = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[^"]+|(?<=\?v=)\w+')
#: What visitors open. Pages that the site doesn't have respond with 404.
PAGES = ("/", "/fr/", "/search/?query=welcome", "/nowhere/", "/login/")
#: What a superuser opens in the admin. The portal adds entries to its menu, and icons.
ADMIN = ("/admin/", "/admin/login/", "/admin/pages/", "/admin/users/", "/admin/settings/")


def main() -> None:
    # A debug page lists all URLs.
    setup_test_environment(debug=False)
    cache.clear()
    user_model = get_user_model()
    names = {user_model.USERNAME_FIELD: "boss@site.example", "email": "boss@site.example"}
    user, _created = user_model.objects.get_or_create(
        **names, defaults={"is_superuser": True, "is_staff": True, "is_active": True}
    )
    user.set_password(PASSWORD)
    user.save()
    visitor, found = Client(), []
    for path in PAGES:
        response = visitor.get(path)
        body = RANDOM.sub("…", response.content.decode())
        found.append([path, response.status_code, response.headers.get("Location"), body])
    try:
        login = reverse("site_login")
    except NoReverseMatch:
        login = "/admin/login/"
    for password in ("wrong", PASSWORD):
        data = {"username": user.get_username(), "password": password}
        response = visitor.post(login, data)
        found.append([f"POST {login}", response.status_code, response.headers.get("Location")])
    found += [[path, visitor.get(path).status_code] for path in ADMIN]
    response = visitor.post("/admin/logout/")
    found.append(["sign out", response.status_code, response.headers.get("Location")])
    json.dump(found, sys.stdout)


main()
