"""Organizations and members from a CSV file, and what their listings can be filtered by."""

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


def look(browser, kind, content):
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
    def test_a_look_changes_nothing_and_says_what_would_happen(self, desk, acme):
        response = look(desk, "organizations", ORGANIZATIONS)
        assert Organization.objects.filter(key=None).count() == 1
        assert (response.context["new"], response.context["known"]) == (1, 1)
        found = errors(response)
        assert found[4] == "Enter a name."
        assert "“domain!” isn’t a valid domain." in found[5]
        assert found[6] == "This is a duplicate of row 2."
        html = response.content.decode()
        assert "1 row will be imported." in html and "3 rows have errors" in html

    def test_what_is_well_is_taken_in_once(self, desk, acme, manager):
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

    def test_domain_of_another_one(self, desk):
        factories.organization("Acme", domains=["acme.example"])
        response = look(desk, "organizations", "name;domains\nBirk;acme.example\n")
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

    def test_a_look(self, desk):
        response = look(desk, "members", MEMBERS)
        assert Member.objects.count() == 1
        assert (response.context["new"], response.context["known"]) == (1, 1)
        found = errors(response)
        assert found[4] == "“nobody” isn’t a valid email address."
        assert (
            found[5] == "There is no organization called “Nowhere”. There is no role called “King”."
        )
        assert found[6] == "This is a duplicate of row 2."

    def test_taken_in_once(self, desk):
        for _time in range(2):
            desk.post(url("members"), {"text": MEMBERS})
        toni = Member.objects.get(organization__name="Birk")
        assert (toni.email, toni.name, toni.role.key) == ("toni@birk.example", "Toni Ek", "admin")
        assert Member.objects.count() == 2

    def test_a_name_that_two_have(self, desk):
        factories.organization("Birk")
        response = look(desk, "members", "email,organization\na@b.example,Birk\nc@b.example,C-1\n")
        assert "Several organizations are called “Birk”" in errors(response)[2]
        assert 3 not in errors(response)

    def test_visitors_are_no_customers(self, desk):
        Organization.objects.create(name="Visitors", key="visitors")
        response = look(desk, "members", "email,organization\na@b.example,Visitors\n")
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
def test_files_that_cannot_be_read(desk, content, words):
    html = look(desk, "organizations", content).content.decode()
    assert words in html
    assert not Organization.objects.filter(key=None).exists()


def test_what_is_typed_is_escaped(desk):
    html = look(desk, "organizations", "name\n<script>alert(1)</script>\n").content.decode()
    assert "<script>alert" not in html


def test_our_own_files_come_back(desk, dana):
    listing = reverse("wagtailsnippets_wagtail_portal_member:list")
    file = b"".join(desk.get(listing, {"export": "csv"}).streaming_content)
    response = look(desk, "members", file)
    assert (response.context["known"], response.context["wrong"]) == (1, 0)


@pytest.mark.parametrize("kind", ["organizations", "members"])
@pytest.mark.parametrize("person", ["editor", "viewer", "agent"])
def test_it_takes_the_right(request, kind, person, acme):
    browser = signed_in(request.getfixturevalue(person))
    for send in (browser.get, browser.post):
        assert send(url(kind), {"text": ORGANIZATIONS}).url == "/admin/"
    assert Organization.objects.filter(key=None).count() == 1


def test_unknown_kind(desk):
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
def test_filters_of_members(desk, dana, query, found):
    toni = factories.member(factories.organization("Birk"), name="Toni Ek", role="admin")
    listing = reverse("wagtailsnippets_wagtail_portal_member:list")
    response = desk.get(listing, query({"dana": dana, "toni": toni}))
    assert {member.name for member in response.context["object_list"]} == found
    assert url("members") in response.content.decode()


def test_filters_of_organizations(desk, acme):
    listing = reverse("wagtailsnippets_wagtail_portal_organization:list")
    assert list(desk.get(listing, {"created_to": "2020-01-01"}).context["object_list"]) == []
    response = desk.get(listing, {"created_from": "2020-01-01"})
    assert acme in response.context["object_list"]
    assert url("organizations") in response.content.decode()
