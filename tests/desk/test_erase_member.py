"""Erasing a person in the admin: what the page says and who can open it."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.desk.conftest import signed_in
from wagtail_portal import actions
from wagtail_portal.models import Erasure, Member, Message, is_erased
from wagtail_portal.permissions import Actor

MEMBERS = "wagtailsnippets_wagtail_portal_member"


def url(name: str, *args) -> str:
    return reverse(f"{MEMBERS}:{name}", args=args)


@pytest.fixture
def browser(manager):
    """A test client in which the manager is signed in."""
    return signed_in(manager)


def text_of(response) -> str:
    page = BeautifulSoup(response.content, "html.parser")
    return " ".join(page.select_one("main").get_text(" ").split())


def test_page_explains_the_consequences(browser, dana, ticket):
    factories.member(factories.organization("Globex"), dana.email)
    assert url("erase", dana.pk) in browser.get(url("edit", dana.pk)).content.decode()
    text = text_of(browser.get(url("erase", dana.pk)))
    assert "Dana Reyes (dana@acme.example)" in text
    assert "from all their organizations" in text and "Acme" in text and "Globex" in text
    assert "1 ticket will be kept" in text and "1 message" in text
    assert not is_erased(Member.objects.get(pk=dana.pk).user)


@pytest.mark.parametrize(("choice", "body"), [("keep", "It **never** ends."), ("remove", "Erased")])
def test_team_chooses_whether_to_remove_messages(browser, dana, ticket, choice, body):
    response = browser.post(url("erase", dana.pk), {"texts": choice}, follow=True)
    assert "The person’s data was erased" in response.content.decode()
    assert "Dana" not in response.content.decode()
    assert Message.objects.get().body == body
    # The team can still work with the tickets.
    screen = reverse("wagtailsnippets_wagtail_portal_ticket:edit", args=[ticket.pk])
    assert "Former member" in browser.get(screen).content.decode()


def test_no_option_is_preselected(browser, dana):
    assert browser.post(url("erase", dana.pk), {}).status_code == 200
    assert not is_erased(Member.objects.get(pk=dana.pk).user)


def test_erasing_a_team_member_is_refused_with_a_message(browser, acme):
    member = factories.member(acme, factories.agent(email="robin@company.example").email)
    response = browser.get(url("erase", member.pk))
    assert "Remove this user’s access to the Wagtail admin first" in text_of(response)
    assert not BeautifulSoup(response.content, "html.parser").select("main [name=texts]")
    response = browser.post(url("erase", member.pk), {"texts": "keep"}, follow=True)
    assert "Remove this user’s access to the Wagtail admin first" in response.content.decode()
    assert Member.objects.get(pk=member.pk).email == "robin@company.example"


def test_submitting_twice_erases_once(browser, dana):
    for _time in range(2):
        assert browser.post(url("erase", dana.pk), {"texts": "keep"}).url == url("list")
    assert "already been erased" in text_of(browser.get(url("erase", dana.pk)))
    assert url("erase", dana.pk) not in browser.get(url("edit", dana.pk)).content.decode()


def test_large_organization_is_searched_through_in_the_background(
    browser, dana, ticket, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("wagtail_portal.desk.erase_member.AT_ONCE", 0)
    with django_capture_on_commit_callbacks() as waiting:
        page = browser.post(url("erase", dana.pk), {"texts": "keep"}).url
    assert "In progress" in text_of(browser.get(page))
    assert not is_erased(Member.objects.get(pk=dana.pk).user)
    # The process dies before it begins, and the worker finds what's left.
    assert waiting
    Erasure.objects.update(active_until=timezone.now())
    actions.continue_stale_runs(most=10)
    assert "data was erased" in text_of(browser.get(page))
    assert is_erased(Member.objects.get(pk=dana.pk).user)
    actions.discard_erasures(older_than=timedelta(0))
    assert not Erasure.objects.exists()


def test_person_is_erased_though_their_accounts_are_merged_before(manager, acme, dana):
    other = factories.member(acme, "dana@old.example", name="Dana R.")
    by = Actor.for_agent(manager)
    erasure = actions.begin_erasure(other, by=by, remove_texts=False)
    actions.merge_people(other, into=dana, by=by)
    assert not Member.objects.filter(pk=other.pk).exists()
    erasure = actions.continue_erasure(Erasure.objects.get(pk=erasure.pk))
    assert erasure.done == 1 and is_erased(Member.objects.get(pk=dana.pk).user)


def test_permission_is_required(agent, dana):
    browser = signed_in(agent)
    for send in (browser.get, browser.post):
        assert send(url("erase", dana.pk), {"texts": "keep"}).url == "/admin/"
    assert not is_erased(Member.objects.get(pk=dana.pk).user)


def test_missing_member_is_not_found(browser):
    assert browser.get(url("erase", 4711)).status_code == 404


def test_former_member_is_listed_and_cannot_be_restored(acme, home, manager, dana, as_member):
    admin = factories.member(acme, role="admin")
    actions.erase_member(dana, by=Actor.for_agent(manager), remove_texts=False)
    page = BeautifulSoup(as_member(admin).get("/support/members/").content, "html.parser")
    row = next(row for row in page.select("tbody tr") if "Former member" in row.text)
    assert "Restore" not in row.text and "dana" not in row.text
