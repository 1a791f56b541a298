"""In any scenario, every user gets from every portal URL what the rules say.

The URLs are taken from the code: adding one fails the test until it has a rule here.
"""

import re
import uuid
from collections import Counter
from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage import default_storage
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import Http404, HttpResponseNotFound
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, Phase, given, settings

from tests import factories
from tests.properties.access_model import USERS, Scenario, scenarios
from tests.properties.build_access_model import build, stored_file
from tests.rollback import rolled_back
from tests.thorough import THOROUGH

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: The number of (user, URL) pairs that one run checks, and the number of scenarios that must
#: suffice.
PAIRS, SCENARIOS = (10_000, 20) if THOROUGH else (1000, 3)
#: One in this many requests goes through the whole site; the others start at the portal's home
#: page, as Wagtail does once it has found the page.
FULL_REQUEST_EVERY = 40

SIGN_IN, HIDDEN, REFUSED, OK, ON = 302, 404, 403, 200, 302


def all_members(scenario, rows, value):
    """A page for everyone with access."""
    return OK


def redirects(scenario, rows, value):
    """A URL that only redirects, for everyone with access."""
    return ON


def never(scenario, rows, value):
    """A URL that no one can read."""
    return HIDDEN


def of_ticket(answer, who_writes=None, who_reads=None):
    """A ticket URL.

    ``answer`` is for its readers; members who can edit tickets and those who can't may get
    different ones.
    """

    def rule(scenario, rows, ticket):
        reader = scenario.reader(rows[0].user, ticket)
        if reader is None:
            return HIDDEN
        return (who_writes if reader.writes else who_reads) or answer

    return rule


def of_members(answer, rights, place_of=None):
    """A URL about members of one's own organization that requires one of ``rights``."""

    def rule(scenario, rows, value):
        if rows[0].members not in rights:
            return HIDDEN
        if place_of is not None and place_of(scenario).get(value) != rows[0].organization:
            return HIDDEN
        return answer

    return rule


def of_filter(scenario, rows, pk):
    """A saved filter: one's own or shared by a teammate."""
    if pk not in scenario.filters:
        return HIDDEN
    place, shared = scenario.filters[pk]
    owner = scenario.memberships[place]
    own = owner is rows[0]
    return ON if own or (shared and owner.organization == rows[0].organization) else HIDDEN


def people(scenario):
    return {row.pk: row.organization for row in scenario.memberships}


MANAGE, SEE = {"manage"}, {"manage", "view"}


def of_export_of_members(scenario, rows, kind):
    """A file, for those who see the other members."""
    return of_members(OK, SEE)(scenario, rows, None) if kind in ("csv", "xlsx") else HIDDEN


#: Every route of the portal's home page by name, and the response for members.
RULES = {
    # Both show the ticket list.
    "index_route": all_members,
    "portal_tickets": all_members,
    "portal_read_all": redirects,
    "portal_organization": all_members,
    "portal_new": all_members,
    "portal_export": lambda scenario, rows, kind: OK if kind in ("csv", "xlsx") else HIDDEN,
    "portal_upload": never,
    "portal_notifications": all_members,
    "portal_profile": all_members,
    "portal_addresses": all_members,
    # Members' own pages, which need a POST to change anything.
    "portal_own_name": redirects,
    "portal_sign_out_elsewhere": redirects,
    "portal_own_data": redirects,
    "portal_filters": all_members,
    "portal_filter": of_filter,
    "portal_members": of_members(OK, SEE),
    "portal_members_history": of_members(OK, MANAGE),
    "portal_members_bulk": of_members(ON, MANAGE),
    "portal_members_export": of_export_of_members,
    "portal_invite": of_members(ON, MANAGE),
    "portal_member": of_members(ON, MANAGE, people),
    "portal_invitation_change": of_members(ON, MANAGE, lambda scenario: scenario.invitations),
    "portal_join_request": of_members(ON, MANAGE, lambda scenario: scenario.requests),
    "portal_ticket": of_ticket(OK),
    "portal_reply": of_ticket(ON),
    "portal_read": of_ticket(ON),
    "portal_ticket_edit": of_ticket(ON),
    "portal_ticket_fields": of_ticket(ON),
    "portal_ticket_close": of_ticket(ON),
    "portal_ticket_reopen": of_ticket(ON),
    "portal_ticket_privacy": of_ticket(ON),
    "portal_ticket_following": of_ticket(ON),
    "portal_ticket_rating": of_ticket(ON),
    # Off by default.
    "portal_ticket_guests": of_ticket(ON),
    "portal_ticket_followers": of_ticket(None, OK, ON),
    "portal_ticket_follow_up": of_ticket(None, ON, HIDDEN),
    "portal_file": of_ticket(OK),
    # A text file has no thumbnail.
    "portal_thumbnail": never,
}
#: The response is the same for everyone, because it doesn't depend on the user.
PUBLIC = {"portal_invitation": 404, "portal_request": 404}
#: For the team; not found for customers.
TEAM = {"portal_view_as", "portal_view_as_end"}
#: For guests, of whom a scenario has none. Members who see the ticket are led to it; not found for
#: everyone else. Their walk is ``tests/security/test_walk_guests.py``, also of their files.
GUESTS = {"portal_shared", "portal_shared_reply", "portal_shared_leave"}
FILES_OF_GUESTS = {"portal_shared_file", "portal_shared_thumbnail"}
#: Leads to the page that decides.
ACCEPT = "portal_shared_accept"


