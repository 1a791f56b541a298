"""Replies, notes, statuses, assignment, fields and followers: permissions, log and effects."""

import pytest
from django.contrib.auth.models import Group

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Conflict, Invalid, NotAllowed
from wagtail_portal.models import DesignatedField, PortalSettings, Role, TicketLogEntry
from wagtail_portal.permissions import Actor


@pytest.fixture
def robin(db):
    return factories.agent(name="Robin Vale")


@pytest.fixture
def team(robin):
    return Actor.for_agent(robin)


def logged(ticket) -> list[str]:
    entries = TicketLogEntry.objects.filter(ticket=ticket).order_by("id")
    return [entry.action.removeprefix("wagtail_portal.") for entry in entries]


def test_each_action_is_logged_under_its_name(ticket, team, customer, robin, acme):
    field = factories.ticket_field("Version", type="text")
    other = factories.member(acme)
    actions.reply(ticket, by=team, body="a")
    actions.add_note(ticket, by=team, body="b")
    # Assigned by replying, so nothing changes.
    actions.assign(ticket, by=team, assignee=robin)
    actions.change_fields(ticket, by=team, values={field.key: "1.2"})
    actions.change_status(ticket, by=team, status=factories.status("on-hold"))
    actions.follow(ticket, by=customer, member=other)
    actions.unfollow(ticket, by=Actor.for_member(other), member=other)
    assert logged(ticket) == [
        "open_ticket",
        "reply",
        "assign",
        "change_status",
        "add_note",
        "change_fields",
        "change_status",
        "follow",
        "unfollow",
    ]
    entry = TicketLogEntry.objects.filter(ticket=ticket, action="wagtail_portal.assign").get()
    assert entry.user == robin
    assert entry.message == "Assigned to Robin Vale"


def test_reply_assigns_an_unassigned_ticket_to_the_agent(ticket, team, customer, robin):
    settings = PortalSettings.for_site(ticket.site)
    settings.assign_on_reply = False
    settings.save()
    actions.reply(ticket, by=team, body="a")
    assert ticket.assignee is None
    settings.assign_on_reply = True
    settings.save()
    actions.reply(ticket, by=customer, body="b")
    actions.reply(ticket, by=Actor.system(), body="c")
    actions.reply(ticket, by=team, body="d", at=ticket.opened_at)
    assert ticket.assignee is None
    actions.reply(ticket, by=team, body="e")
    actions.reply(ticket, by=Actor.for_agent(factories.agent()), body="f")
    ticket.refresh_from_db()
    assert ticket.assignee == robin


def test_log_contains_no_user_content(ticket, team):
    actions.reply(ticket, by=team, body="a secret word")
    actions.add_note(ticket, by=team, body="another secret")
    for entry in TicketLogEntry.objects.filter(ticket=ticket):
        assert "secret" not in str(entry.data)


@pytest.mark.parametrize(
    ("start", "side", "end"),
    [
        ("new", "team", "waiting-on-customer"),
        ("new", "customer", "new"),
        ("waiting-on-customer", "customer", "in-progress"),
        ("in-progress", "team", "waiting-on-customer"),
        ("on-hold", "customer", "in-progress"),
        ("closed", "customer", "in-progress"),
        ("closed", "team", "closed"),
    ],
)
def test_reply_changes_status(ticket, team, customer, start, side, end):
    actions.change_status(ticket, by=team, status=factories.status(start))
    actions.reply(ticket, by=team if side == "team" else customer, body="x")
    ticket.refresh_from_db()
    assert ticket.status.key == end
    assert (ticket.closed_at is None) == (end != "closed")


def test_agent_can_set_status_with_reply(ticket, team):
    actions.reply(ticket, by=team, body="Done.", status=factories.status("closed"))
    assert ticket.status.key == "closed"
    assert ticket.closed_at is not None


def test_customer_cannot_set_a_status_with_a_reply(ticket, customer):
    actions.reply(ticket, by=customer, body="x", status=factories.status("closed"))
    assert ticket.status.key == "new"


def test_keeping_the_same_status_is_not_a_change(ticket, team):
    actions.change_status(ticket, by=team, status=ticket.status)
    assert logged(ticket) == ["open_ticket"]


