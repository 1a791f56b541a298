"""What a shared ticket gives a guest, and what it doesn't change for anyone else."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.desk.conftest import signed_in
from tests.factories import SYSTEM
from tests.pages.guests.conftest import KIM
from tests.signin.test_code import CODE
from tests.signin.tokens import ISSUER, send_token, token, user_of
from wagtail_portal import actions
from wagtail_portal.models import (
    DomainJoining,
    Follower,
    GroupScope,
    Guest,
    JoinRequest,
    Member,
    Notification,
    Organization,
    OrganizationDomain,
    Role,
    Ticket,
)
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.encryption import decrypt


def text_of(response) -> str:
    return response.content.decode()


def sent_to(address) -> list:
    return [message for message in mail.outbox if message.to == [address]]


@pytest.fixture
def birch(db):
    return factories.organization("Birch", external_id="birch-7")


@pytest.fixture
def by_token(settings, birch):
    """Return ``by_token()``, a browser with a token of an issuer for Birch alone."""
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [{**ISSUER, "organizations": ["birch-7"]}]}

    def by_token():
        browser = Client()
        send_token(browser, token(KIM))
        return browser

    return by_token


def test_issuer_of_another_organization_opens_no_shared_ticket(
    portal, ticket, customer, url, enter, birch, by_token
):
    factories.member(birch, KIM)
    actions.share_ticket(ticket, by=customer, email=KIM, notify=False)
    # Whoever shares a ticket doesn't lock anyone out.
    browser = by_token()
    assert user_of(browser) is not None
    assert browser.get(url).status_code == 404
    assert browser.post(f"{url}accept/", follow=True).status_code == 404
    assert Guest.objects.get().member is None
    # Only a code proves the address.
    browser = enter(url)
    assert ticket.subject in text_of(browser.post(f"{url}accept/", follow=True))
    assert user_of(by_token()) is None


def deactivate(member):
    member.user.is_active = False
    member.user.save()


def edit_role(member):
    Role.objects.filter(pk=member.role_id).update(can_edit_tickets=False)


def close_role(member):
    Role.objects.filter(pk=member.role_id).update(tickets="none")


def give_away(member):
    colleague = factories.member(member.organization)
    member.requested_tickets.update(requester=colleague)


@pytest.mark.parametrize("change", [deactivate, edit_role, close_role, give_away])
def test_right_of_the_sharer_is_asked_each_time(change, guest, dana, url):
    """However it was changed: the site's own code may change users and roles, too."""
    assert guest.get(url).status_code == 200
    change(dana)
    assert guest.get(url).status_code == 404


def test_editing_a_role_ends_shares(portal, ticket, dana, customer, url, enter):
    role = Role.objects.create(key="lead", name="Lead", tickets="own", members="manage")
    reader = factories.member(dana.organization, role=role.key)
    actions.follow(ticket, by=customer, member=reader, notify=False)
    actions.share_ticket(ticket, by=Actor.for_member(reader), email=KIM, notify=False)
    browser = enter(url)
    edit = reverse("wagtailsnippets_wagtail_portal_role:edit", args=[role.pk])
    data = {"name": "Lead", "tickets": "own", "can_edit_tickets": "on", "members": "none"}
    desk = signed_in(factories.staff(is_superuser=True))
    assert desk.post(edit, data).status_code == 302
    assert not Guest.objects.exists()
    assert desk.post(edit, {**data, "members": "manage"}).status_code == 302
    assert browser.get(url).status_code == 404


def test_shares_of_a_merged_account_end_with_the_right(portal, acme, ticket):
    """The account to keep may do less than the one that shared the ticket."""
    admin, kept = factories.member(acme, role=Role.ADMIN), factories.member(acme)
    actions.share_ticket(ticket, by=Actor.for_member(admin), email=KIM, notify=False)
    manager = Actor.for_agent(factories.staff("Support managers"))
    actions.merge_people(admin, into=kept, by=manager, roles={acme.pk: kept.role})
    assert not Guest.objects.exists()


