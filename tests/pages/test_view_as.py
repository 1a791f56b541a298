"""Viewing the portal as a member is read-only for the team."""

import uuid

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core import serializers
from django.test import Client
from django.urls import reverse
from django.urls.converters import IntConverter, UUIDConverter
from django.utils import timezone
from wagtail.models import ModelLogEntry

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import Role, TicketReadState
from wagtail_portal.permissions import Actor

START = "/support/view-as/"


@pytest.fixture
def manager(home):
    return factories.staff("Support managers", name="Petra Boss")


def signed_in(user) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.fixture
def browser(manager):
    return signed_in(manager)


def view_as(browser, member):
    return browser.post(START, {"member": member.pk})


def log_of(member) -> list[str]:
    rows = ModelLogEntry.objects.for_instance(member).order_by("timestamp", "pk")
    return [row.action.partition(".")[2] for row in rows if "view_as" in row.action]


def test_team_members_can_choose_a_member_to_view_as(browser, dana):
    response = browser.get("/support/")
    page = response.content.decode()
    assert response.status_code == 403
    assert "You’re signed in as a team member" in page
    assert f'action="{START}"' in page


def test_members_are_found_by_name_address_and_organization(browser, acme, dana):
    other = factories.member(factories.organization("Birch"), "kim@birch.example", name="Kim Lee")
    for words, found in (("dana", dana), ("ACME.example", dana), ("birch lee", other)):
        rows = browser.get(START, {"q": words}).context["members"]
        assert rows == [found]
    assert "No members with access found" in browser.get(START, {"q": "xyz"}).content.decode()


def test_portal_shows_what_the_member_sees_with_a_banner(browser, acme, dana):
    mine = factories.ticket(dana, "Mine alone")
    factories.ticket(factories.member(acme), "Of somebody else")
    assert view_as(browser, dana).url == "/support/"
    for url in ("/support/", f"/support/tickets/{mine.number}/", "/support/new/"):
        response = browser.get(url)
        page = response.content.decode()
        assert "You’re viewing the portal as <strong>Dana Reyes</strong>, Acme" in page, url
        assert "Ends in 30 minutes" in page
        assert "no-store" in response["Cache-Control"]
    page = browser.get("/support/").content.decode()
    assert "Mine alone" in page
    assert "Of somebody else" not in page


def test_banner_is_not_shown_to_others(as_member, home, dana):
    assert "You are looking as" not in as_member(dana).get("/support/").content.decode()


def test_start_and_end_are_logged(browser, manager, dana):
    view_as(browser, dana)
    entry = ModelLogEntry.objects.for_instance(dana).get(action="wagtail_portal.begin_view_as")
    assert entry.user == manager
    assert "until" in entry.data
    assert entry.message.startswith("Viewed the portal as this member, until ")
    assert browser.post(f"{START}end/").url == START
    assert log_of(dana) == ["begin_view_as", "end_view_as"]
    assert browser.get("/support/").status_code == 403


def test_ending_twice_is_logged_once(browser, dana):
    view_as(browser, dana)
    browser.post(f"{START}end/")
    browser.post(f"{START}end/")
    assert log_of(dana) == ["begin_view_as", "end_view_as"]


def test_viewing_as_another_member_ends_the_previous_view(browser, acme, dana):
    other = factories.member(acme, name="Kim Lee")
    view_as(browser, dana)
    view_as(browser, other)
    assert log_of(dana) == ["begin_view_as", "end_view_as"]
    assert "Kim Lee" in browser.get("/support/").content.decode()


def test_signing_out_ends_viewing(browser, dana):
    view_as(browser, dana)
    browser.post(reverse("wagtail_portal_signin:account_logout"))
    assert log_of(dana) == ["begin_view_as", "end_view_as"]


def test_viewing_ends_after_the_time_limit(browser, dana, monkeypatch):
    import time

    view_as(browser, dana)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 29 * 60)
    assert browser.get("/support/").status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + 30 * 60 + 1)
    assert browser.get("/support/").status_code == 403


def test_losing_the_permission_ends_viewing(browser, manager, dana):
    view_as(browser, dana)
    manager.groups.set(Group.objects.filter(name="Support agents"))
    assert browser.get("/support/").status_code == 403


def test_viewing_ends_when_the_member_loses_access(browser, dana):
    view_as(browser, dana)
    role = Role.objects.get(key=Role.NO_ACCESS)
    actions.change_role(dana, by=factories.SYSTEM, role=role)
    assert browser.get("/support/").status_code == 403


@pytest.mark.parametrize("role", [Role.NO_ACCESS, "visitor"])
def test_members_without_access_cannot_be_chosen(browser, acme, role):
    if role == "visitor":
        member = actions.save_visitor("who@nowhere.example")
    else:
        member = factories.member(acme, role=role)
    assert view_as(browser, member).status_code == 404
    assert browser.get(START, {"q": member.email}).context["members"] == []


@pytest.mark.parametrize("sent", ["", "x", "0", "9" * 30, "-1", "１"])
def test_missing_member_is_not_found(browser, sent):
    assert browser.post(START, {"member": sent}).status_code == 404


