"""Actions at the same moment: one of them wins, and the others say why they can't."""

import threading
import uuid
from itertools import combinations_with_replacement
from random import Random

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Max, Q

from tests import factories
from tests.incoming.emails import email
from tests.serving import TIMEOUT
from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError, Deleted, NotAllowed
from wagtail_portal.models import (
    Attachment,
    GroupScope,
    Guest,
    Invitation,
    JoinRequest,
    LinkKind,
    Member,
    Message,
    Organization,
    PortalSettings,
    ReceivedEmail,
    ReceivedState,
    Role,
    State,
    Status,
    Ticket,
    TicketLink,
    TicketReadState,
    TicketWords,
)
from wagtail_portal.permissions import Actor, Verb

#: The address of someone who joins the first organization.
NEW = "new@customer.example"
#: How many threads do each of the two actions.
THREADS = 2


class Stage:
    """Two tickets with people who work in them. Each thread loads the rows it acts on itself."""

    def __init__(self, requester, follower, agent, manager):
        self.requester, self.follower = requester.pk, follower.pk
        self.agent, self.manager = agent.pk, manager.pk
        self.site = factories.Site.objects.get(is_default_site=True)
        tickets = [factories.ticket(requester, followers=[follower]) for _number in range(2)]
        self.tickets = [ticket.pk for ticket in tickets]
        #: A follow-up, which changes with the ticket that it follows.
        self.third = factories.ticket(requester, follow_up_to=tickets[0]).pk
        #: Someone who joins the organization is the guest of a ticket.
        PortalSettings.objects.update_or_create(site=self.site, defaults={"customers_share": True})
        Guest.objects.create(ticket=tickets[0], email=NEW, added_by=requester)
        #: Two organizations that are merged; one person belongs to both.
        self.company, self.other = requester.organization_id, factories.organization().pk
        factories.member(Organization.objects.get(pk=self.other), follower.email)

    def ticket(self, number=0):
        return Ticket.objects.get(pk=self.tickets[number])

    def customer(self):
        members = Member.objects.select_related("user", "role", "organization")
        return Actor.for_member(members.get(pk=self.requester))

    def team(self):
        return Actor.for_agent(get_user_model().objects.get(pk=self.agent))

    def lead(self):
        return Actor.for_agent(get_user_model().objects.get(pk=self.manager))

    # Each of these prepares an action, and returns a function that does it.

    def reply(self):
        ticket, by = self.ticket(), self.customer()
        return lambda: actions.reply(ticket, by=by, body="Written by Dana Reyes.")

    def answer(self):
        ticket, by = self.ticket(), self.team()
        status = Status.objects.first_of(State.CLOSED)
        return lambda: actions.reply(ticket, by=by, body="Hello", status=status)

    def accept_email(self):
        ticket, by = self.ticket(), self.lead()
        member = ticket.requester
        row = ReceivedEmail(site=self.site, size=1, state=ReceivedState.HELD, sender=member.email)
        row.digest, row.ticket, row.member = uuid.uuid4().hex, ticket, member
        row.raw.save("", ContentFile(email("Of Dana Reyes", sender=member.email)))
        return lambda: actions.accept_email(row, by=by)

    def note_on_other(self):
        ticket, by = self.ticket(1), self.team()
        return lambda: actions.add_note(ticket, by=by, body="Dana Reyes called.")

    def attach(self):
        ticket, by = self.ticket(), self.customer()
        upload = actions.upload(by=by, site=self.site, file=factories.upload())
        return lambda: actions.reply(ticket, by=by, body="", attachments=[upload])

    def open(self):
        first, by = self.ticket(), self.customer()
        new = {"subject": "Of Dana Reyes", "body": "More", "site": self.site}
        return lambda: actions.open_ticket(requester=by.member, by=by, follow_up_to=first, **new)

    def link(self):
        return self._link(0, 1)

    def link_back(self):
        return self._link(1, 0)

    def _link(self, one, other):
        ticket, target, by = self.ticket(one), self.ticket(other), self.team()
        return lambda: actions.link_tickets(ticket, by=by, target=target, kind=LinkKind.RELATED)

    def unlink_back(self):
        ticket, target, by = self.ticket(1), self.ticket(), self.team()
        return lambda: actions.unlink_tickets(ticket, by=by, target=target)

    def merge(self):
        return self._merge(0, 1)

    def merge_back(self):
        return self._merge(1, 0)

    def _merge(self, one, other):
        ticket, into, by = self.ticket(one), self.ticket(other), self.lead()
        return lambda: actions.merge_tickets(ticket, by=by, into=into)

    def merge_organizations(self):
        return self._merge_organizations(self.company, self.other)

    def merge_organizations_back(self):
        return self._merge_organizations(self.other, self.company)

    def _merge_organizations(self, one, other):
        by = self.lead()
        source, into = (Organization.objects.get(pk=pk) for pk in (one, other))
        return lambda: actions.merge_organizations(source, into=into, by=by)

    def join(self):
        organization, by = Organization.objects.get(pk=self.company), self.lead()
        return lambda: actions.create_member(organization, by=by, email=NEW)

    def invite(self):
        organization, by = Organization.objects.get(pk=self.company), self.lead()
        return lambda: actions.invite_member(organization, by=by, email="kim@customer.example")

    def delete(self):
        ticket, by = self.ticket(), self.lead()
        return lambda: actions.delete_ticket(ticket, by=by)

    def erase(self):
        member, by = self.customer().member, self.lead()
        return lambda: actions.erase_member(member, by=by, remove_texts=True)

    def erase_follower(self):
        member, by = Member.objects.select_related("user").get(pk=self.follower), self.lead()
        return lambda: actions.erase_member(member, by=by, remove_texts=True)

    def revoke(self):
        member, by = self.customer().member, self.lead()
        return lambda: actions.revoke_access(member, by=by)

    def rename(self):
        by = self.customer()
        return lambda: actions.change_profile(by=by, name="Dana Reyes-Vos")

    def read(self):
        ticket, by = self.ticket(), self.customer()
        message = ticket.messages.latest("pk")
        return lambda: actions.mark_read(ticket, by=by, message=message)

    def read_all(self):
        by = self.customer()
        return lambda: actions.mark_all_read(by=by)

    def assign(self):
        ticket, by = self.ticket(), self.team()
        return lambda: actions.assign(ticket, by=by, assignee=by.user)

    def close_all(self):
        return self._close_all(self.tickets)

    def close_all_back(self):
        return self._close_all(self.tickets[::-1])

    def _close_all(self, keys):
        by = self.team()
        run = actions.begin_bulk_change(by=by, verb="close", tickets=keys)
        return lambda: actions.continue_bulk_change(run)

    def mute(self):
        ticket, by = self.ticket(), self.customer()
        return lambda: actions.mute(ticket, by=by)

    def follow(self):
        ticket, by = self.ticket(), self.team()
        member = Member.objects.get(pk=self.follower)

        def change():
            actions.unfollow(ticket, by=by, member=member)
            actions.follow(ticket, by=by, member=member)

        return change


