"""Close and reopen tickets, and what happens once a ticket is locked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from wagtail_portal import actions, signals
from wagtail_portal.exceptions import Invalid, Locked, NotAllowed
from wagtail_portal.models import PortalSettings, Role, State, Status, TicketLogEntry
from wagtail_portal.permissions import Actor


def logged(ticket) -> list[str]:
    entries = TicketLogEntry.objects.filter(ticket=ticket).order_by("id")
    return [entry.action.removeprefix("wagtail_portal.") for entry in entries]


def lock(ticket):
    """Move the closing date back so that the ticket can no longer be reopened."""
    days = PortalSettings.for_site(ticket.site).reopen_days
    ticket.closed_at = timezone.now() - timedelta(days=days, minutes=1)
    ticket.save()


def test_closing_and_reopening_twice_takes_effect_once(ticket, customer):
    heard = []
    listen = lambda **kwargs: heard.append((kwargs["old"].key, kwargs["new"].key))  # noqa: E731
    signals.status_changed.connect(listen)
    try:
        for _time in range(2):
            actions.close_ticket(ticket, by=customer)
            ticket.refresh_from_db()
            assert ticket.status.key == "closed" and ticket.closed_at
        for _time in range(2):
            actions.reopen_ticket(ticket, by=customer)
            ticket.refresh_from_db()
            assert ticket.status.key == "in-progress" and ticket.closed_at is None
    finally:
        signals.status_changed.disconnect(listen)
    assert heard == [("new", "closed"), ("closed", "in-progress")]
    assert logged(ticket) == ["open_ticket", "close_ticket", "reopen_ticket"]
    entry = TicketLogEntry.objects.get(action="wagtail_portal.close_ticket")
    assert entry.user == customer.user
    assert entry.data["side"] == "customer"
    assert entry.message == "Status changed from New to Closed"


def test_closing_without_a_closed_status_says_so(ticket, customer):
    Status.objects.filter(state=State.CLOSED).delete()
    with pytest.raises(Invalid) as error:
        actions.close_ticket(ticket, by=customer)
    assert error.value.messages == ["There is no closed status."]


@pytest.mark.parametrize("who", ["outsider", "reader", "revoked", "teammate", "editor"])
def test_members_without_edit_access_cannot_close_or_reopen(ticket, acme, customer, who):
    Role.objects.create(key="reader", name="R", can_edit_tickets=False, tickets="organization")
    by = {
        "outsider": lambda: Actor.for_member(factories.member(factories.organization())),
        "reader": lambda: Actor.for_member(factories.member(acme, role="reader")),
        "revoked": lambda: Actor.for_member(factories.member(acme, role=Role.NO_ACCESS)),
        "teammate": lambda: Actor.for_member(factories.member(acme)),
        "editor": lambda: Actor.for_agent(factories.staff("Editors")),
    }[who]()
    with pytest.raises(NotAllowed):
        actions.close_ticket(ticket, by=by)
    actions.close_ticket(ticket, by=customer)
    for attempt in (
        lambda: actions.reopen_ticket(ticket, by=by),
        lambda: actions.set_privacy(ticket, by=by, private=True),
        lambda: actions.rate_ticket(ticket, by=by, score="good"),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    ticket.refresh_from_db()
    assert ticket.status.is_closed and not ticket.private


def test_teammate_with_edit_access_can_close_and_reopen(ticket, acme):
    by = Actor.for_member(factories.member(acme, role=Role.ADMIN))
    actions.close_ticket(ticket, by=by)
    actions.reopen_ticket(ticket, by=by)
    assert ticket.status.key == "in-progress"


def test_locked_ticket_is_closed_to_customers_but_open_to_the_team(ticket, customer, team, home):
    actions.close_ticket(ticket, by=customer)
    lock(ticket)
    for attempt in (
        lambda: actions.reply(ticket, by=customer, body="Still broken"),
        lambda: actions.reopen_ticket(ticket, by=customer),
        lambda: actions.change_fields(ticket, by=customer, values={}),
    ):
        with pytest.raises(Locked):
            attempt()
    ticket.refresh_from_db()
    assert ticket.status.is_closed
    assert ticket.messages.count() == 1
    assert not ticket.messages.get().attachments.exists()
    actions.reply(ticket, by=team, body="One more thing")
    assert ticket.status.is_closed
    actions.reopen_ticket(ticket, by=team)
    assert ticket.status.key == "in-progress"


def test_rejected_reply_to_locked_ticket_leaves_no_file_behind(ticket, customer, portal_files):
    actions.close_ticket(ticket, by=customer)
    lock(ticket)
    before = set(portal_files.rglob("*"))
    with pytest.raises(Locked):
        actions.reply(ticket, by=customer, body="x", attachments=[factories.upload()])
    assert {path for path in portal_files.rglob("*") if path.is_file()} <= before


@pytest.mark.parametrize(("days", "passed", "locked"), [(14, 13, False), (14, 15, True), (0, 0, 1)])
def test_reopen_period_is_configurable(ticket, customer, home, days, passed, locked):
    settings = PortalSettings.for_site(home.get_site())
    settings.reopen_days = days
    settings.save()
    actions.close_ticket(ticket, by=customer)
    now = timezone.now() + timedelta(days=passed, minutes=1)
    assert settings.locks(ticket, now) == bool(locked)


def test_duplicate_reply_is_recognized_on_locked_ticket(ticket, customer):
    import uuid

    key = uuid.uuid4()
    first = actions.reply(ticket, by=customer, body="x", submission_key=key)
    actions.close_ticket(ticket, by=customer)
    lock(ticket)
    assert actions.reply(ticket, by=customer, body="x", submission_key=key) == first


def test_closing_fails_without_a_closed_status(ticket, customer):
    Status.objects.filter(state="closed").delete()
    with pytest.raises(Invalid):
        actions.close_ticket(ticket, by=customer)


class TestOwnStatuses:
    """Custom statuses: the next status follows from the state or from the status's own setting."""

    @pytest.mark.parametrize(
        ("state", "side", "end"),
        [
            ("new", "customer", "own"),
            ("new", "team", "waiting-on-customer"),
            ("waiting_on_us", "customer", "own"),
            ("waiting_on_us", "team", "waiting-on-customer"),
            ("waiting_on_customer", "customer", "in-progress"),
            ("waiting_on_customer", "team", "own"),
            ("on_hold", "customer", "in-progress"),
            ("on_hold", "team", "own"),
            ("closed", "customer", "in-progress"),
            ("closed", "team", "own"),
        ],
    )
    def test_reply_sets_next_status_by_state(self, ticket, customer, team, state, side, end):
        own = Status.objects.create(key="own", name="O", label="O", state=state, sort_order=99)
        actions.change_status(ticket, by=team, status=own)
        actions.reply(ticket, by=team if side == "team" else customer, body="x")
        assert ticket.status.key == end

    def test_status_can_set_its_own_next_status(self, ticket, customer, team):
        triage = Status.objects.create(key="t", name="T", label="T", state="waiting_on_us")
        own = Status.objects.create(
            key="own", name="O", label="O", state="closed", after_customer_reply=triage
        )
        actions.change_status(ticket, by=team, status=own)
        actions.reply(ticket, by=customer, body="x")
        assert ticket.status == triage

    def test_closed_status_can_stay_closed_after_a_customer_reply(self, ticket, customer, team):
        closed = factories.status("closed")
        closed.after_customer_reply = closed
        closed.save()
        actions.close_ticket(ticket, by=team)
        actions.reply(ticket, by=customer, body="Thanks")
        assert ticket.status == closed
        actions.reopen_ticket(ticket, by=customer)
        assert ticket.status.key == "in-progress"