def test_agents_do_not_have_the_permission(home, dana):
    agent = signed_in(factories.agent())
    assert START not in agent.get("/support/").content.decode()
    assert agent.get(START).status_code == 404
    assert view_as(agent, dana).status_code == 404
    assert agent.get("/support/").status_code == 403


def test_permission_can_be_given_in_the_group_editor(home, dana):
    group = Group.objects.create(name="Coaches")
    boss = signed_in(factories.staff(is_superuser=True))
    page = boss.get(reverse("wagtailusers_groups:edit", args=[group.pk])).content.decode()
    permission = Permission.objects.get(codename="view_as_member")
    assert f'value="{permission.pk}"' in page
    group.permissions.add(permission)
    # What a member sees are tickets, which the permission alone doesn't show.
    assert view_as(signed_in(factories.staff("Coaches")), dana).status_code == 404
    group.permissions.add(Permission.objects.get(codename="view_ticket"))
    coach = signed_in(factories.staff("Coaches"))
    assert view_as(coach, dana).status_code == 302


def test_customers_cannot_view_as_members(as_member, acme, home, dana):
    admin = as_member(factories.member(acme, role=Role.ADMIN))
    assert admin.get(START).status_code == 404
    assert view_as(admin, dana).status_code == 404
    assert admin.post(f"{START}end/").status_code == 404


def test_visitors_are_sent_to_the_admin_login(client, home, settings):
    assert client.get(START).url == f"/admin/login/?next={START}"
    settings.WAGTAILADMIN_LOGIN_URL = "/team/login/"
    assert client.get(START).url == f"/team/login/?next={START}"


def test_viewing_requires_post(browser, dana):
    browser.get(START, {"member": dana.pk})
    assert browser.get("/support/").status_code == 403
    browser.get(f"{START}end/")
    assert not log_of(dana)


def test_viewing_requires_a_csrf_token(manager, dana):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    assert view_as(browser, dana).status_code == 403
    assert not log_of(dana)


def all_rows() -> str:
    """Return all rows except sessions."""
    models = [row for row in apps.get_models() if row._meta.label != "sessions.Session"]
    rows = [row for model in models for row in model._base_manager.order_by("pk")]
    return serializers.serialize("json", rows)


def _routes(home, ticket):
    for route in type(home).get_subpage_urls():
        converters = route.pattern.converters
        if route.name in ("portal_view_as", "portal_view_as_end"):
            continue
        samples = {IntConverter: ticket.number, UUIDConverter: uuid.uuid4()}
        values = {name: samples.get(type(converter), "x") for name, converter in converters.items()}
        yield home.reverse_subpage(route.name, kwargs=values)


def test_nothing_can_be_submitted_while_viewing(home, browser, acme, dana):
    """Covers every route and form, each with the data it needs."""
    form = factories.form_page(home)
    ticket = factories.ticket(dana)
    other = factories.member(acme)
    reply = actions.reply(ticket, by=Actor.for_agent(factories.agent()), body="Try this.")
    view_as(browser, dana)
    data = {
        "body": "No",
        "subject": "No",
        "description": "No",
        "message": reply.pk,
        "member": other.pk,
        "name": "No",
        "emails": "new@acme.example",
        "score": "good",
        "urgency": "high",
        "private": "on",
    }
    before = all_rows()
    paths = {*_routes(home, ticket), "report/", ""}
    assert len(paths) > 20
    assert form.get_url().endswith("/report/")
    for path in sorted(paths):
        for headers in ({}, {"Accept": "application/json"}):
            response = browser.post(f"/support/{path}", data, headers=headers)
            assert response.status_code == 403, path
            assert "Only the customer can make changes" in response.content.decode(), path
    assert all_rows() == before
    # The same request works for the customer, which proves that the test can fail.
    customer = Client()
    customer.force_login(dana.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    customer.post(f"/support/tickets/{ticket.number}/reply/", data)
    assert all_rows() != before


def test_viewing_marks_nothing_as_read_and_is_not_a_visit(home, browser, dana):
    form = factories.form_page(home)
    seen = timezone.now() - timezone.timedelta(days=3)
    type(dana).objects.filter(pk=dana.pk).update(last_seen_at=seen)
    ticket = factories.ticket(dana)
    actions.reply(ticket, by=Actor.for_agent(factories.agent()), body="Try this.")
    view_as(browser, dana)
    before = all_rows()
    urls = ["", f"tickets/{ticket.number}/", "new/", form.slug + "/", "organization/", "?q=stuck"]
    for url in urls:
        assert browser.get(f"/support/{url}").status_code in (200, 302), url
    browser.get(f"/accounts/updates/{ticket.number}/")
    assert all_rows() == before
    assert not TicketReadState.objects.exists()


def test_exports_are_not_available_while_viewing(home, browser, dana):
    factories.ticket(dana)
    view_as(browser, dana)
    response = browser.get("/support/export/csv/")
    assert response.status_code == 403
    assert "You can only view the portal" in response.content.decode()


def test_staff_who_are_also_members_see_what_the_other_member_sees(
    home, acme, dana, manager, browser
):
    factories.ticket(factories.member(acme, manager.email), "Of the manager")
    view_as(browser, dana)
    assert "Of the manager" not in browser.get("/support/").content.decode()
