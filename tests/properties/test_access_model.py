"""Any world, every user, every address of the portal: who gets what is what the rules say.

The addresses are those of the code: a new one fails the test until a rule for it stands here.
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
from tests.properties.access_model import USERS, World, worlds
from tests.properties.build_access_model import build, stored_file
from tests.rollback import rolled_back

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: (user, address) pairs that one run has to check, and worlds in which it does so at the latest.
PAIRS, WORLDS = 10_000, 20
#: One in so many goes the whole way through the site; the others begin at the portal's home page,
#: as Wagtail does once it has found it.
WHOLE_WAY = 40

SIGN_IN, HIDDEN, REFUSED, OK, ON = 302, 404, 403, 200, 302


def anybody(world, rows, value):
    """A page for all who get in."""
    return OK


def on(world, rows, value):
    """An address that only leads on, for all who get in."""
    return ON


def never(world, rows, value):
    """Nothing is to be read there."""
    return HIDDEN


def of_ticket(answer, who_writes=None, who_reads=None):
    """An address of a ticket: ``answer`` for its readers, or different ones for those who may
    change tickets and those who only read."""

    def rule(world, rows, ticket):
        reader = world.reader(rows[0].user, ticket)
        if reader is None:
            return HIDDEN
        return (who_writes if reader.writes else who_reads) or answer

    return rule


def of_members(answer, rights, place_of=None):
    """An address under members: for those with one of ``rights``, about somebody of their own
    organization."""

    def rule(world, rows, value):
        if rows[0].members not in rights:
            return HIDDEN
        if place_of is not None and place_of(world).get(value) != rows[0].organization:
            return HIDDEN
        return answer

    return rule


def of_filter(world, rows, pk):
    """One's own filters, and what teammates share."""
    if pk not in world.filters:
        return HIDDEN
    place, shared = world.filters[pk]
    owner = world.memberships[place]
    own = owner is rows[0]
    return ON if own or (shared and owner.organization == rows[0].organization) else HIDDEN


def people(world):
    return {row.pk: row.organization for row in world.memberships}


MANAGE, SEE = {"manage"}, {"manage", "view"}
#: Every address of the portal's home by its name, and what it answers to who gets in.
RULES = {
    # Both are the list of tickets.
    "index_route": anybody,
    "portal_tickets": anybody,
    "portal_read_all": on,
    "portal_organization": anybody,
    "portal_new": anybody,
    "portal_export": lambda world, rows, kind: OK if kind in ("csv", "xlsx") else HIDDEN,
    "portal_upload": never,
    "portal_notifications": anybody,
    "portal_profile": anybody,
    # One's own, whoever one is, and nothing without a POST.
    "portal_sign_out_elsewhere": on,
    "portal_own_data": on,
    "portal_filters": anybody,
    "portal_filter": of_filter,
    "portal_members": of_members(OK, SEE),
    "portal_members_history": of_members(OK, MANAGE),
    "portal_invite": of_members(ON, MANAGE),
    "portal_member": of_members(ON, MANAGE, people),
    "portal_invitation_change": of_members(ON, MANAGE, lambda world: world.invitations),
    "portal_join_request": of_members(ON, MANAGE, lambda world: world.requests),
    "portal_ticket": of_ticket(OK),
    "portal_reply": of_ticket(ON),
    "portal_read": of_ticket(ON),
    "portal_ticket_fields": of_ticket(ON),
    "portal_ticket_close": of_ticket(ON),
    "portal_ticket_reopen": of_ticket(ON),
    "portal_ticket_privacy": of_ticket(ON),
    "portal_ticket_following": of_ticket(ON),
    "portal_ticket_rating": of_ticket(ON),
    "portal_ticket_followers": of_ticket(None, OK, ON),
    "portal_ticket_follow_up": of_ticket(None, ON, HIDDEN),
    "portal_file": of_ticket(OK),
    # There is no small picture of a text.
    "portal_thumbnail": never,
}
#: What answers alike to everybody: nothing in it depends on who asks.
PUBLIC = {"portal_invitation": 404, "portal_request": 404}
#: The team's own, which to a customer do not exist.
TEAM = {"portal_view_as", "portal_view_as_end"}