def test_customers_accept_each_ticket_themselves(
    portal, ticket, customer, dana, url, enter, run, team, birch
):
    other = factories.ticket(dana, "Another one")
    factories.member(birch, KIM)
    for row in (ticket, other):
        actions.share_ticket(row, by=customer, email=KIM, notify=False)
    browser = enter(url)
    # No one learns that this is the address of a customer, and no email is sent.
    assert not Guest.objects.exclude(member=None).exists()
    run(lambda: actions.reply(ticket, by=team, body="Hello"))
    assert len(sent_to(KIM)) == 1 and CODE.search(sent_to(KIM)[0].body)
    assert ticket.subject in text_of(browser.post(f"{url}accept/", follow=True))
    assert Guest.objects.exclude(member=None).get().ticket == ticket
    # The link that they get from a member.
    assert browser.get(f"/support/tickets/{ticket.number}/").url == url
    assert browser.get(f"/support/tickets/{other.number}/").status_code == 404


def test_agents_with_limited_groups_still_manage_their_customers(
    portal, acme, ticket, customer, url, enter, birch
):
    people = [factories.member(birch, KIM), factories.member(birch, "kit@birch.example")]
    actions.share_ticket(ticket, by=customer, email=KIM, notify=False)
    enter(url).post(f"{url}accept/")
    assert Member.objects.filter(user=people[0].user).count() == 2
    staff = factories.staff("Support managers")
    GroupScope.objects.create(group=staff.groups.get()).organizations.add(birch)
    by = Actor.for_agent(staff)
    site = ticket.site
    changed = actions.change_member(people[0], by=by, site=site, name="Kim Lee", email=KIM)
    assert changed.name == "Kim Lee"
    actions.merge_people(people[1], into=people[0], by=by)
    actions.erase_member(people[0], by=by, remove_texts=False)
    assert not Guest.objects.exists()


def test_leaving_ends_every_share_of_the_person(guest, ticket, url, customer):
    member = Guest.objects.get().member
    again = actions.share_ticket(ticket, by=customer, email="kim@home.example", notify=False)
    Guest.objects.filter(pk=again.pk).update(member=member)
    guest.post(f"{url}leave/")
    assert not Guest.objects.exists()
    assert guest.get(url).status_code == 404


def join_by_agent(acme, user):
    actions.create_member(acme, by=SYSTEM, email=KIM)


def join_by_invitation(acme, user):
    actions.invite_member(acme, by=SYSTEM, email=KIM)
    actions.record_sign_in(user, email=KIM)


def join_by_domain(acme, user):
    OrganizationDomain.objects.create(
        organization=acme, domain="partner.example", verified_at=timezone.now()
    )
    Organization.objects.filter(pk=acme.pk).update(domain_joining=DomainJoining.DIRECT)
    actions.record_sign_in(user, email=KIM, site=factories.Site.objects.get())


def join_by_request(acme, user):
    request = JoinRequest.objects.create(user=user, organization=acme)
    actions.approve_join_request(request, by=SYSTEM)


def join_by_import(acme, user):
    """Several rows are imported together."""
    rows = [
        (number, {"organization": acme.pk, "role": None, "email": email, "name": ""})
        for number, email in enumerate((KIM, "kit@partner.example"))
    ]
    by = Actor.for_agent(factories.staff("Support managers"))
    actions.continue_import(actions.begin_import(by=by, kind="members", rows=rows))


def join_by_merged_account(acme, user):
    by, kept = Actor.for_agent(factories.staff("Support managers")), factories.member(acme)
    actions.merge_people(Member.objects.get(user=user), into=kept, by=by)


JOINING = [
    join_by_agent,
    join_by_invitation,
    join_by_domain,
    join_by_request,
    join_by_import,
    join_by_merged_account,
]


@pytest.mark.parametrize("join", JOINING)
def test_guest_who_joins_the_organization_follows_the_ticket(
    join, guest, ticket, acme, customer, run, team, url
):
    """However they join it."""
    actions.set_privacy(ticket, by=customer, private=True)
    user = Member.objects.get(guest_links__ticket=ticket).user
    join(acme, user)
    member = Follower.objects.get(ticket=ticket).member
    assert member.organization == acme and not Guest.objects.exists()
    mail.outbox.clear()
    run(lambda: actions.reply(ticket, by=team, body="Hello"))
    [email] = sent_to(member.email)
    own_url = f"/support/tickets/{ticket.number}/"
    assert own_url in email.body and url not in email.body
    if member.user == user:
        # The link that they were sent when they were a guest.
        assert guest.get(url).url == own_url
        assert ticket.subject in text_of(guest.get(own_url))
    actions.mute(ticket, by=Actor.for_member(member))
    run(lambda: actions.reply(ticket, by=team, body="Hello again"))
    assert len(sent_to(member.email)) == 1


