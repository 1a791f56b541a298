"""Every portal URL, viewed as every member by agents of differently limited groups."""

import re

import pytest
from django.urls import reverse
from wagtail.models import Site

from tests import factories
from tests.desk.conftest import group, signed_in
from tests.security import scenario as scenario_module
from tests.security.scenario import MEMBERS, READS
from tests.security.test_walk import READ_ONLY, content, expected, urls
from tests.thorough import THOROUGH
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Member, Organization
from wagtail_portal.pages.models import TicketFormPage
from wagtail_portal.permissions import Actor

VIEW_AS = "/support/view-as/"
ACME = {"dana", "theo", "follower", "admin", "reader", "in both"}
GLOBEX = {"outsider", "foreign admin", "in both"}
#: By group: its permissions, its limits, and the members whom its agents can view the portal as.
GROUPS = {
    "everything": (("view_as_member", "view_ticket"), {}, MEMBERS),
    "acme": (("view_as_member", "view_ticket"), {"organizations": ["Acme"]}, ACME),
    "globex": (("view_as_member", "view_ticket"), {"organizations": ["Globex"]}, GLOBEX),
    "one form": (("view_as_member", "view_ticket"), {"forms": ["open-form"]}, set()),
    "one site": (("view_as_member", "view_ticket"), {"sites": [True]}, set()),
    "no tickets": (("view_as_member",), {}, set()),
    "tickets only": (("view_ticket",), {}, set()),
}


#: By group: as whom its agents open every URL.
VIEWED = {
    "everything": MEMBERS if THOROUGH else {"dana", "admin", "reader"},
    "acme": {"dana", "in both"},
    "globex": {"outsider", "in both"},
}


@pytest.fixture
def scenario(db):
    return scenario_module.build()


def agent_of(name):
    codenames, limits, _members = GROUPS[name]
    found = group(name, *codenames)
    if limits:
        lookups = {
            "organizations": (Organization, "name__in"),
            "forms": (TicketFormPage, "slug__in"),
            "sites": (Site, "is_default_site__in"),
        }
        scope = {
            kind: list(lookups[kind][0].objects.filter(**{lookups[kind][1]: values}))
            for kind, values in limits.items()
        }
        actions.limit_group(found, by=Actor.system(), **scope)
    return factories.staff(name)


def memberships(scenario, person):
    return Member.objects.filter(user=scenario.users[person]).select_related("organization")


@pytest.mark.parametrize("name", GROUPS)
def test_only_members_within_the_limits_are_listed_and_can_be_chosen(scenario, name):
    agent, allowed = agent_of(name), GROUPS[name][2]
    browser = signed_in(agent)
    page = browser.get(VIEW_AS)
    listed = {member.user_id for member in page.context.get("members", ())}
    assert listed == {scenario.users[person].pk for person in allowed}
    for person in READS:
        for member in memberships(scenario, person) if scenario.users[person].pk else ():
            wanted = person in allowed and (name not in ("acme", "globex") or is_of(member, name))
            answer = browser.post(VIEW_AS, {"member": member.pk})
            assert (answer.status_code == 302) == wanted, (person, member.organization)
            if not wanted:
                with pytest.raises((NotAllowed, Invalid)):
                    actions.begin_view_as(member, by=Actor.for_agent(agent))


def is_of(member, name) -> bool:
    return member.organization.name.lower() == name


@pytest.mark.long
@pytest.mark.parametrize("name", ["everything", "acme", "globex"])
def test_agent_sees_exactly_what_the_member_sees(scenario, name):
    browser, walked = signed_in(agent_of(name)), 0
    for person in sorted(GROUPS[name][2] & VIEWED[name]):
        for member in memberships(scenario, person):
            if name != "everything" and not is_of(member, name):
                continue
            assert browser.post(VIEW_AS, {"member": member.pk}).status_code == 302
            # Someone in two organizations is viewed in one of them.
            theirs = READS[person]
            if person == "in both":
                theirs = {"teammates"} if is_of(member, "acme") else {"foreign"}
            for pattern, path, status, people in urls(scenario):
                answer = browser.get(f"/support/{path}")
                found = set(re.findall(r"secret-of-([a-z]+)|(secret-note)", content(answer)))
                assert {one for one, note in found} <= theirs and not any(
                    note for _one, note in found
                ), (person, path)
                # The same as the member's own answer, which another test compares with this.
                if person == "reader":
                    status = READ_ONLY.get(pattern, status)
                if person != "in both":
                    assert answer.status_code == expected(person, status, people), (person, path)
                walked += 1
    assert walked >= 118 * len(GROUPS[name][2] & VIEWED[name])


