"""Events between the messages, as customers see them."""

import re

import pytest

from tests import factories
from tests.pages.ticket.ticket_pages import designate, events, page
from wagtail_portal import actions
from wagtail_portal.models import Role, Status
from wagtail_portal.permissions import Actor


@pytest.fixture
def admin(acme):
    return factories.member(acme, role=Role.ADMIN, name="Maren Tolk")


def test_statuses_with_the_same_label_are_one_event(browser, ticket, team):
    designate(ticket, "status")
    triage = Status.objects.create(key="t", name="Triage 2nd", label="In progress", state="new")
    for status in (factories.status("in-progress"), triage, factories.status("on-hold")):
        actions.change_status(ticket, by=team, status=status)
    expected = ["Status changed to In progress", "Status changed to On hold"]
    assert events(browser, ticket) == expected
    assert "Triage" not in page(browser, ticket)
    triage.delete()
    assert events(browser, ticket) == expected


def test_set_of_changes_is_one_line_with_its_author(browser, ticket, team, dana):
    designate(ticket, "status")
    designate(ticket, "assignee")
    designate(ticket, "urgency", editable=True)
    actions.assign(ticket, by=team, assignee=team.user)
    actions.change_fields(ticket, by=team, values={}, urgency="high")
    actions.change_status(ticket, by=team, status=factories.status("in-progress"))
    actions.change_fields(ticket, by=Actor.for_member(dana), values={}, urgency="low")
    assert events(browser, ticket) == [
        "Robin Vale is looking after this ticket · Urgency changed from Normal to High"
        " · Status changed to In progress",
        "Urgency changed from High to Low",
    ]
    assert re.findall("</span> <bdi>(.*?)</bdi>", page(browser, ticket)) == ["Support team", "You"]


def test_status_names_whom_the_ticket_waits_on(as_member, ticket, team, admin, dana):
    designate(ticket, "status")
    waiting = factories.status("waiting-on-customer")
    actions.change_status(ticket, by=team, status=waiting)
    assert events(as_member(dana), ticket) == [f"Status changed to {waiting.label}"]
    assert events(as_member(admin), ticket) == ["Status changed to Waiting on Dana"]


def test_hidden_fields_are_left_out_of_changes(browser, ticket, team):
    severity = factories.ticket_field("Severity", choices=[("High", "red")])
    factories.ticket_field("Churn risk", type="text", set_by="team")
    designate(ticket, severity)
    designate(ticket, factories.ticket_field("In list only", type="text"), on_ticket=False)
    values = {"severity": "high", "churn-risk": "SECRET-9", "in-list-only": "SECRET-8"}
    actions.change_fields(ticket, by=team, values=values, urgency="urgent")
    actions.change_fields(ticket, by=team, values={"churn-risk": None})
    assert events(browser, ticket) == ["Severity set to High"]
    html = page(browser, ticket)
    assert "SECRET" not in html and "Churn" not in html


def test_group_assignments_are_not_shown(browser, ticket, team):
    from django.contrib.auth.models import Group

    designate(ticket, "assignee")
    actions.assign(ticket, by=team, assignee=team.user)
    actions.assign(ticket, by=team, group=Group.objects.get(name="Support agents"))
    assert events(browser, ticket) == ["Robin Vale is looking after this ticket"]
    assert "Support agents" not in page(browser, ticket)


def test_long_values_are_shortened(browser, ticket, team):
    field = factories.ticket_field("Steps", type="long_text")
    designate(ticket, field)
    actions.change_fields(ticket, by=team, values={"steps": "one\n\ntwo " * 100})
    (line,) = events(browser, ticket)
    assert line.startswith("Steps set to one two one two") and len(line) < 110


def test_customers_actions_name_the_person(as_member, ticket, customer, admin, dana):
    actions.close_ticket(ticket, by=customer)
    actions.reopen_ticket(ticket, by=Actor.for_member(admin))
    actions.set_privacy(ticket, by=customer, private=True)
    actions.set_privacy(ticket, by=customer, private=False)
    assert events(as_member(dana), ticket) == [
        "You marked this as solved",
        "Maren Tolk reopened this ticket",
        "You made this ticket private",
        "You made this ticket visible to your organization",
    ]
    assert events(as_member(admin), ticket) == [
        "Dana Reyes marked this as solved",
        "You reopened this ticket",
        "Dana Reyes made this ticket private",
        "Dana Reyes made this ticket visible to the organization",
    ]


def test_team_members_are_not_named_unless_they_wrote(browser, ticket, team):
    actions.close_ticket(ticket, by=team)
    actions.reopen_ticket(ticket, by=team)
    assert events(browser, ticket) == [
        "The support team marked this as solved",
        "The support team reopened this ticket",
    ]
    assert "Robin" not in page(browser, ticket)


def test_ratings_notes_and_mutes_are_not_shown(browser, as_member, ticket, team, customer, admin):
    from tests.pages.ticket.ticket_pages import change_settings

    change_settings(ticket, ask_satisfaction=True)
    actions.mute(ticket, by=customer)
    actions.add_note(ticket, by=team, body="x")
    actions.close_ticket(ticket, by=customer)
    actions.rate_ticket(ticket, by=customer, score="bad")
    assert events(as_member(admin), ticket) == ["Dana Reyes marked this as solved"]


class TestFollowers:
    def test_followers_are_named(self, as_member, ticket, customer, dana, acme):
        jakub = factories.member(acme, name="Jakub Nowak")
        actions.follow(ticket, by=customer, member=jakub)
        assert events(as_member(dana), ticket) == ["Jakub Nowak started following this ticket"]
        assert events(as_member(jakub), ticket) == ["You started following this ticket"]

    def test_former_followers_are_only_named_to_members_who_see_members(
        self, as_member, ticket, customer, dana, acme, admin
    ):
        jakub = factories.member(acme, name="Jakub Nowak")
        actions.follow(ticket, by=customer, member=jakub)
        actions.unfollow(ticket, by=customer, member=jakub)
        assert events(as_member(admin), ticket) == [
            "Jakub Nowak started following this ticket",
            "Jakub Nowak stopped following this ticket",
        ]
        assert events(as_member(dana), ticket) == [
            "A teammate started following this ticket",
            "A teammate stopped following this ticket",
        ]
        jakub.delete()
        assert events(as_member(admin), ticket)[0] == "A teammate started following this ticket"


def test_deleted_user_is_shown_as_former_member(browser, ticket, acme, as_member):
    admin = factories.member(acme, role=Role.ADMIN, name="Maren Tolk")
    actions.close_ticket(ticket, by=Actor.for_member(admin))
    admin.user.delete()
    assert events(browser, ticket) == ["A former member marked this as solved"]
