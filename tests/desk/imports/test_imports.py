"""CSV import of organizations and members, and filters of their listings."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import ModelLogEntry

from tests import factories
from tests.desk.conftest import signed_in
from wagtail_portal import actions
from wagtail_portal.desk.imports import table
from wagtail_portal.models import CustomerImport, Member, Organization, Role


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
        (b"who,what\n1,2\n", "Missing: name. Unknown: who, what"),
        (b"name,NAME\n1,2\n", "These columns mean the same: name, NAME. Remove all but one."),
        ("name\nJürgen".encode("latin-1"), "encoded in UTF-8. Save it as “CSV UTF-8” or as XLSX."),
        (b'name\n"' + b"x" * 140_000, "a valid CSV file"),
        (b"name\n" + b"x\n" * (table.ROWS + 1), "more than 10000 rows"),
        (b"PK\x03\x04 and so on", "Save it again as XLSX"),
        (b"\xd0\xcf\x11\xe0 and so on", "protected by a password"),
        (b"x" * (table.BYTES + 1), "too large"),
    ],
)
def test_unreadable_files_are_rejected(desk, content, words):
    html = preview(desk, "organizations", content).content.decode()
    assert words in html
    assert not Organization.objects.filter(key=None).exists()


def xlsx(*rows, sheets=()) -> bytes:
    workbook = openpyxl.Workbook()
    for name in sheets:
        workbook.create_sheet(name)
    sheet = workbook.worksheets[-1]
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


HEADINGS = ["Name", "External ID", "Domains"]

#: Files that all mean the organization Birk with the ID 1042.
SAME = {
    "semicolons": "name;external_id;domains\nBirk;1042;birk.example, birk.test\n",
    "tabs": "Name\tExternal ID\tDomains\r\nBirk\t1042\tbirk.example birk.test\r\n",
    "sep": "sep=;\r\nname;external_id;domains\r\nBirk;1042;birk.example,birk.test\r\n",
    "quoted sep": '"sep=|"\nname|external_id|domains\nBirk|1042|birk.example,birk.test\n',
    "blank first lines": "\n\n;;\nname;external_id;domains\nBirk;1042;birk.example birk.test\n",
    "blank line after sep": "SEP=,\n\nname,external_id,domains\nBirk,1042,birk.example birk.test",
    "old line breaks": "name,external_id,domains\rBirk,1042,birk.example birk.test\r",
    "spelling": "NAME *,external-ID:,E-Mail Domains\nBirk,1042,birk.example birk.test\n",
    "in quotes": '"name","external_id","domains"\n"Birk","1042","birk.example;birk.test"',
    "utf-16": "name\texternal_id\tdomains\nBirk\t1042\tbirk.example birk.test\n".encode("utf-16"),
    "xlsx": xlsx(HEADINGS, ["Birk", 1042, "birk.example birk.test"]),
    "xlsx with decimals": xlsx(HEADINGS, ["Birk", 1042.0, "birk.example, birk.test"]),
    "xlsx with blank rows": xlsx(
        [], [None], HEADINGS, [], ["Birk", "1042", "birk.example;birk.test"]
    ),
    "empty sheets": xlsx(HEADINGS, ["Birk", 1042, "birk.example birk.test"], sheets="ab"),
}


@pytest.mark.parametrize("content", SAME.values(), ids=SAME.keys())
def test_files_as_spreadsheets_save_them(desk, content):
    response = preview(desk, "organizations", content)
    assert errors(response) == {}
    assert response.context["unknown"] == []
    desk.post(url("organizations"), {"text": response.context["content"]})
    birk = Organization.objects.get(external_id="1042")
    assert birk.name == "Birk"
    assert {row.domain for row in birk.domains.all()} == {"birk.example", "birk.test"}


def test_rows_have_the_numbers_that_a_spreadsheet_shows(desk):
    response = preview(desk, "organizations", "sep=;\n\nname;domains\nA;\n\n;x.example\n")
    assert errors(response) == {6 - 1: "Enter a name."}
    response = preview(desk, "organizations", xlsx([], ["name", "id"], ["A", 1], [], [None, 3]))
    assert errors(response) == {5: "Enter a name."}


def test_unknown_columns_are_named(desk):
    response = preview(desk, "organizations", "name,Nmae,Phone\nBirk,x,1\n")
    assert "Unknown columns, which are ignored: Nmae, Phone" in response.content.decode()
    assert response.context["new"] == 1


def test_cells_without_a_heading_are_not_dropped_silently(desk):
    response = preview(desk, "organizations", "name,external_id\nBirk, Ltd,C-1\nAcme,C-2,\n")
    assert errors(response) == {2: "This row has more cells than the first line."}


@pytest.mark.parametrize("name", ["BIRK  ÖL", "birk öl", "Birk Öl", "ＢＩＲＫ Öl"])
def test_names_match_in_any_case(desk, dana, name):
    birk = factories.organization("Birk Öl")
    response = preview(desk, "members", f"email,organization,role\na@b.example,{name},ADMIN\n")
    assert errors(response) == {}
    desk.post(url("members"), {"text": response.context["content"]})
    assert Member.objects.get(organization=birk).role.key == "admin"
    response = preview(desk, "organizations", f"name\n{name}\n")
    assert response.context["known"] == 1


def test_name_in_the_right_case_takes_precedence(desk, dana):
    birk, _other = factories.organization("Birk"), factories.organization("BIRK")
    response = preview(desk, "members", "email,organization\na@b.example,Birk\nc@b.example,birk\n")
    assert list(errors(response)) == [3]
    assert response.context["rows"][1].arguments["organization"] == birk.pk


def test_headings_and_roles_in_the_language_of_the_agent(desk, dana, settings):
    settings.LANGUAGE_CODE = "de"
    with translation.override("de"):
        listing = reverse("wagtailsnippets_wagtail_portal_member:list")
        file = b"".join(desk.get(listing, {"export": "csv"}).streaming_content)
        response = preview(desk, "members", file)
    assert b"E-Mail" in file
    assert (response.context["known"], response.context["wrong"]) == (1, 0)


class TestManyRows:
    CONTENT = "name,external_id\n" + "".join(f"Customer {n},C-{n}\n" for n in range(60))

    def begin(self, desk) -> CustomerImport:
        desk.post(url("organizations"), {"text": self.CONTENT})
        return CustomerImport.objects.get()

    def address(self) -> str:
        return reverse("wagtail_portal_customers_progress", args=[CustomerImport.objects.get().pk])

    def test_they_are_imported_after_the_answer(self, desk, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=False) as waiting:
            response = desk.post(url("organizations"), {"text": self.CONTENT})
        assert response.url == self.address()
        assert not Organization.objects.filter(key=None).exists()
        assert "In progress. You can leave this page." in desk.get(response.url).content.decode()
        progress = desk.get(response.url, headers={"Accept": "application/json"}).json()
        assert progress == {"position": 0, "total": 60, "finished": False}
        for callback in waiting:
            callback()
        assert Organization.objects.filter(key=None).count() == 60
        assert "60 rows were imported." in desk.get(response.url).content.decode()
        # The personal data of the file isn't kept.
        assert CustomerImport.objects.get().rows == []

    def test_it_goes_on_where_it_stopped(self, desk, django_capture_on_commit_callbacks):
        self.begin(desk)
        actions.continue_import(CustomerImport.objects.get(), most=20)
        late = CustomerImport.objects.get()
        actions.continue_import(CustomerImport.objects.get(), most=10)
        # Another process that has read an old position imports nothing twice.
        actions.continue_import(late)
        assert Organization.objects.filter(key=None).count() == 30
        with django_capture_on_commit_callbacks(execute=True):
            desk.post(self.address())
        done = CustomerImport.objects.get()
        assert (done.done, done.failed) == (60, 0)

    def test_problems_are_told(self, desk):
        self.begin(desk)
        factories.organization("Faster", external_id="C-7")
        done = actions.continue_import(CustomerImport.objects.get())
        assert (done.done, done.failed) == (59, 1)
        page = desk.get(self.address()).content.decode()
        assert "Row 9: Another organization already has this external ID." in page

    def test_only_those_who_may_import_see_it(self, desk, manager):
        self.begin(desk)
        other = factories.staff("Support managers")
        assert signed_in(other).get(self.address()).status_code == 200
        assert signed_in(factories.agent()).get(self.address()).status_code == 404
        manager.groups.clear()
        assert desk.get(self.address()).status_code != 200

    def test_permissions_are_those_of_the_moment(self, desk, manager):
        begun = self.begin(desk)
        manager.groups.clear()
        done = actions.continue_import(begun)
        assert done.failed == 60
        assert not Organization.objects.filter(key=None).exists()


def test_ten_thousand_rows_are_checked_and_the_page_stays_small(
    desk, django_assert_max_num_queries
):
    rows = "".join(f"Customer {n},C-{n}\n" for n in range(table.ROWS))
    with django_assert_max_num_queries(16):
        response = preview(desk, "organizations", f"name,external_id\n{rows},C-1\n")
    assert "more than 10000 rows" in response.content.decode()
    response = preview(
        desk, "organizations", f"name,external_id\n{rows[: rows.rindex('Customer')]},C-1\n"
    )
    assert response.context["new"] == table.ROWS - 1
    page = response.content.decode()
    assert "500 of 10000 rows are shown" in page
    assert "Enter a name." in page


def test_old_imports_are_discarded(desk, manager):
    begun = CustomerImport.objects.create(user=manager, kind="members")
    actions.discard_imports(older_than=timedelta(days=30))
    assert CustomerImport.objects.filter(pk=begun.pk).exists()
    CustomerImport.objects.update(created_at=timezone.now() - timedelta(days=31))
    actions.discard_imports(older_than=timedelta(days=30))
    assert not CustomerImport.objects.exists()


def test_bomb_is_refused(desk, monkeypatch):
    monkeypatch.setattr(table, "UNCOMPRESSED_BYTES", 1000)
    html = preview(desk, "organizations", xlsx(HEADINGS, ["Birk", 1, ""])).content.decode()
    assert "too large" in html


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


@pytest.mark.parametrize(
    ("model", "name", "label"),
    [
        ("member", "joined", "Joined"),
        ("organization", "created", "Created"),
        ("ticket", "opened", "Opened"),
    ],
)
def test_from_date_after_the_to_date_says_so(desk, dana, model, name, label):
    factories.ticket(dana)
    listing = reverse(f"wagtailsnippets_wagtail_portal_{model}:list")
    query = {f"{name}_from": "2026-03-02", f"{name}_to": "2026-03-01"}
    response = desk.get(listing, query)
    assert not response.context["object_list"]
    assert f"{label}: The end date is before the start date." in response.content.decode()