#: Pairs that once waited for each other in a circle, or acted on what the other had deleted.
KNOWN = [
    ("link", "link_back"),
    ("delete", "reply"),
    ("delete", "attach"),
    ("delete", "link_back"),
    ("delete", "open"),
    ("delete", "read"),
    ("erase", "reply"),
    ("erase", "open"),
    ("erase", "revoke"),
    ("erase", "erase_follower"),
    ("merge", "merge_back"),
    ("close_all", "close_all_back"),
    ("close_all", "merge_back"),
    ("close_all", "erase_follower"),
    ("merge_organizations", "merge_organizations_back"),
    ("merge_organizations", "erase_follower"),
    ("accept_email", "delete"),
    ("accept_email", "erase"),
    ("accept_email", "merge_organizations"),
    ("join", "merge_organizations"),
]
NAMES = [name for name in vars(Stage) if not name.startswith("_")]
NAMES = [name for name in NAMES if name not in ("ticket", "customer", "team", "lead")]
OTHERS = sorted(set(combinations_with_replacement(sorted(NAMES), 2)) - {*map(tuple, KNOWN)})


def do_at_once(stage, names) -> list:
    """Do the actions in several threads each, and return the errors."""
    errors, barrier = [], threading.Barrier(len(names) * THREADS)

    def run(name):
        try:
            act = getattr(stage, name)()
            barrier.wait(TIMEOUT)
            act()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[name]) for name in names * THREADS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def check_rows(organization, names) -> None:
    """Check what holds after any actions, in whatever order they came."""
    own = Ticket.objects.filter(organization=Organization.objects.current(organization.pk))
    for ticket in own:
        replies = ticket.messages.filter(kind="reply").aggregate(newest=Max("pk"))
        assert ticket.last_reply_id == replies["newest"]
        assert ticket.newest_message == ticket.messages.aggregate(newest=Max("pk"))["newest"]
    tickets = Ticket.objects.values("pk")
    assert not TicketWords.objects.exclude(ticket__in=tickets).exists()
    assert not TicketLink.objects.exclude(ticket__in=tickets, target__in=tickets).exists()
    assert not TicketReadState.objects.exclude(ticket__in=tickets).exists()
    assert not Attachment.objects.filter(message=None, ticket=None, uploader=None).exists()
    if "erase" in names:
        # Nothing of an erased person is left, and nothing came after them.
        named = Q(body__contains="Dana") | Q(body__contains="More")
        assert not Message.objects.filter(named, ticket__in=own).exists(), names
        assert not own.filter(subject__contains="Dana").exists(), names
        indexed = TicketWords.objects.filter(ticket__in=own).values_list("words", flat=True)
        assert not any(" dana " in words for words in indexed), names


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_actions_in_parallel_end_without_an_unexpected_error():
    agent, manager = factories.agent(), factories.staff("Support managers")
    for pair in [*KNOWN, *Random(7).sample(OTHERS, 4)]:
        company = factories.organization()
        dana = factories.member(company, role=Role.ADMIN, name="Dana Reyes")
        follower = factories.member(company, name="Kim Otto")
        errors = do_at_once(Stage(dana, follower, agent, manager), pair)
        assert [error for error in errors if not isinstance(error, ActionError)] == [], pair
        check_rows(company, pair)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("name", ["reply", "open", "join", "invite", "note_on_other"])