class TestFollowUp:
    def open(self, ticket, by, **kwargs):
        return factories.ticket(by.member, by=by, follow_up_to=ticket, **kwargs)

    def test_follow_up_is_linked_and_logged(self, ticket, customer):
        new = self.open(ticket, customer)
        assert new.follow_up_to == ticket
        assert list(ticket.follow_ups.all()) == [new]
        entry = TicketLogEntry.objects.get(ticket=new)
        assert entry.data["follow_up_to"] == ticket.number

    def test_follow_up_of_private_ticket_is_private(self, ticket, customer):
        actions.set_privacy(ticket, by=customer, private=True)
        assert self.open(ticket, customer).private

    def test_follow_up_requires_access_to_the_original(self, ticket, acme):
        teammate = Actor.for_member(factories.member(acme))
        outsider = Actor.for_member(factories.member(factories.organization()))
        for by in (teammate, outsider):
            with pytest.raises(NotAllowed):
                self.open(ticket, by)

    def test_follow_up_stays_in_the_organization(self, ticket, team):
        other = factories.member(factories.organization())
        with pytest.raises(Invalid):
            factories.ticket(other, by=team, follow_up_to=ticket)

    def test_follow_up_survives_deletion_of_the_original(self, ticket, customer):
        new = self.open(ticket, customer)
        actions.delete_ticket(ticket, by=Actor.system())
        new.refresh_from_db()
        assert new.follow_up_to is None
