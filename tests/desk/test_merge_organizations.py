"""The team merges two organizations in the admin."""

import json
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.desk.conftest import signed_in
from wagtail_portal import actions
from wagtail_portal.models import (
    CustomerField,
    DomainJoining,
    GroupScope,
    Member,
    Organization,
    OrganizationDomain,
    OrganizationMerge,
    Role,
    Ticket,
    TicketWords,
)
from wagtail_portal.permissions import Actor

#: Of the page that says what will happen.
PREVIEW_QUERIES = 41

ORGANIZATIONS = "wagtailsnippets_wagtail_portal_organization"


def url(name: str, *args) -> str:
    return reverse(f"{ORGANIZATIONS}:{name}", args=args)


@pytest.fixture
def browser(manager):
    """The manager's browser."""
    return signed_in(manager)


@pytest.fixture
def globex(db):
    """The organization that goes."""
    return factories.organization("Globex", external_id="G-1")


def text_of(response) -> str:
    page = BeautifulSoup(response.content, "html.parser")
    return " ".join(page.select_one("main").get_text(" ").split())


def test_page_and_list_offer_it_and_the_other_one_is_searched(browser, acme, globex):
    page = url("merge", acme.pk)
    assert page in browser.get(url("inspect", acme.pk)).content.decode()
    assert page in browser.get(url("list")).content.decode()
    html = browser.get(page, {"q": "g-1"}).content.decode()
    assert f"{page}?other={globex.pk}" in html
    assert browser.get(page, {"q": "acme"}).context["choices"] == []


def test_preview_says_who_will_see_what(browser, acme, globex, dana, home):
    boss = factories.member(globex, role=Role.ADMIN, name="Bo Boss")
    factories.member(acme, role=Role.ADMIN, name="Ada Admin")
    factories.member(globex, dana.email, role=Role.ADMIN)
    for requester, private in ((dana, False), (dana, False), (dana, True), (boss, False)):
        factories.ticket(requester, private=private)
    scope = GroupScope.objects.create(group=factories.staff("Support agents").groups.get())
    scope.organizations.add(globex)
    form = factories.form_page(home, [], title="Order spare parts")
    stream = [{"type": "organization", "value": globex.pk, "id": "a"}]
    form.for_organizations = form._meta.get_field("for_organizations").to_python(stream)
    form.save_revision().publish()

    text = text_of(browser.get(url("merge", acme.pk), {"other": globex.pk}))

    assert "Globex will be merged into Acme" in text
    for sentence in (
        "Members of Globex who will also see 2 tickets of Acme, all except private ones: Bo Boss, "
        "Dana Reyes.",
        "Members of Acme who will also see 1 ticket of Globex, all except private ones: Ada Admin.",
        "Members of Globex who will also see and manage the members of Acme: Bo Boss, Dana Reyes.",
        "Members of Acme who will also see and manage the members of Globex: Ada Admin.",
    ):
        assert sentence in text
    assert "All other members see the same tickets as before" in text
    assert "limited to Globex will also see the tickets of Acme: Support agents." in text
    assert "for Globex will also be for the members of Acme: Order spare parts." in text
    assert "external ID G-1 sign them in to Acme" in text
    assert "These people belong to both. One membership of each stays: Dana Reyes." in text
    assert "Role of Dana Reyes" in text
    assert Organization.objects.filter(pk=globex.pk).exists()


def test_preview_says_what_moves_and_changes(browser, acme, globex):
    for row, domain, joining in (
        (acme, "acme.test", DomainJoining.DIRECT),
        (globex, "globex.test", DomainJoining.APPROVAL),
    ):
        OrganizationDomain.objects.create(
            organization=row, domain=domain, verified_at=timezone.now()
        )
        Organization.objects.filter(pk=row.pk).update(domain_joining=joining, notes=domain)
    for label in ("Plan", "Region"):
        CustomerField.objects.create(label=label, key=label.lower(), type="text")
    Organization.objects.filter(pk=acme.pk).update(values={"plan": "Gold"})
    values = {"plan": "Silver", "region": "North"}
    Organization.objects.filter(pk=globex.pk).update(legal_hold=True, values=values)
    member = factories.member(globex)
    factories.ticket(member)

    text = text_of(browser.get(url("merge", acme.pk), {"other": globex.pk}))

    assert "These will move to Acme: 1 ticket, 1 member, 1 email domain, along with" in text
    assert "Globex no longer exists. Acme keeps its name and default role." in text
    assert "Acme takes over the external ID G-1." in text
    assert "Joining Acme by email domain: Requires approval" in text
    assert "The legal hold on Globex will apply to the tickets and members of both." in text
    assert "The notes about both are put together." in text
    assert "Plan stays Gold. In Globex, it was Silver." in text
    assert "Region is taken over from Globex: North." in text


