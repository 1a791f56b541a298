"""What was typed into any form of the portal is kept: when the session has ended, when the CSRF
token is stale, and when its author may no longer send it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests import factories
from tests.pages.ticket_list.lists import designate
from wagtail_portal import actions
from wagtail_portal.models import EDIT_PERIOD, Message, PortalSettings, Role, SavedFilter
from wagtail_portal.permissions import Actor

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NOT_SENT = "This wasn’t sent, because you had to sign in again."
TYPED, ADDRESS = "Typed words", "typed@acme.example"

#: The path and the data of each form with text; ``…`` stands for the ticket's page.
FORMS = {
    "reply": ("…reply/", {"body": TYPED}),
    "edited message": ("…edit/?message={message}", {"body": TYPED, "message": "{message}"}),
    "details": ("…fields/", {"fields-field-note": TYPED}),
    "rating": ("…rating/", {"rating-score": "good", "rating-comment": TYPED}),
    "followers": ("…followers/", {"addresses": ADDRESS}),
    "guests": ("…guests/", {"email": ADDRESS}),
    "invitations": (
        "/support/members/invite/",
        {"addresses": ADDRESS, "role": "{role}", "note": TYPED},
    ),
    "profile": ("/support/profile/", {"name": TYPED, "time_zone": "Berlin"}),
    "own name": ("/support/profile/name/", {"name": TYPED}),
    "address": ("/support/profile/addresses/", {"action": "add", "email": ADDRESS}),
    "new filter": ("/support/filters/", {"name": TYPED, "query": "tab=open"}),
    "filter": ("/support/filters/{filter}/", {"do": "rename", "name": TYPED}),
}


@pytest.fixture
def admin(acme):
    return factories.member(acme, "ada@acme.example", Role.ADMIN, "Ada Admin")


@pytest.fixture
def ticket(home, admin, team):
    portal = PortalSettings.for_site(home.get_site())
    portal.customers_share = portal.ask_satisfaction = True
    portal.save()
    designate(home, factories.ticket_field("Note", "text"), editable=True)
    ticket = factories.ticket(admin)
    actions.reply(ticket, by=team, body="Done.")
    actions.close_ticket(ticket, by=Actor.for_member(admin))
    return ticket


@pytest.fixture(params=FORMS)
def form(request, ticket, admin):
    """The address of a form, and its data."""
    saved = actions.save_filter(by=Actor.for_member(admin), name="Old", query="tab=closed")
    values = {"message": ticket.messages.earliest("pk").pk, "filter": saved.pk}
    values["role"] = Role.objects.get(key=Role.MEMBER).pk
    if request.param == "followers":
        factories.member(admin.organization, ADDRESS)
    address, data = FORMS[request.param]
    address = address.replace("…", f"/support/tickets/{ticket.number}/")
    return address.format(**values), {key: value.format(**values) for key, value in data.items()}


def sign_in(browser, member):
    browser.force_login(member.user, backend=BACKEND)
    return browser


def send(browser, address, data):
    """Send a form after the session has ended, and return the page to come back to."""
    response = browser.post(address, data)
    told = browser.get(response.url).content.decode()
    assert "We’ve kept what you wrote. Sign in" in told
    return parse_qs(urlsplit(response.url).query)["next"][0]


def test_form_comes_back_after_signing_in_until_it_is_sent(form, admin):
    address, data = form
    browser = Client()
    back = send(browser, address, data)
    sign_in(browser, admin)
    for _reload in range(2):
        response = browser.get(back, follow=True)
        page, back = response.content.decode(), [back, *dict(response.redirect_chain)][-1]
        assert NOT_SENT in page and "Draft restored" in page
        assert all(text in page for text in data.values() if text in (TYPED, ADDRESS, "Berlin"))
    if "name/" in address:
        address = "/support/profile/"
    # Adding an address asks for a sign-in by code, which this client hasn't made.
    if "addresses" not in address:
        browser.post(address, data)
        assert NOT_SENT not in browser.get(back, follow=True).content.decode()


def test_restored_form_can_be_discarded(form, admin):
    address, data = form
    browser = Client()
    back = send(browser, address, data)
    sign_in(browser, admin).get(back, follow=True)
    # The name of a new member has moved to their profile.
    path = "/support/profile/" if "profile/name/" in address else address
    page = browser.post(path, {**data, "discard": "yes"}, follow=True).content.decode()
    assert NOT_SENT not in page
    assert NOT_SENT not in browser.get(back, follow=True).content.decode()
    assert SavedFilter.objects.get().name == "Old"


def test_form_with_a_stale_token_can_be_sent_again(form, admin):
    address, data = form
    browser = Client(enforce_csrf_checks=True, headers={"origin": "http://testserver"})
    page = sign_in(browser, admin).post(address, data).content.decode()
    assert "Send again" in page and f'action="{address}"' in page
    for name, value in data.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page


@pytest.mark.parametrize("form", ["details", "rating", "followers", "guests"], indirect=True)
def test_text_about_a_ticket_that_has_become_invisible_can_be_copied(form, as_member):
    address, data = form
    stranger = factories.member(factories.organization("Other"), "eve@other.example", Role.ADMIN)
    response = as_member(stranger).post(address, data)
    assert response.status_code == 404
    assert any(text in response.content.decode() for text in (TYPED, ADDRESS))


@pytest.mark.parametrize("form", ["details", "followers", "invitations"], indirect=True)
def test_text_of_someone_whose_role_allows_less_can_be_copied(form, as_member, admin):
    address, data = form
    browser = as_member(admin)
    Role.objects.create(key="reader", name="R", can_edit_tickets=False, tickets="organization")
    factories.change([admin], role=Role.objects.get(key="reader"))
    page = browser.post(address, data, follow=True).content.decode()
    assert any(text in page for text in (TYPED, ADDRESS))


def test_text_of_someone_who_has_lost_access_can_be_copied(ticket, admin, as_member):
    address = f"/support/tickets/{ticket.number}/reply/"
    browser = as_member(admin)
    factories.change([admin], role=Role.objects.get(key=Role.NO_ACCESS))
    response = browser.post(address, {"body": TYPED})
    assert response.status_code == 403 and TYPED in response.content.decode()

    other = Client()
    back = send(other, address, {"body": TYPED})
    assert TYPED in sign_in(other, admin).get(back).content.decode()


def test_correction_that_comes_too_late_can_be_sent_as_a_reply(ticket, admin):
    message = ticket.messages.earliest("pk")
    browser, address = Client(), f"/support/tickets/{ticket.number}/edit/?message={message.pk}"
    back = send(browser, address, {"body": TYPED, "message": message.pk})
    Message.objects.update(created_at=message.created_at - EDIT_PERIOD)
    page = sign_in(browser, admin).get(back, follow=True).content.decode()
    assert "A message can only be edited for" in page
    assert NOT_SENT in page and f"{TYPED}</textarea>" in page


def test_correction_of_one_message_is_not_offered_for_another(ticket, admin):
    message = ticket.messages.earliest("pk")
    other = actions.reply(ticket, by=Actor.for_member(admin), body="Another one")
    browser, address = Client(), f"/support/tickets/{ticket.number}/edit/?message="
    send(browser, f"{address}{message.pk}", {"body": TYPED, "message": message.pk})
    page = sign_in(browser, admin).get(f"{address}{other.pk}").content.decode()
    assert "Another one</textarea>" in page and NOT_SENT not in page


def test_nothing_is_said_about_making_an_address_primary(home, dana):
    data = {"action": "primary", "address": dana.email}
    page = Client().post("/support/profile/addresses/", data, follow=True).content.decode()
    assert "kept what you wrote" not in page
