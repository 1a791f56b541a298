"""Who can see a ticket and who gets emails about it: private tickets, followers and muting."""

import pytest
from django.core import mail

from tests import factories
from wagtail_portal import actions, signals
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Notification, Role, Ticket, TicketLogEntry
from wagtail_portal.permissions import Actor, Verb


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, notify=False)


@pytest.fixture
def admin(acme):
    return factories.member(acme, role=Role.ADMIN)


@pytest.fixture
def team(db):
    return Actor.for_agent(factories.agent())


def logged(ticket) -> list[tuple]:
    entries = TicketLogEntry.objects.filter(ticket=ticket).order_by("id")
    return [(entry.action.removeprefix("wagtail_portal."), entry.data) for entry in entries][1:]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.NO_ACCESS])
@pytest.mark.parametrize("site", [None, "same", "other"])
@pytest.mark.parametrize("requests", [True, False])
@pytest.mark.parametrize("moved", [True, False])
def test_permission_to_view_follows_the_rule_for_lists(acme, home, role, site, requests, moved):
    member, other = factories.member(acme), factories.member(acme)
    ticket = factories.ticket(member if requests else other, notify=False)
    member.role = Role.objects.get(key=role)
    member.site_of_tickets = {None: None, "same": ticket.site_id, "other": -1}[site]
    if moved:
        ticket.organization = factories.organization()
        ticket.save()
    seen = Ticket.objects.visible_to(member).filter(pk=ticket.pk).exists()
    assert Actor.for_member(member).may(Verb.VIEW, ticket) is seen


def test_requester_can_make_a_ticket_private_and_public_again(ticket, customer, admin):
    heard = []
    listen = lambda **kwargs: heard.append(kwargs["private"])  # noqa: E731
    signals.privacy_changed.connect(listen)
    before = ticket.updated_at
    try:
        for private in (True, True, False, False):
            actions.set_privacy(ticket, by=customer, private=private)
            assert Ticket.objects.visible_to(admin).exists() is not private
    finally:
        signals.privacy_changed.disconnect(listen)
    assert heard == [True, False]
    data = {"side": "customer"}
    assert logged(ticket) == [
        ("set_privacy", {**data, "private": True}),
        ("set_privacy", {**data, "private": False}),
    ]
    assert ticket.updated_at == before


def test_only_the_requester_and_the_team_can_change_privacy(ticket, admin, acme, customer, team):
    follower = factories.member(acme)
    actions.follow(ticket, by=customer, member=follower)
    for member in (admin, follower):
        with pytest.raises(NotAllowed):
            actions.set_privacy(ticket, by=Actor.for_member(member), private=True)
    viewer = Actor.for_agent(factories.staff("Editors"))
    with pytest.raises(NotAllowed):
        actions.set_privacy(ticket, by=viewer, private=True)
    actions.set_privacy(ticket, by=team, private=True)
    assert ticket.private


def test_requester_with_read_only_role_cannot_change_privacy(ticket, dana):
    Role.objects.create(key="reader", name="R", can_edit_tickets=False, tickets="own")
    dana.role = Role.objects.get(key="reader")
    dana.save()
    with pytest.raises(NotAllowed):
        actions.set_privacy(ticket, by=Actor.for_member(dana), private=True)


class TestFollowing:
    def test_members_can_follow_tickets_they_can_read(self, ticket, acme):
        Role.objects.create(key="reader", name="R", can_edit_tickets=False, tickets="organization")
        reader = factories.member(acme, role="reader")
        by = Actor.for_member(reader)
        actions.follow(ticket, by=by, member=reader)
        assert list(ticket.followers.all()) == [reader]
        with pytest.raises(NotAllowed):
            actions.follow(ticket, by=by, member=factories.member(acme))
        actions.unfollow(ticket, by=by, member=reader)
        assert not ticket.followers.exists()

    def test_members_cannot_follow_tickets_they_cannot_read(self, ticket, acme, customer, admin):
        actions.set_privacy(ticket, by=customer, private=True)
        for member in (admin, factories.member(acme)):
            with pytest.raises(NotAllowed):
                actions.follow(ticket, by=Actor.for_member(member), member=member)


class TestMute:
    @pytest.fixture
    def emails_sent_to(self, django_capture_on_commit_callbacks):
        def run(function):
            mail.outbox.clear()
            with django_capture_on_commit_callbacks(execute=True):
                function()
            return {message.to[0] for message in mail.outbox}

        return run

    def test_muting_stops_emails_but_not_access(
        self, ticket, customer, dana, acme, team, emails_sent_to
    ):
        follower = factories.member(acme)
        actions.follow(ticket, by=customer, member=follower)
        say = lambda: actions.reply(ticket, by=team, body="x")  # noqa: E731
        assert emails_sent_to(say) == {dana.email, follower.email}
        actions.mute(ticket, by=customer)
        actions.mute(ticket, by=customer)
        assert emails_sent_to(say) == {follower.email}
        actions.mute(ticket, by=Actor.for_member(follower))
        assert emails_sent_to(say) == set()
        assert Ticket.objects.visible_to(dana).exists()
        actions.unmute(ticket, by=customer)
        actions.unmute(ticket, by=customer)
        assert emails_sent_to(say) == {dana.email}
        names = [name for name, _data in logged(ticket)]
        assert names.count("mute") == 2 and names.count("unmute") == 1

    def test_muting_one_ticket_does_not_affect_others(
        self, ticket, customer, dana, team, emails_sent_to
    ):
        actions.mute(ticket, by=customer)
        other = factories.ticket(dana, notify=False)
        assert emails_sent_to(lambda: actions.reply(other, by=team, body="x")) == {dana.email}

    def test_delayed_email_respects_muting(
        self, ticket, customer, team, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks() as late:
            actions.reply(ticket, by=team, body="x")
        actions.mute(ticket, by=customer)
        for callback in late:
            callback()
        assert not mail.outbox

    def test_following_again_unmutes(self, ticket, admin, team, emails_sent_to):
        by = Actor.for_member(admin)
        actions.follow(ticket, by=by, member=admin)
        actions.mute(ticket, by=by)
        actions.unfollow(ticket, by=by, member=admin)
        actions.follow(ticket, by=by, member=admin)
        assert admin.email in emails_sent_to(lambda: actions.reply(ticket, by=team, body="x"))

    def test_only_members_who_can_read_the_ticket_can_mute_it(self, ticket, acme, team):
        for by in (team, Actor.system(), Actor.for_member(factories.member(acme))):
            for verb in (actions.mute, actions.unmute):
                with pytest.raises(NotAllowed):
                    verb(ticket, by=by)


def test_followers_added_together_are_notified_although_they_muted_the_ticket(acme, ticket, team):
    members = [factories.member(acme, name=f"Ada {n}", role=Role.ADMIN) for n in range(2)]
    for member in members:
        actions.mute(ticket, by=Actor.for_member(member))
    actions.update_ticket(ticket, by=team, followers=members)
    notified = Notification.objects.filter(event="follower_added").values_list("member", flat=True)
    assert set(notified) == {member.pk for member in members}