def test_what_people_do_while_their_organization_is_merged_gets_through(name):
    agent, manager = factories.agent(), factories.staff("Support managers")
    company = factories.organization()
    dana = factories.member(company, role=Role.ADMIN, name="Dana Reyes")
    stage = Stage(dana, factories.member(company), agent, manager)
    messages, members = Message.objects.count(), Member.objects.count()
    errors = do_at_once(stage, ["merge_organizations", name])
    # Only one of the merges can succeed.
    assert [error.messages for error in errors] == [["This organization no longer exists."]]
    into = Organization.objects.get(pk=stage.other)
    assert not Organization.objects.filter(pk=company.pk).exists()
    assert set(Ticket.objects.values_list("organization", flat=True)) == {into.pk}
    if name in ("reply", "open", "note_on_other"):
        assert Message.objects.count() == messages + THREADS
    # The person who was in both organizations is a member once.
    added = 1 if name == "join" else 0
    assert into.members.count() == Member.objects.count() == members - 1 + added
    if name == "invite":
        invited = Invitation.objects.open().values_list("organization", flat=True)
        assert set(invited) == {into.pk}


class Joining(Stage):
    """Someone who requests to join the first organization."""

    def person(self):
        return get_user_model().objects.get(username="jo")

    def request(self):
        user = self.person()
        return lambda: actions.join_by_domain(user, email=user.email)

    def approve(self):
        known = {"user": self.person(), "organization_id": self.company}
        found, _created = JoinRequest.objects.get_or_create(**known)
        return lambda: actions.approve_join_request(found, by=factories.SYSTEM)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("name", ["join", "invite", "request", "approve"])
def test_who_is_added_twice_at_once_is_added_once(name):
    company = factories.organization(verified_domains=["customer.example"])
    dana, kim = factories.member(company), factories.member(company)
    stage = Joining(dana, kim, factories.agent(), factories.staff("Support managers"))
    get_user_model().objects.create_user("jo", "jo@customer.example")
    assert do_at_once(stage, [name]) == []
    added = {"invite": company.invitations.unanswered(), "request": company.join_requests}
    found = added.get(name, company.members.exclude(pk__in=(dana.pk, kim.pk)))
    assert found.count() == 1


def test_who_acts_on_a_deleted_ticket_is_told_so(dana):
    ticket, manager = factories.ticket(dana), factories.staff("Support managers")
    same = Ticket.objects.get(pk=ticket.pk)
    actions.delete_ticket(ticket, by=Actor.for_agent(manager))
    by = Actor.for_member(dana)
    for act in (
        lambda: actions.reply(same, by=by, body="Hello"),
        lambda: actions.close_ticket(same, by=by),
        lambda: actions.mute(same, by=by),
        lambda: actions.open_ticket(
            requester=dana, by=by, site=same.site, subject="More", follow_up_to=same
        ),
        lambda: actions.delete_ticket(same, by=Actor.for_agent(manager)),
    ):
        with pytest.raises(Deleted):
            act()


def test_agent_who_loses_a_permission_while_waiting_can_do_nothing_more(dana):
    ticket, manager = factories.ticket(dana), factories.staff("Support managers")
    by, limited = Actor.for_agent(manager), Actor.for_agent(factories.agent())
    assert by.may(Verb.DELETE, ticket) and limited.may(Verb.REPLY, ticket)
    scope = GroupScope.objects.create(group=limited.user.groups.get())
    scope.organizations.add(factories.organization())
    manager.groups.clear()
    for act in (
        lambda: actions.delete_ticket(ticket, by=by),
        lambda: actions.change_subject(ticket, by=by, subject="Mine"),
        lambda: actions.reply(ticket, by=limited, body="Hello"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_who_was_erased_while_waiting_can_do_nothing_more(dana):
    ticket, manager = factories.ticket(dana), factories.staff("Support managers")
    by = Actor.for_member(Member.objects.select_related("user", "role").get(pk=dana.pk))
    actions.erase_member(dana, by=Actor.for_agent(manager), remove_texts=True)
    with pytest.raises(NotAllowed):
        actions.reply(ticket, by=by, body="Hello")
    with pytest.raises(NotAllowed):
        actions.open_ticket(requester=by.member, by=by, site=ticket.site, subject="More")
    assert Message.objects.count() == 1
