"""Merging, linking and moving tickets, and changing their requester or subject."""

import uuid

import pytest

from tests import factories
from wagtail_portal import actions, search, signals
from wagtail_portal.exceptions import Invalid, Locked, NotAllowed
from wagtail_portal.models import (
    LinkKind,
    Role,
    State,
    Status,
    Ticket,
    TicketLink,
    TicketLogEntry,
)
from wagtail_portal.permissions import Actor

SYSTEM = Actor.system()


@pytest.fixture
def agent(db):
    return Actor.for_agent(factories.agent())


@pytest.fixture
def kim(acme):
    return factories.member(acme, "kim@acme.example", name="Kim Ito")


@pytest.fixture
def ticket(dana):
    return factories.ticket(dana, subject="Export is stuck")


@pytest.fixture
def other(kim):
    return factories.ticket(kim, subject="Export hangs")


def log(ticket) -> list[str]:
    entries = TicketLogEntry.objects.filter(ticket=ticket).order_by("pk")
    return [entry.action.removeprefix("wagtail_portal.") for entry in entries]


class TestMerge:
    def test_merging_closes_the_ticket_and_moves_followers(
        self, agent, ticket, other, dana, kim, acme
    ):
        follower = factories.member(acme)
        actions.follow(ticket, by=SYSTEM, member=follower)
        actions.follow(ticket, by=SYSTEM, member=kim)
        assert actions.merge_tickets(ticket, by=agent, into=other) == other
        ticket.refresh_from_db()
        assert ticket.merged_into == other and ticket.status.is_closed and ticket.closed_at
        assert (ticket.messages.count(), other.messages.count()) == (1, 1)
        assert set(other.followers.all()) == {dana, follower}
        # The requester can continue in the other ticket.
        assert Ticket.objects.visible_to(dana).filter(pk=other.pk).exists()
        assert log(ticket)[-2:] == ["change_status", "merge_tickets"]
        assert log(other)[-1] == "merge_tickets"

    def test_merging_twice_is_logged_once(self, agent, ticket, other):
        for _time in range(2):
            actions.merge_tickets(ticket, by=agent, into=other)
        assert log(other).count("merge_tickets") == 1

    def test_merged_ticket_only_accepts_notes(self, agent, ticket, other, dana):
        actions.merge_tickets(ticket, by=agent, into=other)
        for by in (agent, Actor.for_member(dana)):
            with pytest.raises(Locked):
                actions.reply(ticket, by=by, body="Hello?")
            with pytest.raises(Locked):
                actions.reopen_ticket(ticket, by=by)
        with pytest.raises(Locked):
            actions.change_status(ticket, by=agent, status=factories.status("new"))
        with pytest.raises(Locked):
            actions.change_requester(ticket, by=agent, requester=other.requester)
        assert ticket.messages.count() == 1
        assert actions.add_note(ticket, by=agent, body="Notes are fine.")

    def test_without_a_closed_status_nothing_changes(self, agent, ticket, other):
        Status.objects.filter(state=State.CLOSED).update(state=State.ON_HOLD)
        before = log(ticket), log(other)
        with pytest.raises(Invalid, match="There is no closed status"):
            actions.merge_tickets(ticket, by=agent, into=other)
        ticket.refresh_from_db()
        assert ticket.merged_into is None and not ticket.status.is_closed
        assert (log(ticket), log(other)) == before and not other.followers.exists()

    def test_invalid_merges_are_rejected(self, agent, ticket, other, dana):
        foreign = factories.ticket(factories.member(factories.organization()))
        with pytest.raises(Invalid, match="another organization"):
            actions.merge_tickets(ticket, by=agent, into=foreign)
        with pytest.raises(Invalid, match="same ticket"):
            actions.merge_tickets(ticket, by=agent, into=ticket)
        actions.merge_tickets(ticket, by=agent, into=other)
        third = factories.ticket(dana)
        with pytest.raises(Invalid, match="already"):
            actions.merge_tickets(third, by=agent, into=ticket)
        with pytest.raises(NotAllowed):
            actions.merge_tickets(third, by=Actor.for_member(dana), into=other)
        # Earlier merges point to the final ticket.
        actions.merge_tickets(other, by=agent, into=third)
        ticket.refresh_from_db()
        assert ticket.merged_into == third

    def test_who_has_muted_the_ticket_gets_no_email_about_the_other_one(
        self, agent, ticket, other, dana
    ):
        actions.mute(ticket, by=Actor.for_member(dana))
        actions.merge_tickets(ticket, by=agent, into=other)
        assert other.mutes.get().member == dana and other.followers.get() == dana

    def test_only_tickets_of_the_same_visitor_are_merged(self, agent, db):
        kim, jo = (actions.save_visitor(f"{name}@else.example") for name in ("kim", "jo"))
        first, second, other = map(factories.ticket, (kim, kim, jo))
        with pytest.raises(Invalid, match="different visitors"):
            actions.merge_tickets(first, by=agent, into=other)
        assert not other.followers.exists()
        assert actions.merge_tickets(first, by=agent, into=second) == second

    def test_erased_people_do_not_follow_the_other_ticket(self, agent, ticket, other, dana):
        actions.erase_member(dana, by=SYSTEM, remove_texts=False)
        actions.merge_tickets(ticket, by=agent, into=other)
        assert not other.followers.exists()


