"""Nobody is offered a link or a button that can only refuse, in the portal or in the admin."""

import pytest
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.core import mail
from django.urls import reverse
from wagtail.models import Site

from tests import factories
from tests.desk.conftest import group, signed_in
from tests.pages.ticket import ticket_pages
from tests.security.buttons import Walk
from tests.signin.test_code import code_in
from tests.signin.test_reauthentication import ASKS_FOR_A_CODE, confirm, request_code
from tests.signin.test_reauthentication import signed_in as signed_in_with_code
from tests.thorough import THOROUGH
from wagtail_portal import actions
from wagtail_portal.models import (
    DesignatedField,
    JoinRequest,
    Member,
    PortalSettings,
    Role,
    SavedFilter,
)
from wagtail_portal.permissions import Actor

#: By key: what a role sees of tickets, whether it edits them, and what it does with members.
ROLES = {
    "reader": ("organization", False, "none"),
    "looker": ("own", True, "view"),
    "lead": ("own", True, "manage"),
    "clerk": ("own", False, "manage"),
    "head": ("organization", False, "manage"),
}
LIMITS = (
    "TICKETS_PER_HOUR",
    "REPLIES_PER_HOUR",
    "INVITATIONS_PER_HOUR",
    "INVITATIONS_PER_ADDRESS_A_DAY",
    "PREVIEWS_PER_HOUR",
    "EXPORTS_PER_HOUR",
    "DATA_DOWNLOADS_PER_HOUR",
)
#: Each two of "head"'s three permissions are together in someone else's role, too.
PEOPLE = ("admin", "only admin", "member", "reader")
if THOROUGH:
    PEOPLE += ("looker", "lead", "clerk")
#: Classes of what tells someone that they were refused.
REFUSALS = (
    "portal-notice--error",
    "portal-notice--warning",
    "portal-error-summary",
    "portal-field--invalid",
    "portal-error",
)


@pytest.fixture
def sample(home, settings):
    settings.WAGTAIL_PORTAL = dict.fromkeys(LIMITS, 0)
    found = PortalSettings.for_site(Site.objects.get())
    found.ask_satisfaction = True
    found.save()
    DesignatedField.objects.create(settings=found, builtin="urgency", editable=True)
    for key, (tickets, can_edit, members) in ROLES.items():
        Role.objects.create(
            key=key, name=key.title(), tickets=tickets, can_edit_tickets=can_edit, members=members
        )
    factories.form_page(home, title="Open form", slug="open-form")
    form = factories.form_page(home, title="Form of admins", slug="admins-form")
    form.for_roles.set([Role.objects.get(key=Role.ADMIN)])
    form.save()
    return home


def build(person) -> Member:
    """Create an organization with everything that someone can be refused, and the person."""
    # Join requests are approved with a role that few may give.
    acme = factories.organization(default_role=Role.objects.get(key=Role.ADMIN))
    me = factories.member(acme, "me@acme.example", role=person.removeprefix("only "))
    EmailAddress.objects.create(user=me.user, email="me@home.example", verified=True)
    boss = factories.member(acme, "boss@acme.example", role=Role.ADMIN, name="Bo Boss")
    plain = factories.member(acme, "plain@acme.example")
    for number, role in enumerate((Role.ADMIN, Role.MEMBER)):
        gone = factories.member(acme, f"gone{number}@acme.example", role=role)
        actions.revoke_access(gone, by=factories.SYSTEM)
    left = factories.member(acme, role=Role.NO_ACCESS)
    left.user.is_active = False
    left.user.save()
    for role in Role.objects.exclude(key=Role.NO_ACCESS):
        actions.invite_member(
            acme, by=Actor.for_member(boss), email=f"{role.key}@new.example", role=role
        )
    factories.member(acme, "reader@new.example")
    actions.decline_join_request(
        JoinRequest.objects.create(
            user=actions.provision_user("no@acme.example"), organization=acme
        ),
        by=factories.SYSTEM,
    )
    JoinRequest.objects.create(
        user=actions.provision_user("please@acme.example"), organization=acme
    )
    SavedFilter.objects.create(member=plain, name="Shared", query="tab=open", shared=True)
    by_system = {"by": factories.SYSTEM, "followers": [me, plain], "notify": False}
    factories.ticket(plain, subject="Open", **by_system)
    closed = factories.ticket(me, subject="Closed", by=factories.SYSTEM)
    locked = factories.ticket(me, subject="Locked", by=factories.SYSTEM)
    merged = factories.ticket(me, subject="Merged", by=factories.SYSTEM)
    for ticket in (closed, locked):
        actions.close_ticket(ticket, by=factories.SYSTEM)
    ticket_pages.lock(locked)
    actions.merge_tickets(merged, into=closed, by=factories.SYSTEM)
    mine = factories.ticket(me, subject="Mine", by=factories.SYSTEM)
    actions.set_privacy(mine, by=factories.SYSTEM, private=True)
    if person == "only admin":
        actions.change_role(boss, by=factories.SYSTEM, role=Role.objects.get(key=Role.MEMBER))
    return me