@pytest.mark.parametrize("change", ["limit", "leave", "lose view_ticket", "deactivate"])
def test_losing_permission_ends_the_view_immediately(scenario, change):
    agent = agent_of("acme")
    browser = signed_in(agent)
    dana = memberships(scenario, "dana").get()
    browser.post(VIEW_AS, {"member": dana.pk})
    assert "secret-of-plain" in content(browser.get("/support/"))
    acme = agent.groups.get()
    if change == "limit":
        globex = Organization.objects.get(name="Globex")
        actions.limit_group(acme, by=Actor.system(), organizations=[globex])
    elif change == "leave":
        agent.groups.clear()
    elif change == "lose view_ticket":
        acme.permissions.remove(acme.permissions.get(codename="view_ticket"))
    else:
        agent.is_active = False
        agent.save()
    assert "secret-of" not in content(browser.get("/support/"))


@pytest.fixture
def limited(scenario):
    """An agent with every permission for customers, in a group that's limited to Globex."""
    rights = [f"{verb}_{what}" for verb in ("view", "add", "change", "delete") for what in WHAT]
    globex = Organization.objects.get(name="Globex")
    found = group("Globex team", "view_ticket", "add_ticket", "change_ticket", *rights)
    actions.limit_group(found, by=Actor.system(), organizations=[globex])
    return factories.staff("Globex team")


WHAT = ("member", "organization")
SAME = {
    "name": "Acme",
    "external_id": None,
    "default_role": None,
    "domain_joining": "off",
    "domains": [],
    "verified_domains": ["new.example"],
}


def test_customers_out_of_scope_are_hidden_in_the_admin(scenario, limited):
    browser = signed_in(limited)
    theo = memberships(scenario, "theo").get()
    theirs = {"member": theo.pk, "organization": theo.organization_id}
    for what in WHAT:
        assert browser.get(
            reverse("wagtail_portal_suggest", args=[what]), {"q": "acme"}
        ).json() == {"results": []}
        names = f"wagtailsnippets_wagtail_portal_{what}"
        for query in ({}, {"q": "acme"}, {"export": "csv"}):
            page = content(browser.get(reverse(f"{names}:list"), query))
            assert "theo@acme.example" not in page and "Acme" not in page, (what, query)
        for view in ("edit", "delete", "inspect", "history"):
            url = reverse(f"{names}:{view}", args=[theirs[what]])
            assert browser.get(url).status_code in (302, 404), url
            assert browser.post(url, {"role": 1}).status_code in (302, 404, 405), url
    theo.refresh_from_db()
    assert theo.role.key == "member"


def test_actions_refuse_customers_out_of_scope(scenario, limited):
    theo, by = memberships(scenario, "theo").get(), Actor.for_agent(limited)
    admin = memberships(scenario, "admin").get()
    for act in (
        lambda: actions.revoke_access(theo, by=by),
        lambda: actions.change_role(theo, by=by, role=admin.role),
        lambda: actions.create_member(theo.organization, by=by, email="new@acme.example"),
        lambda: actions.invite_member(theo.organization, by=by, email="new@acme.example"),
        lambda: actions.change_organization(theo.organization, by=by, **SAME),
        lambda: actions.erase_member(theo, by=by, remove_texts=False),
    ):
        with pytest.raises(NotAllowed):
            act()
    both = Member.objects.get(user=scenario.users["in both"], organization__name="Globex")
    with pytest.raises(Invalid, match="organizations you don’t have access to"):
        actions.erase_member(both, by=by, remove_texts=False)
    outsider = memberships(scenario, "outsider").get()
    actions.create_member(outsider.organization, by=by, email="new@globex.example")