def addresses(home, world: World) -> list[tuple[str, str, object]]:
    """``(name, path, what it is about)`` of everything there is to open, and of what is not."""
    missing = str(uuid.uuid4())
    numbers = {row.number: row for row in world.tickets}
    for odd in (world.tickets[0].pk, world.tickets[-1].number + 1, 10**17):
        numbers.setdefault(odd, None)
    files = {
        **{row.file: row for row in world.tickets},
        # Files of internal notes, and ids with one letter changed.
        **{row.note: None for row in world.tickets[:2]},
        **{_tampered(row.file): None for row in world.tickets[:1]},
        missing: None,
    }
    values = {
        "number": numbers,
        "uuid": files,
        "kind": {kind: kind for kind in ("csv", "xlsx", "json")},
        "portal_filter": {pk: pk for pk in (*world.filters, 10**9)},
        "portal_member": {row.pk: row.pk for row in world.memberships} | {10**9: 0},
        "portal_invitation_change": {pk: pk for pk in (*world.invitations, 10**9)},
        "portal_join_request": {pk: pk for pk in (*world.requests, 10**9)},
    }
    found = []
    for pattern in home.get_subpage_urls():
        route = str(pattern.pattern)
        parameters = re.findall(r"<(\w+):(\w+)>", route)
        assert pattern.name in {*RULES, *PUBLIC, *TEAM}, f"no rule for {pattern.name}"
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


def expected(world, user, name, about) -> int:
    """What the address answers to a user; None is nobody."""
    if name in PUBLIC:
        return PUBLIC[name]
    signed_in = user is not None and user not in world.inactive
    rows = world.of(user) if signed_in else []
    if name == "updates":
        # Asked by a script, which is not led to the sign-in.
        return REFUSED if not rows else OK if world.reader(user, about) else HIDDEN
    if not signed_in:
        return SIGN_IN
    if name in TEAM:
        return HIDDEN
    if not rows:
        return REFUSED
    return OK if name == "form" else RULES[name](world, rows, about)


@pytest.fixture
def home(db, settings):
    home = factories.portal_home()
    for slug in ("open-form", "other-form"):
        factories.form_page(home, title=slug, slug=slug)
    settings.WAGTAIL_PORTAL = {"EXPORTS_PER_HOUR": 0}
    return home


@pytest.mark.long
def test_every_address_for_every_user_in_any_world(home):
    checked = Counter()
    file = stored_file()

    @settings(
        max_examples=WORLDS,
        deadline=None,
        # A world cannot get smaller, and to make it simpler would take hours.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(worlds())
    def check(world):
        if sum(checked.values()) >= PAIRS:
            return
        with rolled_back():
            _check_world(home, world, build(world, file), checked)

    check()
    assert sum(checked.values()) >= PAIRS
    # Each answer was looked for: a walk in which all doors are shut would prove nothing.
    assert min(checked[kind] for kind in (SIGN_IN, REFUSED, HIDDEN, OK)) > PAIRS / 20


class Visitor:
    """Somebody who asks for addresses: the whole way, or beginning at the portal's home."""

    def __init__(self, home, user):
        self.home, self.client = home, Client()
        self.site = home.get_site()
        self.user = AnonymousUser()
        if user is not None:
            self.client.force_login(user, backend=BACKEND)
            # As the middleware does it: who is deactivated is nobody.
            self.user = user if user.is_active else AnonymousUser()
        self.session = self.client.session
        self.asked = 0

    def get(self, path):
        self.asked += 1
        beneath = path.startswith("/support/")
        if not beneath or self.asked % WHOLE_WAY == 0:
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


def _check_world(home, world: World, users, checked: Counter) -> None:
    walk = addresses(home, world)
    for user in (*range(USERS + 1), None):
        browser = Visitor(home, None if user is None else users[user])
        known = world.readable(user) if user not in world.inactive else set()
        for name, path, about in walk:
            response = browser.get(path)
            wanted = expected(world, user, name, about)
            where = f"user {user} at {path} ({name}), as {world.of(user)}"
            assert response.status_code == wanted, where
            text = _text(response)
            shown = set(re.findall(r"secret-[a-z]+(?:-\d+)?", text))
            assert shown <= known, where
            _check_content(world, user, name, wanted, text, shown)
            checked[wanted] += 1


def _check_content(world, user, name, wanted, text, shown) -> None:
    """A list holds all that is to be seen in it, and nothing else."""
    if wanted != OK:
        assert not shown
        return
    acting = world.of(user)[0]
    if name in ("portal_tickets", "index_route") or (
        name == "portal_export" and text.startswith("\ufeff")
    ):
        assert shown == {row.secret for row in world.tickets if world.sees(acting, row)}
    if name == "portal_members":
        there = {row.user for row in world.memberships if row.organization == acting.organization}
        assert {int(place) for place in re.findall(r"person-(\d+)@world", text)} >= there
        main = text.partition("<main")[2]
        invited = {int(place) for place in re.findall(r"invited-(\d)@", main)}
        assert invited == ({acting.organization} & {0, 1})


def _text(response) -> str:
    if not response.streaming:
        return response.content.decode(errors="replace")
    content = b"".join(response.streaming_content)
    # No server closes the file. As Django's test client does it, the database stays connected.
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)
    return content.decode(errors="replace")
