"""Nobody takes an email about a customer's reply for one from the team."""

from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from django.core import mail
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import PortalSettings, Role, Ticket
from wagtail_portal.notifications import outbox
from wagtail_portal.notifications.digests import collect_digests
from wagtail_portal.permissions import Actor


@pytest.fixture
def portal(home):
    settings = PortalSettings.for_site(home.get_site())
    settings.portal_name, settings.sender_address = "Acme Help", "help@company.example"
    settings.team_address = "team@company.example"
    settings.save()
    return settings


@pytest.fixture
def robin(db):
    return factories.agent(name="Robin Vale")


@pytest.fixture
def ticket(portal, dana, acme, robin):
    """A ticket with a follower and an assignee."""
    follower = factories.member(acme, "theo@acme.example")
    return factories.ticket(dana, followers=[follower], assignee=robin, notify=False)


@pytest.fixture
def reply_as(ticket, dana, django_capture_on_commit_callbacks):
    """``reply_as(name)``: the emails about a reply of the customer of that name, by address."""

    def run(name):
        actions.change_profile(by=Actor.for_member(dana), name=name)
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            actions.reply(ticket, by=Actor.for_member(dana), body="Please enter your password")
        return {message.to[0]: message for message in mail.outbox}

    return run


def sender(message) -> tuple[str, str]:
    name, address = parseaddr(message.message()["From"])
    return str(make_header(decode_header(name))), address


def test_customers_write_by_way_of_the_portal_and_agents_for_it(
    reply_as, ticket, robin, django_capture_on_commit_callbacks
):
    emails = reply_as("Dana Reyes")
    assert emails.keys() == {"theo@acme.example", robin.email}
    for message in emails.values():
        assert sender(message) == ("Dana Reyes via Acme Help", "help@company.example")
        assert "Dana Reyes wrote:" in message.body
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        actions.reply(ticket, by=Actor.for_agent(robin), body="Try again")
    assert {sender(message)[0] for message in mail.outbox} == {"Robin Vale (Acme Help)"}


@pytest.mark.parametrize(
    "name",
    [
        "Acme Help",
        "acme  HELP",
        "Аcmе Неlр",
        "AcmeHelp Team",
        "Robin Vale",
        "R0bin Vale",
        "Rоbin Vаle",
        "𝐑𝐨𝐛𝐢𝐧 Vale",
        "Robin Vale (Acme Help)",
        "Support team",
        "Support",
        "Support agents",
        "help@company.example",
        "Company.example",
        "Robin\u200b \u2066Vale\u2069",
    ],
)
def test_names_like_the_teams_are_marked(reply_as, name):
    for message in reply_as(name).values():
        shown = sender(message)[0]
        assert "(customer) via Acme Help" in shown
        assert "(customer) wrote:" in message.body
        assert "(customer) wrote:" in message.alternatives[0][0]


def test_long_name_hides_neither_mark_nor_portal(reply_as):
    for message in reply_as("Acme Help " + "e" * 130).values():
        assert sender(message)[0].endswith("… (customer) via Acme Help")
    for message in reply_as("Dana " + "e" * 130).values():
        assert len(sender(message)[0]) < 80
        assert sender(message)[0].endswith("… via Acme Help")


def test_agent_who_has_left_is_not_imitated(reply_as, ticket, robin):
    actions.reply(ticket, by=Actor.for_agent(robin), body="Hello", notify=False)
    robin.is_active = False
    robin.save()
    assert "(customer)" in sender(reply_as("Robin Vale")["theo@acme.example"])[0]


def test_name_of_a_requester_is_marked_for_the_team(
    portal, dana, robin, django_capture_on_commit_callbacks
):
    actions.change_profile(by=Actor.for_member(dana), name="Robin Vale")
    with django_capture_on_commit_callbacks(execute=True):
        factories.ticket(dana)
    (message,) = [row for row in mail.outbox if row.to == ["team@company.example"]]
    assert "Robin Vale (customer) (Acme) opened a ticket." in message.body
    assert Ticket.objects.get().requester.name == "Robin Vale"


def test_digest_marks_names(ticket, dana, acme, robin, django_capture_on_commit_callbacks):
    follower = acme.members.get(user__email="theo@acme.example")
    choices = {"reply_added": "daily"}
    actions.change_notification_preferences(by=Actor.for_member(follower), choices=choices)
    actions.change_profile(by=Actor.for_member(dana), name="Robin Vale")
    actions.reply(ticket, by=Actor.for_member(dana), body="x")
    collect_digests(timezone.now(), everything=True)
    outbox.send_due()
    digest = next(message for message in mail.outbox if message.to == ["theo@acme.example"])
    assert "Robin Vale (customer) replied" in digest.body


def test_inviter_is_marked(portal, acme, robin, django_capture_on_commit_callbacks):
    admin = factories.member(acme, role=Role.ADMIN, name="Robin Vale")
    with django_capture_on_commit_callbacks(execute=True):
        actions.invite_member(
            acme, by=Actor.for_member(admin), email="kim@acme.example", site=portal.site
        )
    assert "Robin Vale (customer) has invited you" in mail.outbox[0].body
