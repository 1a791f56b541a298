"""After any merge of two organizations, every member sees what the rules say, and no one else
anything more."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.properties.access_model import Membership, Scenario, scenarios
from tests.properties.build_access_model import build, stored_file
from tests.rollback import rolled_back
from tests.thorough import THOROUGH
from wagtail_portal import actions
from wagtail_portal.models import Member, Organization, Role, Ticket
from wagtail_portal.permissions import Actor

SOURCE, TARGET = 0, 1


def merged(scenario: Scenario, keeps_target_role: bool) -> tuple[Scenario, dict[int, str]]:
    """Return the scenario as it should be afterwards, and the roles of those who were in both, by
    the primary key of the membership that stays."""
    rows, places, chosen = [], {}, {}
    targets = {row.user: row for row in scenario.memberships if row.organization == TARGET}
    for place, row in enumerate(scenario.memberships):
        if row.organization == SOURCE and row.user in targets:
            other = targets[row.user]
            chosen[other.pk] = other.role if keeps_target_role else row.role
            continue
        places[place] = len(rows)
        organization = TARGET if row.organization == SOURCE else row.organization
        rows.append(Membership(row.user, organization, row.role, row.pk))
    for place, row in enumerate(scenario.memberships):
        if place not in places:
            same = scenario.memberships.index(targets[row.user])
            places[place] = places[same]
    for row in rows:
        row.role = chosen.get(row.pk, row.role)
    for ticket in scenario.tickets:
        ticket.requester = places[ticket.requester]
        ticket.followers = {places[place] for place in ticket.followers} - {ticket.requester}
        if ticket.organization == SOURCE:
            ticket.organization = TARGET
    scenario.memberships = rows
    return scenario, chosen


@pytest.mark.django_db
@settings(
    max_examples=100 if THOROUGH else 15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(scenario=scenarios(), keeps_target_role=st.booleans())
def test_members_see_exactly_what_their_roles_say(scenario, keeps_target_role):
    with rolled_back():
        build(scenario, stored_file())
        source, target = (
            Organization.objects.get(name=f"org-{place}") for place in (SOURCE, TARGET)
        )
        before = _seen()
        expected, chosen = merged(scenario, keeps_target_role)
        roles = {pk: Role.objects.get(key=role) for pk, role in chosen.items()}
        manager = Actor.for_agent(factories.staff("Support managers"))

        actions.merge_organizations(source, into=target, by=manager, roles=roles)

        after = _seen()
        assert Ticket.objects.count() == len(scenario.tickets)
        assert set(after) == {row.pk for row in expected.memberships}
        for row in expected.memberships:
            visible = {
                ticket.pk
                for ticket in expected.tickets
                if row.gives_access and expected.sees(row, ticket)
            }
            assert after[row.pk] == visible
            if row.organization not in (SOURCE, TARGET):
                assert after[row.pk] == before[row.pk]
        # Each ticket belongs to the organization of everyone who takes part in it.
        for ticket in Ticket.objects.select_related("requester"):
            assert ticket.requester.organization_id == ticket.organization_id
            for link in ticket.follower_links.select_related("member"):
                assert link.member.organization_id == ticket.organization_id


def _seen() -> dict[int, set[int]]:
    """Return the tickets that each member sees."""
    return {
        member.pk: set(Ticket.objects.visible_to(member).values_list("pk", flat=True))
        for member in Member.objects.select_related("role")
    }