def test_preview_of_very_many_tickets_says_that_replies_wait(browser, acme, globex, monkeypatch):
    member = factories.member(globex)
    factories.ticket(member)
    page = url("merge", acme.pk)
    assert "choose a quiet time" not in text_of(browser.get(page, {"other": globex.pk}))
    monkeypatch.setattr("wagtail_portal.desk.organization_effects.NOTICED", 0)
    assert "choose a quiet time" in text_of(browser.get(page, {"other": globex.pk}))


@pytest.mark.parametrize("members", [3, 12])
def test_preview_needs_the_same_queries_for_any_number(
    browser, acme, globex, django_assert_max_num_queries, members
):
    for organization in (acme, globex):
        for _number in range(members):
            factories.ticket(factories.member(organization, role=Role.ADMIN))
    page = url("merge", acme.pk)
    browser.get(page, {"other": globex.pk})
    with django_assert_max_num_queries(PREVIEW_QUERIES):
        browser.get(page, {"other": globex.pk})


def test_merging(browser, acme, globex, dana):
    merged = factories.member(globex, dana.email, role=Role.ADMIN)
    ticket = factories.ticket(merged)
    page = url("merge", acme.pk)
    assert browser.post(page, {"other": globex.pk}).status_code == 200
    assert Member.objects.count() == 2
    data = {"other": globex.pk, f"role-{dana.pk}": merged.role_id}
    response = browser.post(page, data, follow=True)
    assert "The organizations were merged." in response.content.decode()
    text = text_of(response)
    assert ticket.subject in text
    assert "Merged organizations Globex" in text
    assert "Globex was merged into this organization" in text
    assert Member.objects.get().role == merged.role
    # Pressed twice, it says so.
    assert browser.post(page, data).status_code == 404
    # The former name still finds it.
    assert "Acme" in text_of(browser.get(url("list"), {"q": "globex"}))