@pytest.mark.parametrize("who", ["outsider", "reader", "editor", "revoked", "teammate"])
def test_people_without_permission_can_do_nothing(ticket, acme, dana, who):
    Role.objects.create(key="reader", name="Reader", can_edit_tickets=False, tickets="organization")
    by = {
        "outsider": lambda: Actor.for_member(factories.member(factories.organization())),
        "reader": lambda: Actor.for_member(factories.member(acme, role="reader")),
        "editor": lambda: Actor.for_agent(factories.staff("Editors")),
        "revoked": lambda: Actor.for_member(factories.member(acme, role=Role.NO_ACCESS)),
        "teammate": lambda: Actor.for_member(factories.member(acme)),
    }[who]()
    agent, status = factories.agent(), factories.status("closed")
    for attempt in (
        lambda: actions.reply(ticket, by=by, body="x"),
        lambda: actions.add_note(ticket, by=by, body="x"),
        lambda: actions.assign(ticket, by=by, assignee=agent),
        lambda: actions.change_status(ticket, by=by, status=status),
        lambda: actions.change_fields(ticket, by=by, values={}),
        lambda: actions.follow(ticket, by=by, member=dana),
        lambda: actions.unfollow(ticket, by=by, member=dana),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert logged(ticket) == ["open_ticket"]


def test_customers_cannot_use_team_actions(ticket, customer, robin):
    for attempt in (
        lambda: actions.add_note(ticket, by=customer, body="x"),
        lambda: actions.assign(ticket, by=customer, assignee=robin),
        lambda: actions.change_status(ticket, by=customer, status=factories.status("closed")),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_only_agents_who_can_reply_can_be_assigned(ticket, team, dana):
    with pytest.raises(Invalid):
        actions.assign(ticket, by=team, assignee=dana.user)
    with pytest.raises(Invalid):
        actions.assign(ticket, by=team, assignee=factories.staff("Editors"))


def test_customers_can_only_change_editable_fields(ticket, customer, home):
    version = factories.ticket_field("Version", type="text")
    plan = factories.ticket_field("Plan", type="text")
    settings = PortalSettings.for_site(home.get_site())
    DesignatedField.objects.create(settings=settings, ticket_field=version, editable=True)
    DesignatedField.objects.create(settings=settings, ticket_field=plan)
    actions.change_fields(ticket, by=customer, values={"version": "2.0"})
    assert ticket.values == {"version": "2.0"}
    for key in ("plan", "unknown"):
        with pytest.raises(NotAllowed):
            actions.change_fields(ticket, by=customer, values={key: "x"})
    actions.change_fields(ticket, by=customer, values={"version": None})
    assert ticket.values == {}


@pytest.fixture
def editable(home):
    """Return ``editable(field)``, which lets customers change a built-in or ticket field."""
    settings = PortalSettings.for_site(home.get_site())

    def designate(what, **kwargs):
        key = "builtin" if isinstance(what, str) else "ticket_field"
        kwargs = {"editable": True, **kwargs}
        return DesignatedField.objects.create(settings=settings, **{key: what}, **kwargs)

    return designate


def test_urgency_can_be_changed_together_with_fields(ticket, customer, editable):
    with pytest.raises(NotAllowed):
        actions.change_fields(ticket, by=customer, values={}, urgency="high")
    editable("urgency")
    with pytest.raises(Invalid):
        actions.change_fields(ticket, by=customer, values={}, urgency="very high")
    actions.change_fields(ticket, by=customer, values={}, urgency="high")
    actions.change_fields(ticket, by=customer, values={}, urgency="high")
    ticket.refresh_from_db()
    assert ticket.urgency == "high"
    entry = TicketLogEntry.objects.get(action="wagtail_portal.change_fields")
    assert entry.data == {"side": "customer", "changes": {}, "urgency": ["normal", "high"]}
    assert entry.message == "Fields changed: Urgency"


def test_designated_field_is_not_editable_by_default(ticket, customer, editable):
    ofteam = factories.ticket_field("Plan", type="text", set_by="team")
    hidden = factories.ticket_field("Hidden", type="text")
    archived = factories.ticket_field("Archived", type="text", archived=True)
    editable(ofteam)
    editable(hidden, on_ticket=False)
    editable(archived)
    editable("status")
    for field in (ofteam, hidden, archived):
        with pytest.raises(NotAllowed):
            actions.change_fields(ticket, by=customer, values={field.key: "x"})


def test_conflicting_change_is_rejected(ticket, customer, team, editable):
    version, plan = (
        factories.ticket_field("Version", type="text"),
        factories.ticket_field("Plan", type="text"),
    )
    for what in ("urgency", version, plan):
        editable(what)
    original = {"urgency": "normal", "field:version": None, "field:plan": None}
    actions.change_fields(ticket, by=team, values={"version": "1.0"}, urgency="low")

    def change(**values):
        given = {"values": {"version": "2.0", "plan": "big"}, "urgency": "high", **values}
        actions.change_fields(ticket, by=customer, original=original, **given)

    with pytest.raises(Conflict) as error:
        change()
    assert error.value.current == {"field:version": "1.0", "urgency": "low"}
    ticket.refresh_from_db()
    assert (ticket.values, ticket.urgency) == ({"version": "1.0"}, "low")
    # Fields that no one else touched are saved, and setting the same value isn't a conflict.
    change(values={"version": "1.0", "plan": "big"}, urgency="low")
    assert ticket.values == {"version": "1.0", "plan": "big"}


def test_archived_choices_are_kept_until_removed(ticket, team):
    field = factories.ticket_field("Parts", type="choices", choices=[("A", ""), ("B", "")])
    actions.change_fields(ticket, by=team, values={"parts": ["a"]})
    field.choices.filter(key="a").update(archived=True)
    actions.change_fields(ticket, by=team, values={"parts": ["a", "b"]})
    assert ticket.values == {"parts": ["a", "b"]}
    actions.change_fields(ticket, by=team, values={"parts": ["b"]})
    with pytest.raises(Invalid):
        actions.change_fields(ticket, by=team, values={"parts": ["a", "b"]})


def test_note_does_not_count_as_customer_activity(ticket, team):
    before = ticket.updated_at
    actions.add_note(ticket, by=team, body="x")
    ticket.refresh_from_db()
    assert ticket.updated_at == before
    assert ticket.team_updated_at > before
    assert ticket.last_reply.kind == "reply"


def test_only_members_of_the_organization_can_follow(ticket, customer, acme):
    with pytest.raises(Invalid):
        actions.follow(ticket, by=customer, member=factories.member(factories.organization()))
    with pytest.raises(Invalid):
        actions.follow(ticket, by=customer, member=factories.member(acme, role=Role.NO_ACCESS))
    teammate = factories.member(acme)
    actions.follow(ticket, by=customer, member=teammate)
    actions.follow(ticket, by=customer, member=teammate)
    assert ticket.followers.count() == 1


def test_imported_message_does_not_change_last_activity(ticket, team):
    from datetime import timedelta

    before = ticket.updated_at
    actions.reply(ticket, by=team, body="x", at=before - timedelta(days=9))
    assert ticket.updated_at == before


def test_replies_are_limited_per_hour(ticket, customer, team, settings):
    from wagtail_portal.exceptions import RateLimited

    settings.WAGTAIL_PORTAL = {"REPLIES_PER_HOUR": 1}
    actions.reply(ticket, by=customer, body="one")
    with pytest.raises(RateLimited):
        actions.reply(ticket, by=customer, body="two")
    for _time in range(3):
        actions.reply(ticket, by=team, body="no limit for the team")


def test_group_can_be_assigned_with_or_without_a_person(ticket, team, robin):
    agents = Group.objects.get(name="Support agents")
    managers = Group.objects.get(name="Support managers")
    actions.assign(ticket, by=team, group=agents)
    actions.assign(ticket, by=team, assignee=robin)
    assert (ticket.assignee, ticket.group) == (robin, agents)
    actions.assign(ticket, by=team, assignee=None, group=managers)
    actions.assign(ticket, by=team, group=managers)
    actions.assign(ticket, by=team, group=None)
    entries = TicketLogEntry.objects.filter(ticket=ticket, action="wagtail_portal.assign")
    assert [entry.message for entry in entries.order_by("id")] == [
        "Assigned to Support agents",
        "Assigned to Robin Vale",
        "Unassigned, Assigned to Support managers",
        "Removed from the group",
    ]
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.group) == (None, None)


def test_only_groups_that_can_reply_can_be_assigned(ticket, team):
    with pytest.raises(Invalid) as raised:
        actions.assign(ticket, by=team, group=Group.objects.get(name="Editors"))
    assert "group" in raised.value.errors


def test_deleting_a_group_unassigns_its_tickets(ticket, team):
    group = Group.objects.get(name="Support agents")
    actions.assign(ticket, by=team, group=group)
    group.delete()
    ticket.refresh_from_db()
    assert ticket.group is None