def addresses(home, scenario: Scenario) -> list[tuple[str, str, object]]:
    """Return ``(name, path, object)`` for everything that exists and some things that don't."""
    missing = str(uuid.uuid4())
    numbers = {row.number: row for row in scenario.tickets}
    for odd in (scenario.tickets[0].pk, scenario.tickets[-1].number + 1, 10**17):
        numbers.setdefault(odd, None)
    files = {
        **{row.file: row for row in scenario.tickets},
        # Files of internal notes, and IDs with one character changed.
        **{row.note: None for row in scenario.tickets[:2]},
        **{_tampered(row.file): None for row in scenario.tickets[:1]},
        missing: None,
    }
    values = {
        "number": numbers,
        "uuid": files,
        "kind": {kind: kind for kind in ("csv", "xlsx", "json")},
        "portal_filter": {pk: pk for pk in (*scenario.filters, 10**9)},
        "portal_member": {row.pk: row.pk for row in scenario.memberships} | {10**9: 0},
        "portal_invitation_change": {pk: pk for pk in (*scenario.invitations, 10**9)},
        "portal_join_request": {pk: pk for pk in (*scenario.requests, 10**9)},
    }
    found = []
    for pattern in home.get_subpage_urls():
        route = str(pattern.pattern)
        parameters = re.findall(r"<(\w+):(\w+)>", route)
        if pattern.name in FILES_OF_GUESTS:
            continue
        ruled = {*RULES, *PUBLIC, *TEAM, *GUESTS, ACCEPT}
        assert pattern.name in ruled, f"no rule for {pattern.name}"
        choices = [
            values[pattern.name if pattern.name in values else "uuid" if kind == "uuid" else name]
            for kind, name in parameters
        ]
        for chosen in product(*(choice.items() for choice in choices)):
            keys = [key for key, _about in chosen]
            about = chosen[0][1] if chosen else None
            path = "/support/" + home.reverse_subpage(pattern.name, args=keys)
            found.append((pattern.name, path, about))
    forms = [("form", f"/support/{slug}/", None) for slug in ("open-form", "other-form")]
    updates = [
        ("updates", f"/accounts/updates/{number}/", about) for number, about in numbers.items()
    ]
    return found + forms + updates


def _tampered(key: str) -> str:
    return key[:-1] + ("0" if key[-1] != "0" else "1")


def expected(scenario, user, name, about) -> int:
    """Return the expected status for a user; None means not signed in."""
    if name in PUBLIC:
        return PUBLIC[name]
    signed_in = user is not None and user not in scenario.inactive
    rows = scenario.of(user) if signed_in else []
    if name == "updates":
        # Requested by a script, which isn't redirected to the sign-in page.
        return REFUSED if not rows else OK if scenario.reader(user, about) else HIDDEN
    if not signed_in:
        return SIGN_IN
    if name in TEAM:
        return HIDDEN
    if name in GUESTS:
        return ON if scenario.reader(user, about) else HIDDEN
    if name == ACCEPT:
        return ON
    if not rows:
        return REFUSED
    return OK if name == "form" else RULES[name](scenario, rows, about)


