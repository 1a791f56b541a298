"""One person, several email addresses."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from tests import factories
from tests.signin.test_code import ask_for_code, code_in, enter
from wagtail_portal import actions
from wagtail_portal.models import Invitation, Member, PortalSettings, Role

NEW = "dana@new.example"


def sign_in(client, email: str):
    """Sign in with a code that is sent to the address; the user, or None."""
    mail.outbox.clear()
    ask_for_code(client, email)
    if not mail.outbox:
        return None
    assert mail.outbox[0].to == [email]
    enter(client, code_in(mail.outbox[0]))
    return client.session.get("_auth_user_id")


def change_elsewhere(member, email: str) -> None:
    """Another part of the site changes the address in the user record."""
    member.user.email = email
    member.user.save()


@pytest.fixture
def joinable(home):
    """An organization that people with addresses at new.example can ask to join."""
    return factories.organization("New", verified_domains=["new.example"])


@pytest.mark.parametrize("has_code", [False, True])
def test_address_that_tried_to_sign_in_before_locks_nobody_out(home, dana, joinable, has_code):
    assert sign_in(Client(), dana.email) == str(dana.user_id)
    if has_code:
        # They got in, and were told that someone has to approve.
        assert sign_in(Client(), NEW) not in (None, str(dana.user_id))
    else:
        ask_for_code(Client(), NEW)
    change_elsewhere(dana, NEW)

    client = Client()
    assert sign_in(client, NEW) == str(dana.user_id)
    assert client.get("/support/").status_code == 200
    assert EmailAddress.objects.get(email=NEW, verified=True).user_id == dana.user_id
    # As before, the former address is of no use: its mailbox may be someone else's.
    assert sign_in(Client(), "dana@acme.example") is None
    # And it stays like this.
    assert sign_in(Client(), NEW) == str(dana.user_id)
    assert actions.provision_user(NEW) == dana.user


def test_visitor_with_the_address_locks_nobody_out(home, dana):
    visitor = actions.save_visitor(NEW)
    EmailAddress.objects.create(user=visitor.user, email=NEW, verified=True, primary=True)
    change_elsewhere(dana, NEW)
    assert sign_in(Client(), NEW) == str(dana.user_id)


def test_account_with_access_keeps_the_address_that_it_has_verified(home, dana, acme):
    other = factories.member(acme, NEW)
    assert sign_in(Client(), NEW) == str(other.user_id)
    change_elsewhere(dana, NEW)
    assert sign_in(Client(), NEW) == str(other.user_id)


def second(member, email: str = "dana@home.example") -> str:
    """Give a member a second address that they have verified."""
    EmailAddress.objects.get_or_create(
        user=member.user, email=member.email, defaults={"verified": True, "primary": True}
    )
    EmailAddress.objects.create(user=member.user, email=email, verified=True)
    return email


def test_second_address_signs_in_the_same_person(home, dana):
    settings = PortalSettings.for_site(home.get_site())
    settings.strangers_may_join = True
    settings.save()
    assert sign_in(Client(), second(dana)) == str(dana.user_id)
    assert sign_in(Client(), dana.email) == str(dana.user_id)
    assert Member.objects.count() == 1


def test_second_address_finds_the_same_person_everywhere(home, dana, acme, as_member, ticket):
    email, other = second(dana), factories.member(acme, role=Role.ADMIN)
    assert actions.provision_user(email) == dana.user
    assert actions.create_member(acme, by=factories.SYSTEM, email=email) == dana
    data = {"addresses": email, "role": Role.objects.get(key=Role.MEMBER).pk}
    page = as_member(other).post("/support/members/invite/", data).content.decode()
    assert "is already a member" in page
    ticket = factories.ticket(other)
    url = f"/support/tickets/{ticket.number}/followers/"
    as_member(other).post(url, {"addresses": f"Dana <{email}>"})
    assert list(ticket.followers.all()) == [dana]


def test_invitation_of_the_second_address_is_accepted(home, dana, as_member):
    email, other = second(dana), factories.organization()
    _invitation, token = actions.invite_member(other, by=factories.SYSTEM, email=email)
    browser = as_member(dana)
    assert "accept_url" in (page := browser.get(f"/support/invitation/?token={token}")).context
    assert page.context["can_join"]
    browser.post("/support/invitation/", {"token": token})
    assert other.members.get().user == dana.user


def test_access_that_ends_withdraws_invitations_of_every_address(home, dana, acme):
    email = second(dana)
    Invitation.objects.create(
        organization=acme,
        email=email,
        role=Role.objects.get(key=Role.MEMBER),
        expires_at=dana.joined_at + timedelta(days=9999),
    )
    actions.revoke_access(dana, by=factories.SYSTEM)
    assert not Invitation.objects.open().exists()


def test_erasing_covers_every_address(home, dana, acme):
    email = second(dana)
    factories.ticket(factories.member(acme), body=f"Ask {email}")
    actions.erase_member(dana, by=factories.SYSTEM, remove_texts=False)
    assert email not in acme.tickets.get().messages.get().body
    assert not EmailAddress.objects.filter(email=email).exists()
