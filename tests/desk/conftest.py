"""The people of the support team, and browsers in which they are signed in to the admin."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from tests import factories

TICKETS = "wagtailsnippets_wagtail_portal_ticket"


def ticket_url(name: str, *args) -> str:
    """The address of one of the views of tickets."""
    return reverse(f"{TICKETS}:{name}", args=args)


def group(name: str, *codenames: str) -> Group:
    """A group with access to the admin and the rights given."""
    found, _created = Group.objects.get_or_create(name=name)
    found.permissions.set(Permission.objects.filter(codename__in=[*codenames, "access_admin"]))
    return found


def signed_in(user) -> Client:
    """A browser in which ``user`` is signed in."""
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
    """The agent's browser."""
    return signed_in(agent)
