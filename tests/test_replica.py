"""The router in the documentation sends reads to a replica that's behind, without anyone seeing it
who mustn't. The replica here never catches up."""

import sys
from types import ModuleType

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.test_docs import FENCE, page
from wagtail_portal import actions
from wagtail_portal.models import Role
from wagtail_portal.permissions import Actor

REPLICA = "replica"
REPORT = "/admin/portal/report/"


@pytest.fixture
def example(settings, monkeypatch):
    """The module in the documentation, used by the site."""
    if connection.vendor != "sqlite":
        pytest.skip("the replica is a copy of an SQLite database")
    code = next(
        code for *_fence, code in FENCE.findall(page("how-to/scale.md")) if "Router" in code
    )
    module = ModuleType("documented_replica")
    exec(code, module.__dict__)  # noqa: S102
    monkeypatch.setitem(sys.modules, module.__name__, module)
    settings.DATABASE_ROUTERS = ["documented_replica.ReplicaRouter"]
    settings.MIDDLEWARE = ["documented_replica.replica_middleware", *settings.MIDDLEWARE]
    return module


@pytest.fixture
def freeze(example, tmp_path):
    """Return ``freeze()``, which creates the replica as a copy of the current database."""

    def copy():
        file = tmp_path / "replica.sqlite3"
        file.write_bytes(connection.connection.serialize())
        same = connections.databases["default"]
        connections.databases[REPLICA] = {**same, "NAME": file, "CONN_MAX_AGE": None}
        # Tests may only connect to databases that are in the settings.
        connections[REPLICA].connect()

    yield copy
    if REPLICA in connections.databases:
        connections[REPLICA].close()
        del connections[REPLICA]
        del connections.databases[REPLICA]


def test_only_lists_and_reports_are_behind(home, acme, dana, team, as_member, freeze):
    ticket = factories.ticket(dana, subject="The first one")
    member, manager = as_member(dana), Client()
    manager.force_login(factories.staff(is_superuser=True))
    freeze()
    newer = factories.ticket(dana, subject="The second one")

    with CaptureQueriesContext(connections[REPLICA]) as queries:
        shown = member.get("/support/").content.decode()
        opened = manager.get(REPORT).context["report"].total.opened
    assert queries and all(query["sql"].startswith("SELECT") for query in queries)
    assert "The first one" in shown and "The second one" not in shown and opened == 1

    # Everything else is up to date, such as the link in an email.
    with CaptureQueriesContext(connections[REPLICA]) as queries:
        assert member.get(f"/support/tickets/{newer.number}/").status_code == 200
        assert member.get("/support/new/").status_code == 200
        assert manager.get("/admin/snippets/wagtail_portal/ticket/").status_code == 200
    assert not queries

    # Those who have written something see it at once.
    reply = {"body": "Still broken"}
    member.post(f"/support/tickets/{ticket.number}/reply/", reply)
    assert "The second one" in member.get("/support/").content.decode()


def test_lost_access_is_lost_at_once(home, dana, team, as_member, freeze):
    factories.ticket(dana, subject="The first one")
    member = as_member(dana)
    freeze()
    assert "The first one" in member.get("/support/").content.decode()
    actions.change_role(dana, by=Actor.system(), role=Role.objects.get(key=Role.NO_ACCESS))
    assert "The first one" not in member.get("/support/").content.decode()