def test_large_organization_is_merged_in_the_background(
    browser, acme, globex, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("wagtail_portal.desk.merge_organizations.AT_ONCE", 0)
    monkeypatch.setattr("wagtail_portal.actions.people.organization_merges.CHUNK", 1)
    member = factories.member(globex)
    tickets = [factories.ticket(member) for _number in range(2)]
    with django_capture_on_commit_callbacks() as waiting:
        page = browser.post(url("merge", acme.pk), {"other": globex.pk}).url
    # Pressed twice, it leads to the same merge.
    assert browser.post(url("merge", acme.pk), {"other": globex.pk}).url == page
    assert waiting
    assert "In progress" in text_of(browser.get(page))
    for row in (acme, globex):
        assert page in browser.get(url("inspect", row.pk)).content.decode()
    tickets.append(factories.ticket(member))
    # The process dies after the first step, and the worker finds what's left.
    merge = OrganizationMerge.objects.get()
    actions.continue_organization_merge(merge, most=1)
    assert "The organizations were merged" in text_of(browser.get(page))
    assert set(Ticket.objects.values_list("organization", flat=True)) == {acme.pk}
    OrganizationMerge.objects.update(active_until=timezone.now())
    actions.continue_stale_runs(most=10)
    text = text_of(browser.get(page))
    assert "Finished. 3 / 3 The organizations were merged. Acme" in text
    for words in TicketWords.objects.values_list("words", flat=True):
        assert f" %{acme.pk} " in words and f" %{globex.pk} " not in words
    assert page not in browser.get(url("inspect", acme.pk)).content.decode()
    actions.discard_organization_merges(older_than=timedelta(0))
    assert not OrganizationMerge.objects.exists()


def test_what_can_no_longer_be_merged_says_so(manager, browser, acme, globex):
    by = Actor.for_agent(manager)
    merge = actions.begin_organization_merge(globex, into=acme, by=by)
    other = factories.organization("Initech")
    actions.merge_organizations(globex, into=other, by=by)
    actions.continue_organization_merge(merge)
    text = text_of(browser.get(reverse("wagtail_portal_organization_merge", args=[merge.pk])))
    assert "This organization no longer exists." in text
    assert "were merged" not in text


def test_target_that_was_merged_meanwhile_is_found(manager, acme, globex):
    by = Actor.for_agent(manager)
    member = factories.member(globex)
    merge = actions.begin_organization_merge(globex, into=acme, by=by)
    final = factories.organization("Initech")
    actions.merge_organizations(acme, into=final, by=by)
    merge = actions.continue_organization_merge(merge)
    assert not merge.failed
    member.refresh_from_db()
    assert member.organization == final


def test_who_may_not_delete_organizations_gets_nowhere(acme, globex):
    agent = signed_in(factories.agent())
    assert url("merge", acme.pk) not in agent.get(url("inspect", acme.pk)).content.decode()
    assert url("merge", acme.pk) not in agent.get(url("list")).content.decode()
    for send in (agent.get, agent.post):
        assert send(url("merge", acme.pk), {"other": globex.pk}).status_code in (302, 403)
    assert Organization.objects.filter(pk=globex.pk).exists()


def test_limited_manager_reaches_no_other_organization(manager, acme, globex):
    GroupScope.objects.create(group=manager.groups.get()).organizations.add(acme)
    browser = signed_in(manager)
    page = url("merge", acme.pk)
    assert browser.get(page, {"q": "globex"}).context["choices"] == []
    for send in (browser.get, browser.post):
        response = send(page, {"other": globex.pk})
        assert response.status_code == 404
        assert "Globex" not in response.content.decode()
    assert browser.get(url("merge", globex.pk)).status_code == 404


def test_visitors_are_not_merged(browser, acme):
    visitors = actions.save_visitor("someone@else.example").organization
    assert url("merge", visitors.pk) not in browser.get(url("list")).content.decode()
    assert browser.get(url("merge", visitors.pk)).status_code == 404
    assert browser.get(url("merge", acme.pk), {"other": visitors.pk}).status_code == 404


def test_form_that_was_opened_before_a_merge_takes_nothing_back(browser, acme, globex):
    """What the agent doesn't change in the form of an organization stays as the merge left it."""
    url = reverse(f"{ORGANIZATIONS}:edit", args=[acme.pk])
    page = BeautifulSoup(browser.get(url).content, "html.parser")
    original = page.find("input", {"name": "original"})["value"]
    given = {"external_id": "globex", "default_role": None, "legal_hold": True}
    actions.change_organization(
        globex,
        by=factories.SYSTEM,
        name="Globex",
        domain_joining="off",
        domains=["globex.test"],
        verified_domains=["globex.example"],
        **given,
    )
    actions.merge_organizations(globex, into=acme, by=factories.SYSTEM, roles={})
    acme.refresh_from_db()
    before = acme.domain_joining
    data = {
        "name": "Acme Limited",
        "domain_joining": json.loads(original)["domain_joining"],
        "original": original,
        "domains-TOTAL_FORMS": 0,
        "domains-INITIAL_FORMS": 0,
    }
    assert browser.post(url, data).status_code == 302
    acme.refresh_from_db()
    assert (acme.name, acme.external_id, acme.legal_hold) == ("Acme Limited", "globex", True)
    assert acme.domain_joining == before
    assert acme.verified_domains == ["globex.example"]
    assert acme.domains.count() == 2
    # Whatever a tampered form says it's based on, it's no error.
    for nonsense in ("[]", "{}", '{"domains": 1}', "null", "{"):
        assert browser.post(url, {**data, "original": nonsense}).status_code in (200, 302)
