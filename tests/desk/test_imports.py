"""CSV import of organizations and members, and filters of their listings."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import ModelLogEntry

from tests import factories
from wagtail_portal.desk.imports import table
from wagtail_portal.models import Member, Organization, Role

from .conftest import signed_in


@pytest.fixture
def desk(manager):
    return signed_in(manager)


def url(kind):
    return reverse("wagtail_portal_import", args=[kind])


def preview(browser, kind, content):
    content = content if isinstance(content, bytes) else content.encode()
    file = SimpleUploadedFile("customers.csv", content, content_type="text/csv")
    return browser.post(url(kind), {"file": file})


def errors(response) -> dict[int, str]:
    return {row.number: " ".join(row.errors) for row in response.context["rows"] if row.errors}


ORGANIZATIONS = """\
name,external_id,domains
Birk,C-1,birk.example birk.test
Acme,,
,C-3,
Cedar,C-4,not a domain!
Dune,C-1,
"""


class TestOrganizations:
    def test_preview_changes_nothing_and_shows_what_would_happen(self, desk, acme):
        response = preview(desk, "organizations", ORGANIZATIONS)
        assert Organization.objects.filter(key=None).count() == 1
        assert (response.context["new"], response.context["known"]) == (1, 1)
        found = errors(response)
        assert found[4] == "Enter a name."
        assert "“domain!” isn’t a valid domain." in found[5]
        assert found[6] == "This is a duplicate of row 2."
        html = response.content.decode()
        assert "1 row will be imported." in html and "3 rows have errors" in html

    def test_valid_rows_are_imported_once(self, desk, acme, manager):
        for _time in range(2):
            response = desk.post(url("organizations"), {"text": ORGANIZATIONS}, follow=True)
        birk = Organization.objects.get(external_id="C-1")
        assert birk.name == "Birk"
        assert {row.domain for row in birk.domains.all()} == {"birk.example", "birk.test"}
        assert not birk.domains.exclude(verified_at=None).exists()
        assert Organization.objects.filter(key=None).count() == 2
        assert "0 rows were imported." in response.content.decode()
        entry = ModelLogEntry.objects.get(action="wagtail_portal.create_organization", user=manager)
        assert entry.object_id == str(birk.pk)

    def test_domain_of_another_organization_is_rejected(self, desk):
        factories.organization("Acme", domains=["acme.example"])
        response = preview(desk, "organizations", "name;domains\nBirk;acme.example\n")
        assert errors(response) == {
            2: "The domain acme.example already belongs to another organization."
        }


MEMBERS = """\
E-mail address,Name,Organization,Role
Toni@Birk.example,Toni Ek,C-1,Admin
dana@acme.example,Dana,Acme,
nobody,,Acme,
a@acme.example,,Nowhere,King
toni@birk.example,,Birk,
"""


class TestMembers:
    @pytest.fixture(autouse=True)
    def _birk(self, dana):
        factories.organization("Birk", external_id="C-1")

    def test_preview_shows_errors(self, desk):
        response = preview(desk, "members", MEMBERS)
        assert Member.objects.count() == 1
        assert (response.context["new"], response.context["known"]) == (1, 1)
        found = errors(response)
        assert found[4] == "“nobody” isn’t a valid email address."
        assert (
            found[5] == "There is no organization called “Nowhere”. There is no role called “King”."
        )
        assert found[6] == "This is a duplicate of row 2."

    def test_members_are_imported_once(self, desk):
        for _time in range(2):
            desk.post(url("members"), {"text": MEMBERS})
        toni = Member.objects.get(organization__name="Birk")
        assert (toni.email, toni.name, toni.role.key) == ("toni@birk.example", "Toni Ek", "admin")
        assert Member.objects.count() == 2

    def test_ambiguous_organization_name_is_rejected(self, desk):
        factories.organization("Birk")
        response = preview(
            desk, "members", "email,organization\na@b.example,Birk\nc@b.example,C-1\n"
        )
        assert "Several organizations are called “Birk”" in errors(response)[2]
        assert 3 not in errors(response)

    def test_visitors_organization_cannot_have_members(self, desk):
        Organization.objects.create(name="Visitors", key="visitors")
        response = preview(desk, "members", "email,organization\na@b.example,Visitors\n")
        assert errors(response) == {2: "There is no organization called “Visitors”."}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"who,what\n1,2\n", "Missing: name"),
        ("name\nJürgen".encode("latin-1"), "encoded in UTF-8"),
        (b'name\n"' + b"x" * 140_000, "a valid CSV file"),
        (b"name\n" + b"x\n" * (table.ROWS + 1), "more than 1000 rows"),
        (b"x" * (table.BYTES + 1), "too large"),
    ],
)
def test_unreadable_files_are_rejected(desk, content, words):
    html = preview(desk, "organizations", content).content.decode()
    assert words in html
    assert not Organization.objects.filter(key=None).exists()


def test_file_contents_are_escaped(desk):
    html = preview(desk, "organizations", "name\n<script>alert(1)</script>\n").content.decode()
    assert "<script>alert" not in html


def test_exported_file_can_be_imported(desk, dana):
    listing = reverse("wagtailsnippets_wagtail_portal_member:list")
    file = b"".join(desk.get(listing, {"export": "csv"}).streaming_content)
    response = preview(desk, "members", file)
    assert (response.context["known"], response.context["wrong"]) == (1, 0)


@pytest.mark.parametrize("kind", ["organizations", "members"])
@pytest.mark.parametrize("person", ["editor", "viewer", "agent"])
def test_import_requires_permission(request, kind, person, acme):
    browser = signed_in(request.getfixturevalue(person))
    for send in (browser.get, browser.post):
        assert send(url(kind), {"text": ORGANIZATIONS}).url == "/admin/"
    assert Organization.objects.filter(key=None).count() == 1


def test_unknown_kind_is_not_found(desk):
    assert desk.get("/admin/portal/import/tickets/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (lambda m: {"organization": m["dana"].organization_id}, {"Dana Reyes"}),
        (lambda m: {"role": Role.objects.get(key="admin").pk}, {"Toni Ek"}),
        (lambda m: {"signed_in": "true"}, set()),
        (lambda m: {"signed_in": "false"}, {"Dana Reyes", "Toni Ek"}),
        (lambda m: {"joined_to": "2020-01-01"}, set()),
    ],
)
def test_member_filters(desk, dana, query, found):
    toni = factories.member(factories.organization("Birk"), name="Toni Ek", role="admin")
    listing = reverse("wagtailsnippets_wagtail_portal_member:list")
    response = desk.get(listing, query({"dana": dana, "toni": toni}))
    assert {member.name for member in response.context["object_list"]} == found
    assert url("members") in response.content.decode()


def test_organization_filters(desk, acme):
    listing = reverse("wagtailsnippets_wagtail_portal_organization:list")
    assert list(desk.get(listing, {"created_to": "2020-01-01"}).context["object_list"]) == []
    response = desk.get(listing, {"created_from": "2020-01-01"})
    assert acme in response.context["object_list"]
    assert url("organizations") in response.content.decode()
