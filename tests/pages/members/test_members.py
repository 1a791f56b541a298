"""The members tab: who sees it, what it lists, and what admins can do there."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.pages.error_pages import without_details
from wagtail_portal import actions
from wagtail_portal.models import Invitation, Member, OrganizationDomain, Role
from wagtail_portal.permissions import Actor

MEMBERS = "/support/members/"
MOST = 10


@pytest.fixture
def admin(acme, home):
    return factories.member(acme, "ada@acme.example", role=Role.ADMIN, name="Ada Admin")


@pytest.fixture
def lead(acme):
    """A member who manages members but only sees their own tickets."""
    Role.objects.create(key="lead", name="Lead", tickets="own", members="manage")
    return factories.member(acme, "lea@acme.example", role="lead", name="Lea Lead")


def text_of(response) -> str:
    soup = BeautifulSoup(response.content, "html.parser")
    return re.sub(r"\s+", " ", soup.select_one("main").get_text(" "))


def rows_of(response) -> dict[str, str]:
    soup = BeautifulSoup(response.content, "html.parser")
    return {
        row.select_one(".portal-members__name bdi").get_text(): re.sub(
            r"\s+", " ", row.get_text(" ")
        )
        for row in soup.select(".portal-members tbody tr")
    }


def role(key: str) -> Role:
    return Role.objects.get(key=key)


def change(browser, member, **data):
    if data["do"] == "revoke":
        data["confirmed"] = "yes"
    return browser.post(f"{MEMBERS}{member.pk}/", data, follow=True)


def invite(browser, addresses, **data):
    data = {"addresses": addresses, "role": role(Role.MEMBER).pk, "note": "", **data}
    return browser.post(f"{MEMBERS}invite/", data, follow=True)


# -- Visibility ----------------------------------------------------------------------------------


def test_tab_is_for_members_who_can_see_members(as_member, admin, dana, acme):
    Role.objects.create(key="looker", name="Looker", tickets="own", members="view")
    looker = factories.member(acme, role="looker")
    assert as_member(dana).get(MEMBERS).status_code == 404
    assert MEMBERS not in as_member(dana).get("/support/").content.decode()
    for person in (admin, looker):
        browser = as_member(person)
        assert MEMBERS in browser.get("/support/").content.decode()
        assert "Dana Reyes" in rows_of(browser.get(MEMBERS))
    page = BeautifulSoup(as_member(looker).get(MEMBERS).content, "html.parser").select_one("main")
    assert not page.select("form[method=post]")
    for path in ("invite/", f"{dana.pk}/", "history/"):
        assert as_member(looker).post(f"{MEMBERS}{path}", {"do": "revoke"}).status_code == 404
    dana.refresh_from_db()
    assert dana.role.key == Role.MEMBER


def test_row_shows_the_members_details(as_member, admin, dana, acme):
    factories.member(acme, role=Role.NO_ACCESS, name="Nora Nothing")
    Member.objects.filter(pk=dana.pk).update(
        activated_at=timezone.now(), last_seen_at=timezone.now()
    )
    for _number in range(3):
        factories.ticket(dana)
    factories.member(factories.organization("Globex"), name="Gus Globex")
    rows = rows_of(as_member(admin).get(MEMBERS))
    assert set(rows) == {"Ada Admin", "Dana Reyes", "Nora Nothing"}
    assert "dana@acme.example" in rows["Dana Reyes"]
    assert "Active" in rows["Dana Reyes"]
    assert "just now" in rows["Dana Reyes"]
    assert re.search(r"\b3\b", rows["Dana Reyes"])
    assert "No access" in rows["Nora Nothing"]
    assert "Not signed in yet" in rows["Ada Admin"]


def test_ticket_count_only_includes_visible_tickets(as_member, admin, lead, dana):
    factories.ticket(dana)
    hidden = factories.ticket(dana)
    actions.set_privacy(hidden, by=Actor.for_member(dana), private=True)
    assert " 1 " in rows_of(as_member(admin).get(MEMBERS))["Dana Reyes"]
    assert " 0 " in rows_of(as_member(lead).get(MEMBERS))["Dana Reyes"]


def test_search_and_pagination(as_member, admin, acme):
    for number in range(30):
        factories.member(acme, f"p{number:02}@acme.example", name=f"Pat Number{number:02}")
    browser = as_member(admin)
    first = browser.get(MEMBERS)
    assert len(rows_of(first)) == 25
    second = browser.get(f"{MEMBERS}?page=2")
    assert len(rows_of(second)) == 6
    assert not set(rows_of(first)) & set(rows_of(second))
    assert set(rows_of(browser.get(f"{MEMBERS}?q=number07+pat"))) == {"Pat Number07"}
    assert set(rows_of(browser.get(f"{MEMBERS}?q=P12@acme"))) == {"Pat Number12"}
    pasted = '"Number12, Pat" <p12@acme.example>;'
    assert set(rows_of(browser.get(MEMBERS, {"q": pasted}))) == {"Pat Number12"}
    assert "No members found" in text_of(browser.get(f"{MEMBERS}?q=zzz"))
    for odd in ("?page=0", "?page=99999999", "?page=x", "?q=%00"):
        assert browser.get(MEMBERS + odd).status_code == 200


def test_number_of_queries_does_not_depend_on_the_number_of_members(as_member, admin, acme):
    browser = as_member(admin)

    def count():
        browser.get(MEMBERS)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(MEMBERS).status_code == 200
        return len(captured)

    actions.invite_member(acme, by=Actor.for_member(admin), email="one@acme.example")
    few = count()
    for number in range(20):
        person = factories.member(acme)
        factories.ticket(person, notify=False)
        email = f"invited{number}@acme.example"
        actions.invite_member(acme, by=factories.SYSTEM, email=email)
    assert count() == few <= MOST
    browser.get(f"{MEMBERS}history/")
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(f"{MEMBERS}history/").status_code == 200
    assert len(captured) <= MOST


# -- Changing members ----------------------------------------------------------------------------


def test_role_can_be_changed(as_member, admin, dana):
    page = change(as_member(admin), dana, do="role", role=role(Role.ADMIN).pk)
    assert "Dana Reyes now has the role “Admin”." in text_of(page)
    dana.refresh_from_db()
    assert dana.role.key == Role.ADMIN


def test_role_that_someone_else_has_just_changed_is_not_overwritten(as_member, admin, dana):
    browser = as_member(admin)
    row = BeautifulSoup(browser.get(MEMBERS).content, "html.parser")
    form = row.select_one(f"form:has(#role-{dana.pk})")
    shown = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    actions.revoke_access(dana, by=factories.SYSTEM)
    page = change(browser, dana, **{**shown, "role": role(Role.ADMIN).pk})
    assert "Dana Reyes wasn’t changed, because someone else" in text_of(page)
    dana.refresh_from_db()
    assert dana.role.key == Role.NO_ACCESS


def test_roles_above_ones_own_cannot_be_given(as_member, admin, lead, dana):
    browser = as_member(lead)
    for other in (dana, lead):
        page = change(browser, other, do="role", role=role(Role.ADMIN).pk)
        assert "Select a role" in text_of(page)
    # Roles above one's own can't be taken away either.
    for data in ({"do": "revoke"}, {"do": "role", "role": role(Role.MEMBER).pk}):
        page = change(browser, admin, **data)
        assert "doesn’t allow this" in text_of(page)
    page = invite(browser, "new@acme.example", role=role(Role.ADMIN).pk)
    assert page.status_code == 200
    assert not Invitation.objects.exists()
    assert {row.role.key for row in (admin, lead, dana)} == {"admin", "lead", "member"}
    assert set(Member.objects.values_list("role__key", flat=True)) == {"admin", "lead", "member"}


def test_last_admin_cannot_be_removed(as_member, admin, dana):
    browser = as_member(admin)
    page = change(browser, admin, do="role", role=role(Role.MEMBER).pk)
    assert "last admin" in text_of(page)
    page = change(browser, admin, do="revoke")
    assert "last admin" in text_of(page)
    row = rows_of(browser.get(MEMBERS))["Ada Admin"]
    assert "You’re the only admin" in row
    change(browser, dana, do="role", role=role(Role.ADMIN).pk)
    assert "You’re the only admin" not in rows_of(browser.get(MEMBERS))["Ada Admin"]
    change(browser, admin, do="role", role=role(Role.MEMBER).pk, confirmed="yes")
    admin.refresh_from_db()
    assert admin.role.key == Role.MEMBER


def test_inactive_admins_do_not_count(as_member, admin, acme):
    other = factories.member(acme, role=Role.ADMIN)
    other.user.is_active = False
    other.user.save()
    assert "last admin" in text_of(change(as_member(admin), admin, do="revoke"))


def test_revoked_member_is_signed_out_and_can_be_restored_with_the_same_role(
    as_member, admin, lead
):
    theirs, browser = as_member(lead), as_member(admin)
    assert theirs.get("/support/").status_code == 200
    page = change(browser, lead, do="revoke")
    assert "no longer has access" in text_of(page)
    assert "No access" in rows_of(page)["Lea Lead"]
    # They're signed out, not just refused.
    assert theirs.get("/support/").url.startswith("/accounts/login/")
    assert "has access again" in text_of(change(browser, lead, do="restore"))
    lead.refresh_from_db()
    assert lead.role.key == "lead"
    assert theirs.get("/support/").status_code == 302
    assert as_member(lead).get("/support/").status_code == 200


def test_removing_access_is_confirmed_and_can_be_undone(as_member, admin, lead, dana):
    browser, url = as_member(admin), f"{MEMBERS}{lead.pk}/"
    answer = browser.post(url, {"do": "revoke"})
    page = browser.get(answer.url)
    assert "Remove access for Lea Lead?" in text_of(page)
    lead.refresh_from_db()
    assert lead.role.gives_access
    browser.post(answer.url, {"do": "revoke", "confirmed": "yes"})
    page = browser.get(MEMBERS)
    assert "You’ve just removed access for Lea Lead." in text_of(page)
    # Only where it was removed.
    other = factories.member(admin.organization, role=Role.ADMIN)
    assert "You’ve just removed" not in text_of(as_member(other).get(MEMBERS))
    change(browser, lead, do="restore")
    lead.refresh_from_db()
    assert lead.role.key == "lead"
    assert "You’ve just removed" not in text_of(browser.get(MEMBERS))
    # No one is asked about those whose access they can't remove.
    assert as_member(lead).get(f"{MEMBERS}{admin.pk}/?revoke=yes").status_code == 302


def test_address_outside_of_the_organization_is_pointed_out(as_member, admin, acme):
    browser = as_member(admin)
    OrganizationDomain.objects.create(organization=acme, domain="acme.example")
    invite(browser, "first@typo.example")
    assert Invitation.objects.count() == 1
    acme.domains.update(verified_at=timezone.now())
    page = invite(browser, "Second@typo.example, third@acme.example")
    assert "second@typo.example is outside your organization (acme.example)." in text_of(page)
    assert Invitation.objects.count() == 1
    html = BeautifulSoup(page.content, "html.parser")
    noted = [row["value"] for row in html.select("[name=outsider]")]
    invite(browser, "second@typo.example, third@acme.example", outsider=noted)
    assert Invitation.objects.count() == 3


def test_new_member_is_asked_for_their_name_once(as_member, home, acme):
    kim, lee = (
        actions.create_member(acme, by=factories.SYSTEM, email=f"{n}@acme.example") for n in "kl"
    )
    browser, words = as_member(kim), "What’s your name?"
    assert words in text_of(browser.get("/support/"))
    browser.post("/support/profile/name/", {"name": " Kim\u202e Osei "})
    assert Member.objects.get(pk=kim.pk).name == "Kim Osei"
    assert words not in text_of(browser.get("/support/"))
    browser = as_member(lee)
    browser.post("/support/profile/name/", {"name": "", "skip": "yes"})
    assert words not in text_of(browser.get("/support/"))
    assert Member.objects.get(pk=lee.pk).name == "l"


def test_access_to_other_organizations_survives_revocation(as_member, admin, acme):
    globex = factories.organization("Globex")
    here = factories.member(acme, "both@both.example")
    there = factories.member(globex, "both@both.example")
    browser = as_member(here)
    browser.post("/support/organization/", {"member": here.pk})
    assert "Acme" in browser.get("/support/").content.decode()
    actions.revoke_access(here, by=Actor.for_member(admin))
    page = browser.get("/support/")
    assert page.status_code == 200
    assert "Acme" not in page.content.decode()
    browser.post("/support/organization/", {"member": here.pk})
    assert "Acme" not in browser.get("/support/").content.decode()
    actions.revoke_access(there, by=factories.SYSTEM)
    assert browser.get("/support/").status_code == 302


def test_members_of_other_organizations_are_not_found(as_member, admin):
    foreign = factories.member(factories.organization("Globex"))
    browser = as_member(admin)
    foreign_answer = browser.post(f"{MEMBERS}{foreign.pk}/", {"do": "revoke"})
    missing = browser.post(f"{MEMBERS}999999/", {"do": "revoke"})
    assert foreign_answer.status_code == missing.status_code == 404
    assert without_details(foreign_answer) == without_details(missing)
    foreign.refresh_from_db()
    assert foreign.role.gives_access


def test_get_changes_nothing(as_member, admin, dana, acme):
    invitation, _token = actions.invite_member(acme, by=factories.SYSTEM, email="x@acme.example")
    browser = as_member(admin)
    for path in (f"{dana.pk}/?do=revoke", f"invitations/{invitation.pk}/?do=withdraw", "invite/"):
        assert browser.get(MEMBERS + path).status_code == 302
    dana.refresh_from_db()
    assert dana.role.gives_access
    assert Invitation.objects.open().count() == 1


# -- Invitations ---------------------------------------------------------------------------------


def test_several_people_can_be_invited_with_a_message(
    as_member, admin, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        page = invite(
            as_member(admin),
            "kim@acme.example، LEE@acme.example kim@acme.example",
            note="Hello <b>!",
        )
    assert "kim@acme.example, lee@acme.example were invited." in text_of(page)
    assert [message.to for message in mail.outbox] == [["kim@acme.example"], ["lee@acme.example"]]
    for message in mail.outbox:
        assert "Ada Admin has invited you" in message.body
        assert "Hello <b>!" in message.body
        assert "Hello &lt;b&gt;!" in message.alternatives[0][0]
        assert "/support/invitation/?token=" in message.body
        assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_addresses_that_cannot_be_invited_stay_in_the_form(as_member, admin, dana):
    former = factories.member(dana.organization, role=Role.NO_ACCESS)
    addresses = f"dana@acme.example, new@acme.example, {former.email}"
    page = invite(as_member(admin), addresses, submission_key="key-of-the-form")
    # The browser forgets the one that was invited, too.
    assert page.cookies["wagtail_portal_sent"].value == "key-of-the-form"
    assert "dana@acme.example: This person is already a member." in text_of(page)
    assert f"{former.email}: This person is a member without access." in text_of(page)
    field = BeautifulSoup(page.content, "html.parser").select_one("[name=addresses]")
    assert field.get_text().strip() == f"dana@acme.example, {former.email}"
    assert [row.email for row in Invitation.objects.open()] == ["new@acme.example"]


def test_submitting_twice_sends_one_email_per_role(
    as_member, admin, django_capture_on_commit_callbacks
):
    browser = as_member(admin)
    with django_capture_on_commit_callbacks(execute=True):
        invite(browser, "kim@acme.example")
        page = invite(browser, "kim@acme.example")
    assert "already had an invitation" in text_of(page)
    assert len(mail.outbox) == 1
    page = invite(browser, "Kim@acme.example", role=role(Role.ADMIN).pk)
    assert "kim@acme.example was invited." in text_of(page)
    assert Invitation.objects.open().get().role.key == Role.ADMIN


def test_invalid_and_too_many_addresses_are_rejected(as_member, admin):
    browser = as_member(admin)
    text = text_of(invite(browser, "kim, ada@acme.example, lee@, kim"))
    for word in ("kim", "lee@"):
        assert f"“{word}” isn’t a valid email address." in text
    many = " ".join(f"p{number}@acme.example" for number in range(21))
    assert "up to 20 people" in text_of(invite(browser, many))
    # Browsers would cut off what's longer.
    shown = BeautifulSoup(browser.get(MEMBERS).content, "html.parser")
    assert shown.select("#invite textarea") and not shown.select("#invite [maxlength]")
    page = invite(browser, "kim@acme.example", note="x" * 1001)
    assert "at most 1000 characters" in text_of(page)
    assert not Invitation.objects.exists()


def test_invitations_are_limited(as_member, admin, settings):
    settings.WAGTAIL_PORTAL = {"INVITATIONS_PER_HOUR": 2}
    page = invite(as_member(admin), "a@acme.example b@acme.example c@acme.example")
    assert "Too many invitations" in text_of(page)
    assert Invitation.objects.count() == 2


def test_invitations_to_one_address_are_limited(as_member, admin, acme):
    invitation, _token = actions.invite_member(
        acme, by=Actor.for_member(admin), email="kim@acme.example"
    )
    for _number in range(4):
        invitation, _token = actions.resend_invitation(invitation, by=Actor.for_member(admin))
    page = as_member(admin).post(
        f"{MEMBERS}invitations/{invitation.pk}/", {"do": "resend"}, follow=True
    )
    assert "Too many invitations" in text_of(page)


def test_unreachable_mail_server_loses_no_invitation(
    as_member, admin, mail_server, django_capture_on_commit_callbacks
):
    mail_server(up=False)
    browser = as_member(admin)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(
            f"{MEMBERS}invite/", {"addresses": "kim@acme.example", "role": role("member").pk}
        )
    assert "not sent" in text_of(browser.get(MEMBERS))
    mail_server(up=True)
    invitation = Invitation.objects.open().get()
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{MEMBERS}invitations/{invitation.pk}/", {"do": "resend"})
    assert len(mail.outbox) == 1
    assert "not sent" not in text_of(browser.get(MEMBERS))


def test_invitation_can_be_resent_and_withdrawn(as_member, admin, acme):
    first, _token = actions.invite_member(acme, by=factories.SYSTEM, email="kim@acme.example")
    browser = as_member(admin)
    page = browser.get(MEMBERS)
    assert "kim@acme.example" in text_of(page)
    assert "expires" in text_of(page)
    browser.post(f"{MEMBERS}invitations/{first.pk}/", {"do": "resend"})
    second = Invitation.objects.open().get()
    assert second.pk != first.pk
    browser.post(f"{MEMBERS}invitations/{second.pk}/", {"do": "withdraw"})
    assert not Invitation.objects.open().exists()
    assert "was withdrawn" in text_of(browser.get(MEMBERS))
    assert "kim@acme.example" not in text_of(browser.get(MEMBERS))


def test_expired_invitation_is_marked(as_member, admin, acme):
    Invitation.objects.create(
        organization=acme,
        email="old@acme.example",
        role=role(Role.MEMBER),
        expires_at=timezone.now() - timedelta(days=1),
    )
    assert "expired" in text_of(as_member(admin).get(MEMBERS))


def test_history_shows_who_did_what(as_member, admin, dana, acme):
    browser = as_member(admin)
    change(browser, dana, do="role", role=role(Role.ADMIN).pk)
    change(browser, dana, do="revoke")
    invite(browser, "kim@acme.example")
    agent = factories.staff("Support managers", name="Maya Manager")
    actions.restore_access(dana, by=Actor.for_agent(agent))
    factories.member(factories.organization("Globex"), name="Gus Globex")
    words = text_of(browser.get(f"{MEMBERS}history/"))
    assert "Dana Reyes: role changed from Member to Admin Ada Admin" in words
    assert "Dana Reyes lost access" in words
    assert "Dana Reyes regained access as Admin Maya Manager (support team)" in words
    assert "kim@acme.example was invited" in words
    assert "Gus" not in words
