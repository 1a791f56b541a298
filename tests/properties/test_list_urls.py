"""The ticket list handles any URL and never shows too much."""

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.pages.ticket_list.lists import designate
from wagtail_portal.models import PortalSettings, Role, Ticket
from wagtail_portal.pages.ticket_list import TicketList, menus

NAMES = [
    *("tab", "scope", "period", "sort", "page", "q", "status", "requester", "requester_name"),
    *("form", "assignee", "urgency", "active_from", "active_to", "opened_from", "opened_to"),
    *("f-severity", "f-tags", "f-note", "f-count_from", "f-count_to", "f-due_from", "f-due_to"),
    *("f-at_from", "f-sure", "f-hidden", "field:severity", "values__hidden", "organization"),
]
VALUES = [
    *("open", "closed", "needs-reply", "all", "mine", "followed", "high", "low", "yes", "none"),
    *("2026-01-01", "0001-01-01", "9999-12-31", "-1", "0", "1", "2", "3", "1e400", "NaN", "٣"),
    *("updated", "-updated", "subject", "-status", "f-severity", "-f-due", "f-tags", "f-hidden"),
    *("new", "in-progress", "%", "_", "\\", "'", '"', "\0", "a\0b", "", " ", "x" * 10_000),
]
PARAMS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(NAMES), st.text(max_size=8)),
        st.one_of(st.sampled_from(VALUES), st.text(max_size=12), st.integers().map(str)),
    ),
    max_size=8,
)


@pytest.fixture
def members(home, acme, dana):
    """A plain member and an admin, among tickets they can't see."""
    kinds = {
        **{"Severity": "choice", "Tags": "choices", "Note": "text", "Count": "number"},
        **{"Due": "date", "At": "datetime", "Sure": "yes_no"},
    }
    fields = [
        factories.ticket_field(label, type=kind, choices=[("High", ""), ("Low", "")])
        for label, kind in kinds.items()
    ]
    factories.ticket_field("Hidden", type="text")
    designate(home, *fields, "urgency", "assignee", "opened", as_filter=True)
    admin = factories.member(acme, role=Role.ADMIN)
    outsider = factories.member(factories.organization())
    values = {"severity": "high", "tags": ["low"], "note": "x", "count": 3, "sure": True}
    for requester in (dana, admin, outsider, factories.member(acme)):
        for private in (False, True):
            ticket = factories.ticket(requester, values=values | {"due": "2026-01-01"})
            Ticket.objects.filter(pk=ticket.pk).update(private=private)
    return dana, admin


def ask(member, site, params):
    query = QueryDict(mutable=True)
    for name, value in params:
        query.appendlist(name, value)
    return TicketList(member, PortalSettings.for_site(site), query, lambda ticket: "/")


def test_any_url_only_shows_visible_tickets(home, members):
    site = home.get_site()
    seen = {member: set(Ticket.objects.visible_to(member)) for member in members}
    assert {len(found) for found in seen.values()} == {2, 4}

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sampled_from(members), PARAMS)
    def check(member, params):
        found = ask(member, site, params)
        shown = [row.ticket for row in found.rows]
        assert set(shown) <= seen[member]
        assert len(shown) == len(set(shown))
        # Everything around the rows can be rendered.
        assert menus.tabs(found) and menus.headings(found) and menus.periods(found)
        assert found.order.options(found.url)
        assert str(found.form)
        assert bool(shown) == (found.empty is None)
        # The list's own URL gives the same list with the same description.
        again = ask(member, site, found.url.pairs)
        assert str(again.url) == str(found.url)
        assert again.active_filters == found.active_filters
        if found.page_number == 1:
            assert [row.ticket for row in again.rows] == shown

    check()
