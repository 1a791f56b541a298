"""The team merges two accounts of one person in the admin."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from tests import factories
from tests.desk.conftest import signed_in
from wagtail_portal.models import GroupScope, Member, Role

MEMBERS = "wagtailsnippets_wagtail_portal_member"


def url(name: str, *args) -> str:
    return reverse(f"{MEMBERS}:{name}", args=args)


@pytest.fixture
def browser(manager):
    """The manager's browser."""
    return signed_in(manager)


@pytest.fixture
def old(acme):
    return factories.member(acme, "dana@old.example", role=Role.ADMIN, name="Dana R.")


def text_of(response) -> str:
    page = BeautifulSoup(response.content, "html.parser")
    return " ".join(page.select_one("main").get_text(" ").split())


def test_the_other_account_is_searched_and_chosen(browser, dana, old):
    page = url("merge", dana.pk)
    assert page in browser.get(url("edit", dana.pk)).content.decode()
    html = browser.get(page, {"q": "dana"}).content.decode()
    assert f"{page}?other={old.pk}" in html
    assert f"?other={dana.pk}" not in html


def test_page_says_what_moves_and_asks_for_the_role(browser, dana, old, acme):
    factories.ticket(old)
    factories.ticket(old)
    globex = factories.member(factories.organization("Globex"), old.email)
    text = text_of(browser.get(url("merge", dana.pk), {"other": globex.pk}))
    assert "Dana R. (dana@old.example) will be merged into Dana Reyes (dana@acme.example)" in text
    assert "becomes a member of: Globex" in text
    assert "Both accounts belong to: Acme" in text
    assert "2 tickets, 2 messages" in text
    assert "the person will also see 2 tickets that only the other account sees." in text
    assert "If you choose a weaker role, they’ll see fewer tickets." in text
    assert "No one else gains access." in text
    assert "sign in with: dana@acme.example, dana@old.example" in text
    assert "Emails go to dana@acme.example" in text
    assert "Role in Acme" in text
    html = browser.get(url("merge", dana.pk), {"other": old.pk})
    chosen = BeautifulSoup(html.content, "html.parser").select_one("input[type=radio][checked]")
    assert chosen["value"] == str(old.role_id)
    assert Member.objects.count() == 3


def test_merging(browser, dana, old, acme):
    role = Role.objects.get(key=Role.ADMIN)
    data = {"other": old.pk, f"role-{acme.pk}": role.pk}
    response = browser.post(url("merge", dana.pk), data, follow=True)
    text = text_of(response)
    assert "dana@acme.example, dana@old.example" in text
    assert Member.objects.get().role == role


def test_role_has_to_be_chosen(browser, dana, old):
    assert browser.post(url("merge", dana.pk), {"other": old.pk}).status_code == 200
    assert Member.objects.count() == 2


def test_team_members_are_refused_in_words(browser, dana, acme):
    member = factories.member(acme, factories.agent(email="robin@company.example").email)
    response = browser.get(url("merge", dana.pk), {"other": member.pk})
    assert "Accounts of team members can’t be merged" in text_of(response)
    assert '<button class="button serious"' not in response.content.decode()


def test_who_may_not_delete_members_gets_nowhere(dana, old):
    agent = signed_in(factories.agent())
    assert url("merge", dana.pk) not in agent.get(url("edit", dana.pk)).content.decode()
    assert agent.get(url("merge", dana.pk)).status_code in (302, 403)


def test_limited_manager_reaches_nobody_elsewhere(manager, dana, old, acme):
    GroupScope.objects.create(group=manager.groups.get()).organizations.add(acme)
    elsewhere = factories.member(factories.organization("Globex"), "eve@globex.example")
    browser = signed_in(manager)
    page = url("merge", dana.pk)
    assert browser.get(page, {"q": "eve"}).context["choices"] == []
    assert browser.get(page, {"other": elsewhere.pk}).status_code in (302, 404)
    factories.member(factories.organization("Initech"), old.email)
    response = browser.get(page, {"other": old.pk})
    assert response.status_code in (302, 403)
    assert "Initech" not in response.content.decode()
