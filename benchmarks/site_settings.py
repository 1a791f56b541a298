"""Settings of the site that ``load.py`` and ``kill.py`` run: the demo, as in production."""

import os
from importlib.util import find_spec

import django

from example_site.settings.demo import *  # noqa: F403
from example_site.settings.demo import DATABASES, INSTALLED_APPS

DEBUG = False

if os.environ.get("SERVER_SIDE_BINDING"):
    DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 5}

WAGTAIL_PORTAL = {
    # All clients use this machine.
    "SIGN_IN": {"RATE_LIMITS": {"request_login_code": "9000/m/ip,9000/h/ip,9000/m/key,9000/h/key"}},
    "TICKETS_PER_HOUR": 0,
    "REPLIES_PER_HOUR": 0,
    "UPLOADS_PER_HOUR": 0,
    "EMAILS_PER_TICKET": 0,
    "EMAILS_PER_ADDRESS": 0,
}

if find_spec("django_tasks_db"):
    INSTALLED_APPS = [*INSTALLED_APPS, "django_tasks_db"]
    TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Emails only go to the script's own email server.
_smtp = "django.core.mail.backends.smtp.EmailBackend"
_port = int(os.environ["EMAIL_PORT"])
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": _smtp, "OPTIONS": {"host": "127.0.0.1", "port": _port}}}
else:
    EMAIL_BACKEND = _smtp
    EMAIL_HOST, EMAIL_PORT = "127.0.0.1", _port
