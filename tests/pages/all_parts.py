"""Requests that together show every template of the portal, including rare cases.

Each can be repeated: whatever it needs has been created by :func:`requests`.
"""

import re
from collections.abc import Callable

from allauth.account import views
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from tests import factories
from tests.pages import all_pages
from tests.pages.ticket import ticket_pages
from wagtail_portal import actions
from wagtail_portal.models import (
    DesignatedField,
    HeaderLink,
    JoinRequest,
    PortalSettings,
    Role,
    SavedFilter,
)
from wagtail_portal.permissions import Actor

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def browser_of(user) -> Client:
    """Return a test client in which the user is signed in."""
    browser = Client()
    browser.force_login(user, backend=BACKEND)
    return browser


def requests(home) -> list[Callable]:
    """Return functions that each make one request and return the response."""
    sample = all_pages.build(home)
    _settings(home)
    admin, dana = (browser_of(sample[name].user) for name in ("admin", "dana"))
    JoinRequest.objects.create(
        user=actions.provision_user("new@acme.example"), organization=sample["admin"].organization
    )
    SavedFilter.objects.create(member=sample["admin"], name="Mine", query="tab=open", shared=True)
    made = [_get(admin, address) for address in all_pages.urls(sample)]
    made += [_post(admin, "/support/form/", {"subject": ""}), *_of_tickets(sample, dana)]
    made += [*_of_visitors(), *confirmation_requests(sample["dana"].user)]
    made += [*_of_members(sample, admin), _in_read_only_mode(admin)]
    made += [*_of_the_team(sample["dana"]), *_of_two_organizations(sample)]
    return [*made, _of_someone_without_a_name(sample["admin"].organization)]


def _get(browser, *arguments, **headers) -> Callable:
    return lambda: browser.get(*arguments, **headers)


def _in_read_only_mode(browser) -> Callable:
    def send():
        own = getattr(settings, "WAGTAIL_PORTAL", {})
        with override_settings(WAGTAIL_PORTAL={**own, "READ_ONLY": True}):
            return browser.get("/support/")

    return send


def _post(browser, *arguments) -> Callable:
    return lambda: browser.post(*arguments)


def _settings(home) -> None:
    settings = PortalSettings.for_site(home.get_site())
    settings.ask_satisfaction = True
    settings.save()
    HeaderLink.objects.create(settings=settings, label="Docs", url="https://docs.example/")
    DesignatedField.objects.update(editable=True)


def _of_members(sample, admin) -> list[Callable]:
    """Requests for the pages that ask before roles change, and of someone who only reads."""
    acme, dana = sample["admin"].organization, sample["dana"]
    factories.member(acme, role=Role.ADMIN)
    lower = f"new_role={Role.objects.get(key=Role.MEMBER).pk}"
    reads = Role.objects.create(key="reads", name="Reads", can_edit_tickets=False)
    reader = browser_of(factories.member(acme, role=reads.key).user)
    return [
        _get(admin, "/support/members/?sort=-role&state=new"),
        _get(admin, f"/support/members/bulk/?do=revoke&member={dana.pk}"),
        _get(admin, f"/support/members/bulk/?do=role&{lower}&member={dana.pk}"),
        _get(admin, f"/support/members/{sample['admin'].pk}/?{lower}"),
        _get(reader, "/support/new/"),
        _post(reader, "/support/form/", {"subject": "Typed"}),
    ]


def _of_tickets(sample, dana) -> list[Callable]:
    """Requests for a previewed reply, one with newer messages before it, and ones that are too late
    or not allowed."""
    ticket, solved = sample["ticket"], sample["solved"]
    url = ticket_pages.url(ticket)
    early = {"body": "Words", "last_read": ticket.messages.first().pk}
    page = dana.get(url).content.decode()
    live = re.search('data-portal-live="([^"]+)"', page)[1]
    locked = factories.ticket(sample["dana"])
    actions.close_ticket(locked, by=Actor.for_member(sample["dana"]))
    ticket_pages.lock(locked)
    reader = Role.objects.create(key="reader", name="Reader", can_edit_tickets=False)
    only_reads = factories.member(sample["admin"].organization, role=reader.key)
    actions.follow(ticket, by=Actor.for_member(sample["dana"]), member=only_reads)
    return [
        _get(dana, url),
        _get(dana, ticket_pages.url(solved)),
        _get(dana, ticket_pages.url(locked)),
        _get(dana, ticket_pages.url(locked, "follow-up/")),
        _get(dana, live, {"after": 0}),
        _post(dana, f"{url}reply/", {"body": "- Words", "preview": "page"}),
        _post(dana, f"{url}reply/", early),
        _post(browser_of(only_reads.user), f"{url}reply/", {"body": "Words"}),
        _post(dana, "/support/tickets/99999/reply/", {"body": "Words"}),
        _get(_after_signing_in(sample, url), url),
        _without_token(sample, f"{url}reply/"),
    ]


def _after_signing_in(sample, url) -> Client:
    """Return a browser in which someone replied before they signed in."""
    browser = Client()
    browser.post(f"{url}reply/", {"body": "Words"})
    browser.force_login(sample["dana"].user, backend=BACKEND)
    return browser


def _without_token(sample, address) -> Callable:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(sample["dana"].user, backend=BACKEND)
    return lambda: browser.post(address, {"body": "Words"}, headers={"Origin": "http://testserver"})


def _of_visitors() -> list[Callable]:
    visitor, waiting = Client(), Client()
    waiting.post("/accounts/login/", {"login": "dana@acme.example"})
    outsider = browser_of(actions.provision_user("nobody@nowhere.example"))
    return [
        _get(visitor, "/accounts/login/"),
        _post(visitor, "/accounts/login/", {"login": "no address"}),
        _get(visitor, "/accounts/inactive/"),
        _get(visitor, "/support/invitation/"),
        _get(waiting, "/accounts/login/code/confirm/"),
        _get(outsider, "/support/"),
        _get(outsider, "/accounts/logout/"),
    ]


def confirmation_requests(user) -> list[Callable]:
    """Return requests of a person who confirms their identity."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    browser = browser_of(user)
    made = [_get(browser, reverse("wagtail_portal_signin:wagtail_portal_sign_in_again"))]
    if hasattr(views, "ConfirmReauthenticationCodeView"):
        ask = reverse("wagtail_portal_signin:account_request_reauthentication_code")
        browser.post(ask, {"recipient": user.email})
        names = (ask, reverse("wagtail_portal_signin:account_confirm_reauthentication_code"))
        made += [_get(browser, name) for name in names]
    return made


def _of_the_team(member) -> list[Callable]:
    manager, looking = (
        browser_of(factories.staff("Support managers", is_superuser=True)) for _ in range(2)
    )
    looking.post("/support/view-as/", {"member": member.pk})
    return [
        _get(manager, "/support/"),
        _get(manager, "/support/view-as/"),
        _get(looking, "/support/"),
        _post(looking, "/support/form/", {"subject": "Words"}),
    ]


def _of_two_organizations(sample) -> list[Callable]:
    """Return the request of a member who follows a link into their other organization."""
    others = [sample["admin"].organization, factories.organization()]
    here, there = (factories.member(where, "both@both.example") for where in others)
    actions.choose_organization(here)
    ticket = factories.ticket(there)
    return [_get(browser_of(here.user), ticket_pages.url(ticket))]


def _of_someone_without_a_name(organization) -> Callable:
    """Return the request of a new member, who is asked for their name."""
    email = "nameless@acme.example"
    member = actions.create_member(organization, by=factories.SYSTEM, email=email)
    return _get(browser_of(member.user), "/support/")