@pytest.fixture
def home(db, settings):
    home = factories.portal_home()
    for slug in ("open-form", "other-form"):
        factories.form_page(home, title=slug, slug=slug)
    settings.WAGTAIL_PORTAL = {"EXPORTS_PER_HOUR": 0}
    return home


@pytest.mark.long
def test_every_url_for_every_user_in_any_scenario(home):
    checked = Counter()
    file = stored_file()

    @settings(
        max_examples=SCENARIOS,
        deadline=None,
        # Scenarios have a fixed size, and simplifying one would take hours.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(scenarios())
    def check(scenario):
        if sum(checked.values()) >= PAIRS:
            return
        with rolled_back():
            _check_scenario(home, scenario, build(scenario, file), checked)

    check()
    assert sum(checked.values()) >= PAIRS
    # Each response occurred often enough: if everything were refused, the test would prove nothing.
    assert min(checked[kind] for kind in (SIGN_IN, REFUSED, HIDDEN, OK)) > PAIRS / (
        20 if THOROUGH else 50
    )


class PortalClient:
    """Requests URLs as a user, through the whole site or starting at the portal's home page."""

    def __init__(self, home, user):
        self.home, self.client = home, Client()
        self.site = home.get_site()
        self.user = AnonymousUser()
        if user is not None:
            self.client.force_login(user, backend=BACKEND)
            # As in Django's middleware: inactive users count as not signed in.
            self.user = user if user.is_active else AnonymousUser()
        self.session = self.client.session
        self.asked = 0

    def get(self, path):
        self.asked += 1
        beneath = path.startswith("/support/")
        if not beneath or self.asked % FULL_REQUEST_EVERY == 0:
            return self.client.get(path)
        request = RequestFactory().get(path)
        request.user, request.session = self.user, self.session
        request._messages = default_storage(request)
        request._wagtail_site = self.site
        parts = [part for part in path.removeprefix("/support/").split("/") if part]
        try:
            page, args, kwargs = self.home.route(request, parts)
            return page.serve(request, *args, **kwargs)
        except Http404:
            return HttpResponseNotFound()


def _check_scenario(home, scenario: Scenario, users, checked: Counter) -> None:
    walk = addresses(home, scenario)
    for user in (*range(USERS + 1), None):
        browser = PortalClient(home, None if user is None else users[user])
        known = scenario.readable(user) if user not in scenario.inactive else set()
        for name, path, about in walk:
            response = browser.get(path)
            wanted = expected(scenario, user, name, about)
            where = f"user {user} at {path} ({name}), as {scenario.of(user)}"
            assert response.status_code == wanted, where
            text = _text(response)
            shown = set(re.findall(r"secret-[a-z]+(?:-\d+)?", text))
            assert shown <= known, where
            _check_content(scenario, user, name, wanted, text, shown)
            checked[wanted] += 1


def _check_content(scenario, user, name, wanted, text, shown) -> None:
    """Check that a list contains everything the member can see and nothing else."""
    if wanted != OK:
        assert not shown
        return
    acting = scenario.of(user)[0]
    if name in ("portal_tickets", "index_route") or (
        name == "portal_export" and text.startswith("\ufeff")
    ):
        assert shown == {row.secret for row in scenario.tickets if scenario.sees(acting, row)}
    if name == "portal_members":
        there = {
            row.user for row in scenario.memberships if row.organization == acting.organization
        }
        assert {int(place) for place in re.findall(r"person-(\d+)@scenario", text)} >= there
        main = text.partition("<main")[2]
        invited = {int(place) for place in re.findall(r"invited-(\d)@", main)}
        assert invited == ({acting.organization} & {0, 1})


def _text(response) -> str:
    if not response.streaming:
        return response.content.decode(errors="replace")
    content = b"".join(response.streaming_content)
    # The test client closes no files here. Keep the database connection open, as it does.
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)
    return content.decode(errors="replace")