class TestMove:
    def test_moving_to_another_organization_changes_who_has_access(
        self, agent, ticket, dana, kim, acme
    ):
        globex = factories.organization("Globex")
        new = factories.member(globex)
        admin = factories.member(acme, role=Role.ADMIN)
        actions.follow(ticket, by=SYSTEM, member=kim)
        actions.mute(ticket, by=Actor.for_member(kim))
        for _time in range(2):
            actions.move_ticket(ticket, by=agent, requester=new)
        ticket.refresh_from_db()
        assert (ticket.organization, ticket.requester) == (globex, new)
        for member in (dana, kim, admin):
            assert not Ticket.objects.visible_to(member).exists()
        assert Ticket.objects.visible_to(new).get() == ticket
        assert not ticket.followers.exists() and not ticket.mutes.exists()
        assert log(ticket).count("move_ticket") == 1

    def test_only_the_team_can_move_tickets_and_only_to_members_with_access(
        self, agent, ticket, dana
    ):
        globex = factories.organization("Globex")
        gone = factories.member(globex, role=Role.NO_ACCESS)
        with pytest.raises(Invalid):
            actions.move_ticket(ticket, by=agent, requester=gone)
        with pytest.raises(NotAllowed):
            by = Actor.for_member(dana)
            actions.move_ticket(ticket, by=by, requester=factories.member(globex))
        ticket.refresh_from_db()
        assert ticket.requester == dana

    def test_changing_the_requester_keeps_the_former_one_as_follower(
        self, agent, ticket, dana, kim
    ):
        actions.follow(ticket, by=SYSTEM, member=kim)
        actions.change_requester(ticket, by=agent, requester=kim)
        ticket.refresh_from_db()
        assert ticket.requester == kim and set(ticket.followers.all()) == {dana}
        with pytest.raises(Invalid):
            foreign = factories.member(factories.organization())
            actions.change_requester(ticket, by=agent, requester=foreign)


class TestLinks:
    def test_links_of_each_kind_can_be_created_and_removed(self, agent, ticket, other):
        actions.link_tickets(ticket, by=agent, target=other, kind=LinkKind.RELATED)
        actions.link_tickets(ticket, by=agent, target=other, kind=LinkKind.DUPLICATE)
        assert TicketLink.objects.get().kind == "duplicate"
        actions.link_tickets(ticket, by=agent, target=other, kind=LinkKind.FOLLOW_UP)
        ticket.refresh_from_db()
        assert ticket.follow_up_to == other
        assert log(other).count("link_tickets") == 3
        actions.unlink_tickets(other, by=agent, target=ticket)
        ticket.refresh_from_db()
        assert ticket.follow_up_to is None and not TicketLink.objects.exists()

    def test_invalid_links_are_rejected(self, agent, ticket, other, dana):
        with pytest.raises(Invalid):
            actions.link_tickets(ticket, by=agent, target=ticket, kind=LinkKind.RELATED)
        with pytest.raises(Invalid):
            actions.link_tickets(ticket, by=agent, target=other, kind="nonsense")
        with pytest.raises(NotAllowed):
            by = Actor.for_member(dana)
            actions.link_tickets(ticket, by=by, target=ticket, kind=LinkKind.RELATED)
        actions.link_tickets(ticket, by=agent, target=other, kind=LinkKind.FOLLOW_UP)
        other.refresh_from_db()
        with pytest.raises(Invalid):
            actions.link_tickets(other, by=agent, target=ticket, kind=LinkKind.FOLLOW_UP)


def found(words) -> set[str]:
    query = search.Query.parse(words)
    tickets = search.backend().find(Ticket.objects.all(), query)
    return set(tickets.values_list("subject", flat=True))


def test_search_finds_the_new_subject_only(agent, ticket, dana):
    heard = []

    def receive(old, new, **kwargs):
        heard.append((old, new))

    signals.subject_changed.connect(receive)
    try:
        for _time in range(2):
            actions.change_subject(ticket, by=agent, subject="Import  fails ")
    finally:
        signals.subject_changed.disconnect(receive)
    assert heard == [("Export is stuck", "Import fails")]
    assert found("import") == {"Import fails"} and found("export") == set()
    # The words of the message are still found.
    assert found("help") == {"Import fails"}
    for subject in ("", "x" * 500):
        with pytest.raises(Invalid):
            actions.change_subject(ticket, by=agent, subject=subject)
    with pytest.raises(NotAllowed):
        actions.change_subject(ticket, by=Actor.for_member(dana), subject="Mine")
    assert "Export" not in str(TicketLogEntry.objects.values_list("data", flat=True))


def test_requester_may_have_sent_the_same_form(dana, kim, agent):
    key, jo = uuid.uuid4(), factories.member(factories.organization())
    first, second, _third = (
        factories.ticket(member, submission_key=key) for member in (dana, kim, jo)
    )
    actions.change_requester(first, by=agent, requester=kim)
    actions.move_ticket(second, by=agent, requester=jo)
    assert [row.requester for row in Ticket.objects.order_by("pk")] == [kim, jo, jo]
