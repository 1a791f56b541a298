"""Every event notifies someone, or the reference says why not."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.core import mail
from django.dispatch import Signal
from django.utils import timezone
from wagtail.models import Page, Site

from tests import factories
from wagtail_portal import actions, signals
from wagtail_portal.models import (
    JoinRequest,
    NotificationPreferences,
    PortalSettings,
    Role,
    Status,
)
from wagtail_portal.notifications import outbox
from wagtail_portal.notifications.digests import collect_digests
from wagtail_portal.notifications.events import EVENTS
from wagtail_portal.notifications.notify import notify_event
from wagtail_portal.permissions import Actor

REFERENCE = Path(__file__).parents[2] / "docs/reference/events.md"


@pytest.fixture
def theo(acme):
    return factories.member(acme, "theo@acme.example", name="Theo Lind")


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, "Export fails", notify=False)


@pytest.fixture
def team(db):
    return Actor.for_agent(factories.staff("Support managers", name="Robin Vale"))


def test_every_signal_has_an_event_or_a_reason():
    names = {value: name for name, value in vars(signals).items() if isinstance(value, Signal)}
    announced = {names[event.signal] for event in EVENTS if event.signal is not None}
    section = REFERENCE.read_text("utf-8").partition("## Signals that send no emails")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section.partition("\n## ")[0], re.MULTILINE)
    reasons = dict(rows)
    assert set(names.values()) == announced | reasons.keys()
    assert not announced & reasons.keys()
    assert all(len(reason) > 20 for reason in reasons.values())


def test_follower_learns_of_being_added(ticket, dana, theo, team, sent):
    emails = sent(lambda: actions.follow(ticket, by=Actor.for_member(dana), member=theo))
    assert emails.keys() == {theo.email}
    assert "Dana Reyes added you as a follower" in emails[theo.email].body
    assert f"/support/tickets/{ticket.number}/" in emails[theo.email].body
    assert sent(lambda: actions.unfollow(ticket, by=team, member=theo)) == {}
    own = Actor.for_member(theo)
    assert sent(lambda: actions.follow(ticket, by=team, member=theo)).keys() == {theo.email}
    assert sent(lambda: actions.unfollow(ticket, by=own, member=theo)) == {}


def test_following_by_oneself_sends_nothing(ticket, acme, sent):
    admin = factories.member(acme, role=Role.ADMIN)
    assert sent(lambda: actions.follow(ticket, by=Actor.for_member(admin), member=admin)) == {}


def test_both_requesters_learn_of_the_change(ticket, dana, theo, team, sent):
    emails = sent(lambda: actions.change_requester(ticket, by=team, requester=theo))
    assert emails.keys() == {dana.email, theo.email}
    assert "made you the requester" in emails[theo.email].body
    assert "made Theo Lind the requester" in emails[dana.email].body


def test_requester_of_a_moved_ticket_learns_of_it_and_the_former_one_does_not(ticket, team, sent):
    member = factories.member(factories.organization("Globex"), "gil@globex.example")
    emails = sent(lambda: actions.move_ticket(ticket, by=team, requester=member))
    assert emails.keys() == {member.email}
    assert "moved this ticket to Globex" in emails[member.email].body


def test_everyone_of_a_merged_ticket_learns_where_it_continues(ticket, dana, theo, team, sent):
    robin = factories.agent()
    other = factories.ticket(theo, "Export is slow", assignee=robin, notify=False)
    muted = factories.member(theo.organization)
    actions.follow(other, by=team, member=muted, notify=False)
    actions.mute(other, by=Actor.for_member(muted))
    emails = sent(lambda: actions.merge_tickets(other, by=team, into=ticket))
    assert emails.keys() == {theo.email, robin.email}
    for message in emails.values():
        assert f"merged ticket #{other.number} into this one" in message.body
    assert "Export fails" in emails[theo.email].subject
    assert f"/support/tickets/{ticket.number}/" in emails[theo.email].body


def test_assignee_learns_of_notes_but_not_of_what_they_say(ticket, team, sent):
    robin = factories.agent(name="Hanna Vos")
    actions.assign(ticket, by=team, assignee=robin)
    emails = sent(lambda: actions.add_note(ticket, by=team, body="A secret"))
    assert emails.keys() == {robin.email}
    assert "added an internal note" in emails[robin.email].body
    assert "secret" not in emails[robin.email].message().as_string()
    assert sent(lambda: actions.add_note(ticket, by=Actor.for_agent(robin), body="x")) == {}
    (message,) = sent(lambda: actions.add_note(ticket, by=team, body="@Hanna Vos x")).values()
    assert "mentioned you" in message.body
    assert len(mail.outbox) == 1


def test_assignee_learns_of_a_rating(ticket, dana, team, sent):
    settings = PortalSettings.for_site(ticket.site)
    settings.ask_satisfaction = True
    settings.save()
    robin = factories.agent()
    actions.assign(ticket, by=team, assignee=robin)
    closed = Status.objects.filter(state="closed").first()
    actions.change_status(ticket, by=team, status=closed, notify=False)
    by = Actor.for_member(dana)
    emails = sent(lambda: actions.rate_ticket(ticket, by=by, score="bad", comment="Too slow"))
    assert emails.keys() == {robin.email}
    assert "Too slow" in emails[robin.email].body


def test_member_added_by_the_team_learns_of_it(home, acme, team, sent):
    emails = sent(lambda: actions.create_member(acme, by=team, email="kim@acme.example"))
    message = emails["kim@acme.example"]
    assert message.subject == "You now have access to Support"
    assert "the support tickets of Acme" in message.body
    assert "http://localhost/support/" in message.body
    assert sent(lambda: actions.create_member(acme, by=team, email="kim@acme.example")) == {}
    system = Actor.system()
    assert sent(lambda: actions.create_member(acme, by=system, email="lee@acme.example")) == {}


def test_new_member_gets_the_link_to_a_site_that_has_a_portal(home, acme, team, sent):
    portal = home.get_site()
    factories.change([portal], is_default_site=False)

    def add(email):
        return sent(lambda: actions.create_member(acme, by=team, email=email))[email].body

    assert "http://localhost/support/" in add("kim@acme.example")
    root = portal.root_page.get_parent().add_child(instance=Page(title="Company", slug="company"))
    Site.objects.create(hostname="company.example", root_page=root, is_default_site=True)
    assert "http://localhost/support/" in add("lee@acme.example")


def test_approved_person_learns_of_it(home, acme, sent):
    admin = factories.member(acme, role=Role.ADMIN)
    user = actions.provision_user("kim@acme.example")
    request = JoinRequest.objects.create(user=user, organization=acme)
    emails = sent(lambda: actions.approve_join_request(request, by=Actor.for_member(admin)))
    assert emails.keys() == {"kim@acme.example"}


def test_who_loses_access_again_hears_nothing(ticket, theo, team, sent):
    theo.role = Role.objects.get(key=Role.NO_ACCESS)
    theo.save()
    assert sent(lambda: actions.move_ticket(ticket, by=team, requester=ticket.requester)) == {}


def test_team_reads_a_failing_address_as_it_is(ticket, team, sent):
    about = {"ticket": ticket, "team_emails": ["team@company.example"]}
    data = {"email": "sean.o'neill@acme.example"}
    emails = sent(lambda: notify_event("address_failed", by=team, data=data, **about))
    message = emails["team@company.example"]
    assert f"Emails to {data['email']} are bouncing" in message.body
    assert "&amp;" not in message.alternatives[0][0]


def test_text_next_to_the_subject_ends_between_characters(ticket, team, sent):
    (message,) = sent(lambda: actions.reply(ticket, by=team, body="R&D " * 40)).values()
    shown = message.alternatives[0][0].partition('class="preview">')[2].partition("</div>")[0]
    assert 110 < len(unescape(shown)) <= 120
    assert unescape(shown).rstrip("…") in "R&D " * 40


def test_operators_read_why_they_are_alerted(home, sent, settings):
    settings.ADMINS = factories.admins("ops@company.example")
    about = {"site": home.get_site(), "data": {"problems": [["Disk", "Full"]]}}
    emails = sent(lambda: notify_event("problems_found", by=Actor.system(), **about))
    message = emails["ops@company.example"]
    assert "because you’re in charge of this site" in message.body
    assert "support team" not in message.body and "/account/" not in message.body


def test_replies_to_an_invitation_reach_the_address_for_replies(home, acme, sent):
    portal = PortalSettings.for_site(home.get_site())
    portal.sender_address, portal.reply_address = "no-reply@company.example", "help@company.example"
    portal.save()
    emails = sent(lambda: actions.invite_member(acme, by=factories.SYSTEM, email="n@acme.example"))
    assert emails["n@acme.example"].reply_to == ["help@company.example"]


def test_nobody_is_notified_of_imports(ticket, theo, team, sent):
    def change():
        actions.follow(ticket, by=team, member=theo, notify=False)
        actions.change_requester(ticket, by=team, requester=theo, notify=False)
        actions.create_member(theo.organization, by=team, email="k@acme.example", notify=False)

    assert sent(change) == {}


class TestAssigneeWhoIsGone:
    """Replies reach someone else: the group, or else the team's mailbox."""

    @pytest.fixture
    def robin(self, ticket, team):
        settings = PortalSettings.for_site(ticket.site)
        settings.team_address = "team@company.example"
        settings.save()
        robin = factories.agent(name="Robin Vale")
        actions.assign(ticket, by=team, assignee=robin, notify=False)
        return robin

    @pytest.fixture
    def reply(self, ticket, dana, sent):
        return lambda: sent(lambda: actions.reply(ticket, by=Actor.for_member(dana), body="x"))

    @staticmethod
    def deactivate(user):
        user.is_active = False
        user.save()

    @staticmethod
    def remove_from_groups(user):
        user.groups.clear()

    @staticmethod
    def remove_address(user):
        user.email = ""
        user.save()

    def test_assignee_alone_is_notified(self, robin, reply):
        assert reply().keys() == {robin.email}

    @pytest.mark.parametrize("end", ["deactivate", "remove_from_groups", "remove_address"])
    def test_mailbox_is_notified(self, ticket, robin, reply, end):
        getattr(self, end)(robin)
        ticket.refresh_from_db()
        assert reply().keys() == {"team@company.example"}

    def test_group_is_notified(self, ticket, team, robin, reply):
        hanna = factories.agent(name="Hanna Vos")
        actions.assign(ticket, by=team, assignee=robin, group=hanna.groups.get(), notify=False)
        self.deactivate(robin)
        ticket.refresh_from_db()
        assert reply().keys() == {hanna.email, "team@company.example"}
        self.deactivate(hanna)
        assert reply().keys() == {"team@company.example"}

    @pytest.mark.parametrize("frequency", ["at_once", "daily"])
    @pytest.mark.parametrize("taken_over", [False, True])
    def test_mailbox_is_notified_of_what_was_still_waiting(
        self, ticket, dana, team, robin, frequency, taken_over
    ):
        by, choices = Actor.for_agent(robin), {"reply_added": frequency}
        actions.change_notification_preferences(by=by, choices=choices)
        actions.reply(ticket, by=Actor.for_member(dana), body="Still broken")
        self.deactivate(robin)
        if taken_over:
            hanna = factories.agent(name="Hanna Vos")
            actions.assign(ticket, by=team, assignee=hanna, notify=False)
        for _twice in range(2):
            collect_digests(timezone.now(), everything=True)
            outbox.send_due()
        emails = [(message.to, "Still broken" in message.body) for message in mail.outbox]
        assert emails == ([] if taken_over else [(["team@company.example"], True)])

    def test_who_wants_no_emails_is_no_reason(self, ticket, robin, reply):
        by = Actor.for_agent(robin)
        actions.change_notification_preferences(by=by, choices={"reply_added": "never"})
        assert NotificationPreferences.objects.count() == 1
        assert reply() == {}