def confirmed(me):
    """Return a browser in which a member has signed in and, if asked to, confirmed who they are."""
    browser = signed_in_with_code(me)
    if ASKS_FOR_A_CODE:
        request_code(browser, me.email)
        confirm(browser, code_in(mail.outbox.pop()))
    return browser


def enters_portal(path) -> bool:
    if "/addresses/" in path and not ASKS_FOR_A_CODE:
        # Before version 65.22 of allauth, people have to sign in again first.
        return False
    return path.startswith("/support/") and "/view-as/" not in path


def enters_members(path) -> bool:
    return path.startswith("/support/members/")


def check_portal(response, where):
    assert response.status_code == 200, where
    assert not any("/accounts/" in url for url, _status in response.redirect_chain), where
    if "text/html" not in response.headers["Content-Type"]:
        return
    html = response.content.decode()
    assert "You can’t open tickets" not in html, where
    # Parsing takes longer than the request.
    if any(name in html for name in REFUSALS):
        page = BeautifulSoup(html, "html.parser")
        refused = page.select(", ".join(f".{name}" for name in REFUSALS))
        text = " ".join(element.get_text(" ", strip=True) for element in refused)
        assert not text, (where, text)


@pytest.mark.long
@pytest.mark.parametrize("person", PEOPLE)
def test_no_link_or_button_of_the_portal_refuses(sample, person):
    me = build(person)
    walk = Walk(
        confirmed(me),
        # Only there does it matter whether there's another admin.
        enters=enters_members if person == "only admin" else enters_portal,
        check=check_portal,
        values={
            ("invite", "addresses"): "another@acme.example",
            ("followers", "addresses"): "boss@acme.example",
            "language": "",
            "time_zone": "",
            # As if there were no newer replies.
            "last_read": "",
        },
    )
    starts = ["/support/", "/support/?tab=closed&period=all"]
    walk.run(*(["/support/members/"] if person == "only admin" else starts))
    assert len(walk.visited) > 10
    assert len(walk.pressed) > 5


def test_walk_finds_a_button_that_refuses(sample, as_member):
    """The walk itself works: without the rule for the last admin, it would be refused."""
    me = build("only admin")
    browser = as_member(me)
    url = f"/support/members/{me.pk}/"
    data = {"do": "role", "role": Role.objects.get(key=Role.MEMBER).pk}
    with pytest.raises(AssertionError, match="last admin"):
        check_portal(browser.post(url, data, follow=True), url)


# -- The team ------------------------------------------------------------------------------------

GROUPS = {
    "agents": None,
    "viewers": ("view_ticket",),
    "people viewers": ("view_ticket", "view_member", "view_organization", "view_role"),
    "noters": ("view_ticket", "note_ticket", "export_ticket"),
    "settings": ("change_portalsettings", "change_role", "view_role", "add_role", "delete_role"),
}
if THOROUGH:
    GROUPS |= {
        "people editors": ("change_member", "change_organization"),
        "people adders": ("add_member", "add_organization", "view_member", "view_organization"),
        "repliers": ("view_ticket", "reply_ticket"),
        "emails": ("view_notification", "view_ticket"),
    }


def is_ours(path) -> bool:
    parts = path.split("/")
    return "portal" in parts or any(
        part.startswith(("wagtail_portal", "wagtail-portal")) for part in parts
    )


def check_desk(response, where):
    # Who is denied something is redirected to the admin's home page.
    chain = [url for url, _status in getattr(response, "redirect_chain", ())]
    assert reverse("wagtailadmin_home") not in [*chain, getattr(response, "url", "")], where
    assert response.status_code in (200, 302), where
    if "text/html" in response.headers["Content-Type"]:
        assert "do not have permission" not in response.content.decode(), where


@pytest.mark.long
@pytest.mark.parametrize("name", GROUPS)
def test_no_link_or_button_of_the_desk_is_denied(sample, name):
    build("lead")
    if GROUPS[name] is None:
        user = factories.agent()
    else:
        group(name, *GROUPS[name])
        user = factories.staff(name)
    # Permissions don't depend on the role that's chosen, and a refusal shows in the redirect.
    walk = Walk(signed_in(user), enters=is_ours, check=check_desk, each_role=False, follow=False)
    response = walk.browser.get(reverse("wagtailadmin_home"), follow=True)
    page = BeautifulSoup(response.content, "html.parser")
    links = {link["href"] for link in page.select("a[href]") if is_ours(link["href"])}
    listings = [
        reverse(f"wagtailsnippets_wagtail_portal_{model}:list")
        for model in ("ticket", "member", "organization", "role")
    ]
    allowed = [url for url in listings if signed_in(user).get(url).status_code == 200]
    walk.run(*links, *allowed)
    assert walk.visited
