"""Imports, whose rows share transactions."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from tests import factories
from wagtail_portal import actions
from wagtail_portal.actions.people import import_customers, provision_user
from wagtail_portal.models import CustomerImport, FormerOrganization, Member, Organization, Role
from wagtail_portal.permissions import Actor


@pytest.fixture
def manager(db):
    return factories.staff("Support managers")


def run(manager, kind, rows) -> CustomerImport:
    begun = actions.begin_import(by=Actor.for_agent(manager), kind=kind, rows=enumerate(rows, 1))
    return actions.continue_import(begun)


def member_row(organization, email, role=None, name="") -> dict:
    pk = getattr(organization, "pk", organization)
    return {"organization": pk, "role": role and role.pk, "email": email, "name": name}


def organization_row(name, external_id=None, *domains) -> dict:
    return {"name": name, "external_id": external_id, "domains": domains}


@pytest.mark.parametrize(("kind", "once", "each"), [("members", 21, 4), ("organizations", 13, 9)])
def test_each_further_row_takes_few_queries(manager, acme, kind, once, each):
    def queries(first, number):
        rows = [
            member_row(acme, f"p{n}@acme.example")
            if kind == "members"
            else organization_row(f"O {n}", f"C-{n}", f"o{n}.example")
            for n in range(first, first + number)
        ]
        with CaptureQueriesContext(connection) as found:
            done = run(manager, kind, rows)
        assert done.done == number
        return len(found)

    queries(0, 2)
    assert queries(10, 5) == once + each * 5
    assert queries(20, 15) == once + each * 15


@pytest.mark.parametrize("size", [1, import_customers.SIZE], ids=["one by one", "together"])
class TestAnySize:
    """What happens to a row doesn't depend on how many are imported in one transaction."""

    @pytest.fixture(autouse=True)
    def _size(self, size, monkeypatch):
        monkeypatch.setattr(import_customers, "SIZE", size)

    def test_members(self, manager, dana):
        acme, admin = dana.organization, Role.objects.get(key="admin")
        birk = factories.organization("Birk", default_role=admin)
        done = run(
            manager,
            "members",
            [
                member_row(acme, "Toni@Birk.example", admin, "Toni Ek"),
                member_row(birk, "toni@birk.example"),
                member_row(birk, "toni@birk.example"),
                member_row(acme, dana.email, admin),
                member_row(birk, dana.email),
                member_row(acme, "kim@acme.example", name="Kim"),
            ],
        )
        assert (done.done, done.failed) == (6, 0)
        found = Member.objects.select_related("user", "organization", "role").order_by("pk")
        assert [(row.organization.name, row.email, row.name, row.role.key) for row in found] == [
            ("Acme", dana.email, dana.name, "member"),
            ("Acme", "toni@birk.example", "Toni Ek", "admin"),
            ("Birk", "toni@birk.example", "Toni Ek", "admin"),
            ("Birk", dana.email, dana.name, "admin"),
            ("Acme", "kim@acme.example", "Kim", "member"),
        ]
        entries = ModelLogEntry.objects.filter(action="wagtail_portal.create_member", user=manager)
        assert {(row.object_id, row.data["member"], row.label) for row in entries} == {
            (str(row.organization_id), row.pk, row.organization.name) for row in found[1:]
        }

    def test_problem_of_one_member_stops_no_other(self, manager, acme):
        rows = [member_row(acme, email) for email in ("a@acme.example", "no", "b@acme.example")]
        done = run(manager, "members", rows)
        assert (done.done, done.failed) == (2, 1)
        assert [number for number, _problem in done.problems] == [2]

    def test_members_of_organizations_that_were_merged_or_deleted(self, manager, acme):
        merged, deleted = factories.organization("Birk"), factories.organization("Gone")
        pks = merged.pk, deleted.pk
        FormerOrganization.objects.create(former_pk=merged.pk, organization=acme, name="Birk")
        Organization.objects.filter(pk__in=pks).delete()
        rows = [member_row(pk, f"p{pk}@acme.example") for pk in pks]
        done = run(manager, "members", rows)
        assert done.problems == [[2, "This no longer exists."]]
        assert [row.email for row in acme.members.all()] == [rows[0]["email"]]

    def test_user_whom_another_process_creates_at_this_very_moment(
        self, manager, acme, monkeypatch
    ):
        users, check = get_user_model().objects, provision_user.check_address

        def slow_check(user, field):
            if user.email == "kim@acme.example" and not users.filter(email=user.email).exists():
                users.create_user(username=user.email, email=user.email)
            check(user, field)

        monkeypatch.setattr(provision_user, "check_address", slow_check)
        rows = [member_row(acme, f"{name}@acme.example") for name in ("a", "kim", "b")]
        done = run(manager, "members", rows)
        assert (done.done, done.failed) == (3, 0)
        assert acme.members.count() == users.filter(email__endswith="@acme.example").count() == 3

    def test_organizations(self, manager, acme):
        rows = [
            organization_row("Birk", None, "birk.example"),
            organization_row("Birk"),
            organization_row("Birk Ltd", "C-1", "BIRK.test"),
            organization_row("Cato", "C-1"),
            organization_row("Dora", None, "birk.test"),
            organization_row(""),
            organization_row("Enno", None, "gmail.com"),
            organization_row("Fara", "", "fara.example", "fara.test"),
        ]
        done = run(manager, "organizations", rows)
        assert [number for number, _problem in done.problems] == [2, 4, 5, 6, 7]
        found = Organization.objects.filter(key=None).exclude(pk=acme.pk)
        assert [
            (row.name, row.external_id, *(domain.domain for domain in row.domains.all()))
            for row in found.order_by("pk")
        ] == [
            ("Birk", None, "birk.example"),
            ("Birk Ltd", "C-1", "birk.test"),
            ("Fara", None, "fara.example", "fara.test"),
        ]
        for row in found:
            (entry,) = ModelLogEntry.objects.for_instance(row)
            assert (entry.action, entry.label) == ("wagtail_portal.create_organization", row.name)
            assert entry.user == manager

    def test_existing_organizations_stay_as_they_are(self, manager, acme):
        rows = [organization_row("Birk"), organization_row("Acme"), organization_row("Cato")]
        done = run(manager, "organizations", rows)
        assert done.problems == [[2, "There is already an organization with this name."]]
        assert Organization.objects.filter(key=None).count() == 3

    def test_process_that_dies_imports_nothing_twice(self, manager, acme, monkeypatch):
        save = Member.save

        def die(member, *args, **kwargs):
            if member.user.email == "p3@acme.example":
                raise SystemExit
            save(member, *args, **kwargs)

        rows = [member_row(acme, f"p{number}@acme.example") for number in range(6)]
        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(Member, "save", die)
            run(manager, "members", rows)
        begun = CustomerImport.objects.get()
        assert begun.done == begun.position == acme.members.count()
        done = actions.continue_import(begun)
        assert (done.done, done.failed, acme.members.count()) == (6, 0, 6)
