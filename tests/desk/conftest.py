"""Support team users, and test clients in which they're signed in to the admin."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from tests import factories

TICKETS = "wagtailsnippets_wagtail_portal_ticket"


def ticket_url(name: str, *args) -> str:
    """Return the URL of a ticket view."""
    return reverse(f"{TICKETS}:{name}", args=args)


def group(name: str, *codenames: str) -> Group:
    """Create a group with access to the admin and the given permissions."""
    found, _created = Group.objects.get_or_create(name=name)
    found.permissions.set(Permission.objects.filter(codename__in=[*codenames, "access_admin"]))
    return found


def signed_in(user) -> Client:
    """Return a test client in which ``user`` is signed in."""
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.fixture
def agent(db):
    return factories.agent(name="Robin Agent")


@pytest.fixture
def colleague(db):
    return factories.agent(name="Sam Colleague")


@pytest.fixture
def viewer(db):
    group("Viewers", "view_ticket")
    return factories.staff("Viewers", name="Vic Viewer")


@pytest.fixture
def editor(db):
    group("Editors without rights")
    return factories.staff("Editors without rights", name="Eli Editor")


@pytest.fixture
def manager(db):
    return factories.staff("Support managers", name="Mo Manager")


@pytest.fixture
def superuser(db):
    return factories.staff(name="Sue Super", is_superuser=True, is_staff=True)


@pytest.fixture
def ticket(dana):
    return factories.ticket(dana, subject="The export is stuck", body="It **never** ends.")


@pytest.fixture
def desk(agent):
    """A test client in which the agent is signed in."""
    return signed_in(agent)