def test_member_without_access_is_no_guest_any_longer(guest, ticket, acme, run, team):
    member = factories.member(acme, KIM, role=Role.NO_ACCESS)
    assert not Guest.objects.exists() and not Follower.objects.exists()
    mail.outbox.clear()
    run(lambda: actions.reply(ticket, by=team, body="Hello"))
    assert sent_to(KIM) == []
    actions.restore_access(member, by=SYSTEM)
    assert not Ticket.objects.visible_to(Member.objects.get(pk=member.pk)).exists()


def test_follower_who_was_a_guest_loses_the_ticket_with_the_access(guest, ticket, acme, run, team):
    member = factories.member(acme, KIM)
    actions.revoke_access(member, by=SYSTEM)
    mail.outbox.clear()
    run(lambda: actions.reply(ticket, by=team, body="Hello"))
    assert sent_to(KIM) == []


def test_guest_who_joins_gets_the_emails_that_were_not_sent_yet(guest, ticket, acme, team):
    actions.reply(ticket, by=team, body="Hello")
    member = factories.member(acme, KIM)
    mail.outbox.clear()
    outbox.send_due(clock=lambda: timezone.now() + timedelta(minutes=1))
    assert len(sent_to(KIM)) == 1
    assert Notification.objects.get(recipient=member.user, ticket=ticket).member == member


def test_person_who_joins_before_opening_the_link_follows_the_ticket(
    portal, ticket, acme, customer, run
):
    actions.share_ticket(ticket, by=customer, email=KIM, notify=False)
    member = factories.member(acme, KIM)
    assert Follower.objects.get().member == member and not Guest.objects.exists()


def test_member_who_accepts_a_ticket_of_the_organization_follows_it(
    portal, ticket, acme, customer, url, enter
):
    """It was shared with an address of theirs that no one knew."""
    member = factories.member(acme, "kim@acme.example")
    actions.share_ticket(ticket, by=customer, email=KIM, notify=False)
    actions.accept_shares(member.user, email=KIM, ticket=ticket)
    assert Follower.objects.get().member == member and not Guest.objects.exists()


@pytest.mark.parametrize("name", ["Dana Reyes", "Dana"])
def test_unsent_emails_do_not_name_an_erased_person(portal, ticket, dana, customer, name):
    actions.change_profile(by=customer, name=name)
    actions.share_ticket(ticket, by=Actor.for_member(dana), email=KIM)
    by = Actor.for_agent(factories.staff("Support managers"))

    def secrets():
        return [decrypt(row.encrypted) for row in Notification.objects.exclude(encrypted="")]

    assert any(secret["context"].get("inviter") == name for secret in secrets())
    actions.erase_member(Member.objects.get(pk=dana.pk), by=by, remove_texts=True)
    assert secrets() and name not in str(secrets())


def test_guest_of_another_organization_stays_one(guest, birch):
    factories.member(birch, KIM)
    assert Guest.objects.exists() and not Follower.objects.exists()


def test_former_requester_of_a_moved_ticket_is_no_guest(ticket, team, birch, as_member):
    requester = factories.member(birch)
    actions.move_ticket(ticket, by=team, requester=requester)
    page = text_of(as_member(requester).get(f"/support/tickets/{ticket.number}/"))
    assert "Help!" in page and ">Guest</span>" not in page


def test_link_is_sent_again_until_it_is_opened(portal, ticket, customer, url, enter, run):
    def share():
        run(lambda: actions.share_ticket(ticket, by=customer, email=KIM))

    share()
    Guest.objects.update(created_at=timezone.now() - timedelta(days=30))
    share()
    assert len(sent_to(KIM)) == 2 and Guest.objects.count() == 1
    enter(url)
    mail.outbox.clear()
    share()
    assert sent_to(KIM) == []
