"""The members tab as a list: total, filters, orders, pages, export and changes of several."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.pages.members.test_members import MEMBERS, MOST, role, rows_of, text_of
from wagtail_portal import actions
from wagtail_portal.models import Member, Role
from wagtail_portal.permissions import Actor

NOW = timezone.now()


@pytest.fixture
def admin(acme, home):
    return factories.member(acme, "ada@acme.example", role=Role.ADMIN, name="Ada Admin")


@pytest.fixture
def browser(as_member, admin):
    return as_member(admin)


@pytest.fixture
def people(acme, admin):
    """Members with every state, who were here at different times."""
    found = {
        "Ben": factories.member(acme, name="Ben Active"),
        "Cleo": factories.member(acme, name="Cleo New"),
        "Dora": factories.member(acme, name="Dora Gone", role=Role.NO_ACCESS),
        "Emil": factories.member(acme, name="Emil Inactive", role=Role.ADMIN),
    }
    found["Emil"].user.is_active = False
    found["Emil"].user.save()
    for days, name in enumerate(("Ben", "Emil"), start=1):
        seen = NOW - timedelta(days=days)
        Member.objects.filter(pk=found[name].pk).update(activated_at=seen, last_seen_at=seen)
    # Shows up nowhere.
    factories.member(factories.organization("Globex"), name="Gus Globex")
    return found


def first_names(response) -> list[str]:
    return [name.split()[0] for name in rows_of(response)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ada", "Ben", "Cleo", "Dora", "Emil"]),
        ("?state=active", ["Ben"]),
        ("?state=new", ["Ada", "Cleo"]),
        ("?state=no_access", ["Dora", "Emil"]),
        ("?state=nonsense", ["Ada", "Ben", "Cleo", "Dora", "Emil"]),
        ("?role=admin", ["Ada", "Emil"]),
        ("?role=member&state=active", ["Ben"]),
        ("?role=member&q=cleo", ["Cleo"]),
        ("?sort=-name", ["Emil", "Dora", "Cleo", "Ben", "Ada"]),
        ("?sort=-active", ["Ben", "Emil", "Ada", "Cleo", "Dora"]),
        ("?sort=active", ["Ada", "Cleo", "Dora", "Emil", "Ben"]),
        ("?sort=role", ["Ada", "Emil", "Ben", "Cleo", "Dora"]),
        ("?role=99999&sort=x&page=7", ["Ada", "Ben", "Cleo", "Dora", "Emil"]),
    ],
)
def test_list_can_be_filtered_and_sorted(browser, people, query, names):
    for key in ("admin", "member"):
        query = query.replace(f"role={key}", f"role={role(key).pk}")
    page = browser.get(f"{MEMBERS}{query}")
    assert first_names(page) == names
    number = f"{len(names)} member{'s' if len(names) > 1 else ''}"
    assert number in text_of(page)
    assert "Gus" not in text_of(page)


def test_filter_offers_only_roles_in_use(browser, people):
    Role.objects.create(key="other", name="Role of another customer")
    for query in ("", "?q=nobody"):
        page = BeautifulSoup(browser.get(f"{MEMBERS}{query}").content, "html.parser")
        options = [option.get_text() for option in page.select("#member-role option")]
        assert options == ["All roles", "Admin", "Member", "No access"]


def test_headings_say_how_the_list_is_sorted(browser, people):
    page = BeautifulSoup(browser.get(f"{MEMBERS}?sort=-active&q=a").content, "html.parser")
    (heading,) = page.select("th[aria-sort]")
    assert (heading["aria-sort"], heading.get_text(strip=True)) == ("descending", "Last active")
    assert heading.select_one("a")["href"] == f"{MEMBERS}?q=a&sort=active"
    for link in page.select(".portal-members__sort, .portal-sorting a"):
        assert browser.get(link["href"]).status_code == 200


def test_pages_are_numbered_and_keep_the_filters(browser, acme):
    for number in range(60):
        factories.member(acme, f"p{number:02}@acme.example", name=f"Pat {number:02}")
    response = browser.get(f"{MEMBERS}?q=pat&page=2")
    assert "60 members" in text_of(response)
    page = BeautifulSoup(response.content, "html.parser")
    links = page.select(".portal-pages__numbers a")
    assert [link.get_text(" ", strip=True) for link in links] == ["Page 1", "Page 2", "Page 3"]
    assert [link.get("aria-current") for link in links] == [None, "page", None]
    assert first_names(browser.get(links[2]["href"])) == ["Pat"] * 10
    assert "Pat 50" in rows_of(browser.get(links[2]["href"]))
    # A page that is gone is the last one.
    assert "Pat 50" in rows_of(browser.get(f"{MEMBERS}?q=pat&page=99"))


def test_changes_return_to_the_same_page(browser, acme):
    for number in range(30):
        other = factories.member(acme, f"p{number:02}@acme.example", name=f"Pat {number:02}")
    page = BeautifulSoup(browser.get(f"{MEMBERS}?q=pat&page=2").content, "html.parser")
    form = page.select(".portal-members__access form")[-1]
    asked = browser.post(form["action"], {"do": "revoke"}).url
    response = browser.post(asked, {"do": "revoke", "confirmed": "yes"})
    assert response.url == f"{MEMBERS}?q=pat&page=2"
    other.refresh_from_db()
    assert not other.role.gives_access


def test_cost_does_not_depend_on_what_is_asked_for(browser, people, admin):
    for query in ("", "?state=active&sort=-active", "?q=e&sort=role", "?page=2"):
        browser.get(f"{MEMBERS}{query}")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"{MEMBERS}{query}").status_code == 200
        limit = MOST if query != "?page=2" else MOST + 2
        assert len(captured) <= limit, query


def test_tickets_are_counted_for_the_members_of_the_page_only(browser, people):
    with CaptureQueriesContext(connection) as captured:
        browser.get(MEMBERS)
    (rows,) = [
        row["sql"] for row in captured if "tickets_opened" in row["sql"] and "_rows" in row["sql"]
    ]
    inner = rows[rows.index("SELECT * FROM (") : rows.index("_rows")]
    assert "LIMIT 25" in inner
    assert "wagtail_portal_ticket" not in inner


# -- Export --------------------------------------------------------------------------------------


def test_export_has_the_filtered_list_in_its_order(browser, people):
    factories.ticket(people["Ben"])
    query = f"?role={role('member').pk}&sort=-name"
    response = browser.get(f"{MEMBERS}export/csv/{query}")
    assert response["Content-Disposition"].startswith('attachment; filename="members-')
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert head == ["Name", "Email address", "Role", "State", "Last active", "Joined", "Tickets"]
    assert [row[0] for row in rows] == ["Cleo New", "Ben Active"]
    assert rows[1][1:4] == [people["Ben"].email, "Member", "Active"]
    assert rows[1][6] == "1"
    file = io.BytesIO(b"".join(browser.get(f"{MEMBERS}export/xlsx/").streaming_content))
    sheet = openpyxl.load_workbook(file).active
    assert [row[0].value for row in sheet][1:] == [
        "Ada Admin",
        "Ben Active",
        "Cleo New",
        "Dora Gone",
        "Emil Inactive",
    ]


def test_export_is_for_those_who_see_members(as_member, browser, people, settings):
    assert as_member(people["Ben"]).get(f"{MEMBERS}export/csv/").status_code == 404
    assert browser.get(f"{MEMBERS}export/pdf/").status_code == 404
    settings.WAGTAIL_PORTAL = {"EXPORTS_PER_HOUR": 1}
    b"".join(browser.get(f"{MEMBERS}export/csv/").streaming_content)
    assert "Too many exports" in text_of(browser.get(f"{MEMBERS}export/csv/", follow=True))


def test_names_in_an_export_are_no_formulas(browser, acme):
    factories.member(acme, name="=HYPERLINK(1)")
    text = b"".join(browser.get(f"{MEMBERS}export/csv/").streaming_content).decode()
    assert "'=HYPERLINK" in text


# -- Changing several ----------------------------------------------------------------------------


def press(browser, url, **data):
    """Send the form under the list, and then the form of the page that asks."""
    asked = browser.post(url, data, follow=True)
    page = BeautifulSoup(asked.content, "html.parser")
    form = page.select_one("form.portal-form__actions")
    assert form is not None, text_of(asked)
    sent = {}
    for control in form.select("input, button"):
        sent.setdefault(control["name"], []).append(control["value"])
    return asked, browser.post(form["action"], sent, follow=True)


def test_access_of_several_is_removed_after_asking(browser, people, admin):
    keys = [people[name].pk for name in ("Ben", "Cleo", "Dora")]
    url = f"{MEMBERS}bulk/?q=e"
    asked, done = press(browser, url, do="revoke", member=[*keys, admin.pk])
    assert "Remove access for 2 members?" in text_of(asked)
    assert "Dora Gone Has no access." in text_of(asked)
    assert "You can’t change your own role together with others." in text_of(asked)
    assert "2 members no longer have access" in text_of(done)
    assert done.redirect_chain[-1][0] == f"{MEMBERS}?q=e"
    assert set(Member.objects.filter(pk__in=keys).values_list("role__key", flat=True)) == {
        Role.NO_ACCESS
    }
    admin.refresh_from_db()
    assert admin.role.key == Role.ADMIN


def test_role_of_several_is_changed_after_asking(browser, people):
    keys = [people[name].pk for name in ("Ben", "Cleo")]
    asked, done = press(
        browser, f"{MEMBERS}bulk/", do="role", new_role=role(Role.ADMIN).pk, member=keys
    )
    assert "Give 2 members the role “Admin”?" in text_of(asked)
    assert "2 members now have the role “Admin”." in text_of(done)
    assert Member.objects.filter(pk__in=keys, role__key=Role.ADMIN).count() == 2


def test_asking_changes_nothing_and_sending_twice_does_no_harm(browser, people):
    data = {"do": "revoke", "member": [people["Ben"].pk]}
    browser.post(f"{MEMBERS}bulk/", data, follow=True)
    assert Member.objects.get(pk=people["Ben"].pk).role.gives_access
    for _time in range(2):
        page = browser.post(f"{MEMBERS}bulk/", {**data, "confirmed": "yes"}, follow=True)
        assert "wasn’t changed" not in text_of(page)


def test_nothing_selected_is_said(browser, people):
    page = browser.post(f"{MEMBERS}bulk/", {"do": "revoke"}, follow=True)
    assert "Select members." in text_of(page)


def test_several_cannot_be_given_more_than_ones_own_role(as_member, acme, people, admin):
    Role.objects.create(key="lead", name="Lead", tickets="own", members="manage")
    browser = as_member(factories.member(acme, role="lead"))
    keys = [people["Ben"].pk, admin.pk]
    page = browser.post(
        f"{MEMBERS}bulk/",
        {"do": "role", "new_role": role(Role.ADMIN).pk, "member": keys, "confirmed": "yes"},
        follow=True,
    )
    assert "Select a role." in text_of(page)
    asked, _done = press(browser, f"{MEMBERS}bulk/", do="revoke", member=keys)
    assert "Ada Admin Has a role that you can’t change." in text_of(asked)
    admin.refresh_from_db()
    assert admin.role.key == Role.ADMIN
    assert not Member.objects.get(pk=people["Ben"].pk).role.gives_access


def test_members_of_others_cannot_be_changed_together(as_member, browser, people):
    foreign = Member.objects.get(organization__name="Globex")
    data = {"do": "revoke", "member": [foreign.pk], "confirmed": "yes"}
    browser.post(f"{MEMBERS}bulk/", data)
    assert as_member(people["Ben"]).post(f"{MEMBERS}bulk/", data).status_code == 404
    foreign.refresh_from_db()
    assert foreign.role.gives_access


# -- Roles ---------------------------------------------------------------------------------------


def test_lowering_ones_own_role_asks_first_and_leads_to_a_page_one_may_see(browser, admin, acme):
    factories.member(acme, role=Role.ADMIN)
    url = f"{MEMBERS}{admin.pk}/"
    data = {"do": "role", "role": role(Role.MEMBER).pk}
    asked = browser.post(url, data, follow=True)
    assert "Change your own role to “Member”?" in text_of(asked)
    assert "Manage members and access" in text_of(asked)
    admin.refresh_from_db()
    assert admin.role.key == Role.ADMIN
    form = BeautifulSoup(asked.content, "html.parser").select_one("form.portal-form__actions")
    done = browser.post(form["action"], {**data, "confirmed": "yes"}, follow=True)
    assert done.redirect_chain[-1] == ("/support/", 302)
    assert done.status_code == 200
    assert "now has the role “Member”" in done.content.decode()


def test_changing_ones_own_role_without_losing_anything_does_not_ask(browser, admin):
    Role.objects.create(key="twin", name="Twin", tickets="organization", members="manage")
    browser.post(f"{MEMBERS}{admin.pk}/", {"do": "role", "role": role("twin").pk})
    admin.refresh_from_db()
    assert admin.role.key == "twin"


@pytest.mark.parametrize("default", [None, Role.ADMIN, Role.NO_ACCESS])
def test_invitation_preselects_the_weakest_role_that_gives_access(browser, acme, default):
    acme.default_role = default and role(default)
    acme.save()

    def preselected():
        page = BeautifulSoup(browser.get(MEMBERS).content, "html.parser")
        return page.select_one("#invite-role option[selected]").get_text()

    assert preselected() == "Member"
    Role.objects.create(key="reader", name="Reader", tickets="own", can_edit_tickets=False)
    assert preselected() == "Reader"


@pytest.mark.parametrize("default", [Role.ADMIN, Role.NO_ACCESS])
def test_restoring_and_approving_always_give_access(as_member, acme, home, default):
    Role.objects.create(key="lead", name="Lead", tickets="own", members="manage")
    lead = factories.member(acme, role="lead")
    gone = factories.member(acme, name="Gone Girl", role=Role.ADMIN)
    actions.revoke_access(gone, by=factories.SYSTEM)
    acme.default_role = role(default)
    acme.save()
    page = as_member(lead).post(f"{MEMBERS}{gone.pk}/", {"do": "restore"}, follow=True)
    assert "Gone Girl has access again, with the role “Member”." in text_of(page)
    request = acme.join_requests.create(user=actions.provision_user("new@acme.example"))
    member = actions.approve_join_request(request, by=Actor.for_member(lead))
    assert member.role.key == Role.MEMBER


def test_invitations_above_ones_own_role_are_not_offered_again(as_member, acme, admin):
    Role.objects.create(key="lead", name="Lead", tickets="own", members="manage")
    lead = factories.member(acme, role="lead")
    for key in (Role.ADMIN, Role.MEMBER):
        actions.invite_member(
            acme, by=Actor.for_member(admin), email=f"{key}@new.example", role=role(key)
        )
    factories.member(acme, "joined@new.example")
    page = BeautifulSoup(as_member(lead).get(MEMBERS).content, "html.parser")
    buttons = {
        row.select_one("strong").get_text(): {button["value"] for button in row.select("button")}
        for row in page.select(".portal-waiting__row")
    }
    assert buttons["admin@new.example"] == {"withdraw"}
    assert buttons["member@new.example"] == {"resend", "withdraw"}
