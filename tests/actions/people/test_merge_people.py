"""Two accounts of one person become one, and nothing is lost."""

import uuid
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from tests import factories
from tests.signin.test_addresses import sign_in
from wagtail_portal import actions, signals
from wagtail_portal.actions.people.merge_people import role_conflicts
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    Follower,
    FormDraft,
    GroupScope,
    Invitation,
    JoinRequest,
    Member,
    Message,
    Mute,
    NotificationPreferences,
    Role,
    SavedFilter,
    Ticket,
    TicketLogEntry,
    TicketReadState,
    is_erased,
    with_unread,
)
from wagtail_portal.permissions import Actor
from wagtail_portal.search import Query, backend

OLD = "dana@old.example"


@pytest.fixture
def manager(db):
    return Actor.for_agent(factories.staff("Support managers", name="Mo Manager"))


@pytest.fixture
def old(acme):
    """Dana's other account, in the same organization."""
    return factories.member(acme, OLD, name="Dana R.")


def references(thing) -> list[str]:
    """Where rows refer to a row, besides the person's closed account itself."""
    found = []
    for relation in type(thing)._meta.get_fields(include_hidden=True):
        if relation.auto_created and (relation.one_to_many or relation.one_to_one):
            model = relation.related_model
            rows = model._base_manager.filter(**{relation.field.name: thing})
            if model._meta.app_label == "wagtail_portal" and rows.exists():
                found.append(f"{model.__name__}.{relation.field.name}")
    return found


def merge(old, new, by, **kwargs):
    actions.merge_people(old, into=new, by=by, **kwargs)
    return Member.objects.get(pk=new.pk)


def test_everything_of_one_organization_moves(home, acme, dana, old, manager, client):
    by, colleague = Actor.for_member(old), factories.member(acme)
    own = factories.ticket(old, "The printer burns", body="Please help")
    followed = factories.ticket(colleague, followers=[old])
    both = factories.ticket(colleague, followers=[old, dana])
    dana_asked = factories.ticket(dana, followers=[old])
    for member in (old, dana):
        actions.mute(both, by=Actor.for_member(member))
    actions.reply(own, by=by, body="It still burns")
    actions.save_filter(by=by, name="Mine", query="q=a")
    actions.save_filter(by=Actor.for_member(dana), name="Mine", query="q=b")
    form = factories.form_page(home, [])
    FormDraft.objects.create(member=old, form_id=form.pk, data={"subject": ["Hm"]})
    choices = {"reply_added": "daily"}
    actions.change_notification_preferences(by=by, choices=choices, watches=False)
    user, elsewhere = old.user, factories.organization("Globex")
    JoinRequest.objects.create(user=user, organization=elsewhere)

    new = merge(old, dana, manager)

    assert {row.number for row in Ticket.objects.filter(requester=new)} == {
        own.number,
        dana_asked.number,
    }
    following = Follower.objects.filter(member=new).values_list("ticket", flat=True)
    assert sorted(following) == [followed.pk, both.pk]
    assert Mute.objects.get().member == new
    assert set(Message.objects.filter(ticket=own).values_list("author", "member")) == {
        (new.user_id, new.pk)
    }
    names = SavedFilter.objects.filter(member=new).values_list("name", "query")
    assert sorted(names) == [("Mine", "q=b"), ("Mine (2)", "q=a")]
    assert FormDraft.objects.get().member == new
    assert NotificationPreferences.objects.get().member == new
    assert JoinRequest.objects.get().user == new.user
    assert not Member.objects.filter(pk=old.pk).exists()
    user.refresh_from_db()
    assert references(user) in ([], ["Profile.user"])
    assert is_erased(user) and not user.is_active
    assert list(backend().find(Ticket.objects.all(), Query.parse("burns"), notes=False)) == [own]


def test_what_was_sent_twice_stays(home, dana, old, manager):
    key = uuid.uuid4()
    tickets = [
        factories.ticket(dana, submission_key=key, followers=[old]),
        factories.ticket(old, submission_key=key),
    ]
    for member in (dana, old):
        by = Actor.for_member(member)
        actions.reply(tickets[0], by=by, body=f"By {member.email}", submission_key=key)
    actions.merge_people(old, into=dana, by=manager)
    assert list(Ticket.objects.order_by("pk")) == tickets
    assert [row.submission_key for row in Ticket.objects.order_by("pk")] == [key, None]
    assert tickets[0].messages.count() == 3


@pytest.mark.parametrize("newer", ["old", "dana"])
def test_newer_draft_of_a_form_stays(home, dana, old, manager, newer):
    form = factories.form_page(home, [])
    now = timezone.now()
    for name, member in (("old", old), ("dana", dana)):
        at = now if name == newer else now - timedelta(days=1)
        FormDraft.objects.create(member=member, form_id=form.pk, data={"by": name}, updated_at=at)
    actions.merge_people(old, into=dana, by=manager)
    assert FormDraft.objects.get().data == {"by": newer}


def test_memberships_move_to_where_the_person_is_not_a_member(dana, manager):
    globex = factories.organization("Globex")
    old = factories.member(globex, OLD, role=Role.ADMIN)
    ticket = factories.ticket(old)
    new = merge(old, dana, manager)
    member = globex.members.get()
    assert (member.pk, member.user, member.role.key) == (old.pk, new.user, Role.ADMIN)
    assert Ticket.objects.get().requester == member
    assert ticket.messages.get().author == new.user


def test_tickets_of_a_visitor_move(home, dana, manager):
    visitor = actions.save_visitor(OLD)
    ticket = factories.ticket(visitor)
    merge(visitor, dana, manager)
    assert Ticket.objects.get(pk=ticket.pk).requester.user == dana.user


def test_person_signs_in_with_both_addresses_and_gets_email_at_one(home, dana, old, manager):
    browser = Client()
    assert sign_in(browser, OLD) == str(old.user_id)
    merge(old, dana, manager)
    assert browser.get("/support/").status_code == 302
    assert sign_in(Client(), OLD) == sign_in(Client(), dana.email) == str(dana.user_id)
    assert EmailAddress.objects.get(email=OLD).user_id == dana.user_id
    assert actions.provision_user(OLD) == dana.user
    mail.outbox.clear()


def test_different_roles_are_decided(dana, acme, manager):
    old = factories.member(acme, OLD, role=Role.ADMIN)
    (conflict,) = role_conflicts(old.user, dana.user)
    assert conflict.stronger == old.role
    with pytest.raises(Invalid, match="Choose the role in Acme"):
        merge(old, dana, manager)
    other = Role.objects.get(key=Role.NO_ACCESS)
    with pytest.raises(Invalid, match="Choose the role in Acme"):
        merge(old, dana, manager, roles={acme.pk: other})
    assert Member.objects.count() == 2

    assert merge(old, dana, manager, roles={acme.pk: old.role}).role.key == Role.ADMIN
    change = ModelLogEntry.objects.get(action="wagtail_portal.change_role")
    assert change.data["new"]["key"] == Role.ADMIN


def test_weaker_role_ends_what_the_stronger_one_gave(home, dana, acme, manager):
    old = factories.member(acme, OLD, role=Role.ADMIN)
    admin = Role.objects.get(key=Role.ADMIN)
    actions.invite_member(acme, by=Actor.for_member(old), email="new@acme.example", role=admin)
    merge(old, dana, manager, roles={acme.pk: dana.role})
    invitation = Invitation.objects.get()
    assert invitation.invited_by == dana.user
    assert invitation.withdrawn_at is not None


@pytest.mark.parametrize("is_older", [True, False])
def test_what_was_read_stays_read_and_the_rest_unread(acme, dana, old, manager, team, is_older):
    """The accounts began at different messages, before which everything counts as read."""
    colleague = factories.member(acme)
    first, second = (old, dana) if is_older else (dana, old)
    read = factories.ticket(first)
    unread = factories.ticket(first)
    opened = factories.ticket(second)
    before = factories.ticket(colleague, followers=[second])
    for ticket in (read, unread, opened, before):
        actions.reply(ticket, by=team, body="Hello")
    newest = Message.objects.latest("pk").pk
    actions.mark_read(read, by=Actor.for_member(first), message=read.messages.latest("pk"))
    Member.objects.filter(pk=first.pk).update(read_until=0)
    # All of it was there when the second account began.
    Member.objects.filter(pk=second.pk).update(read_until=newest)
    first.refresh_from_db()
    second.refresh_from_db()

    new = merge(old, dana, manager)

    def shown(ticket):
        return bool(with_unread(Ticket.objects.filter(pk=ticket.pk), new).get().unread)

    assert [shown(ticket) for ticket in (read, unread, opened, before)] == [
        False,
        True,
        False,
        False,
    ]


def test_nothing_is_stored_of_tickets_that_the_person_never_saw(acme, dana, old, manager):
    colleague = factories.member(acme)
    for _number in range(3):
        factories.ticket(colleague)
    Member.objects.filter(pk=old.pk).update(read_until=0)
    old.refresh_from_db()
    new = merge(old, dana, manager)
    assert not TicketReadState.objects.filter(member=new).exists()


def test_fields_answers_and_log_name_the_membership_that_stays(acme, dana, old, manager):
    field = factories.ticket_field("Contact", type="member")
    colleague = factories.member(acme)
    answer = {"id": "a", "type": "member", "label": "Who", "value": old.pk, "display": "Dana"}
    ticket = factories.ticket(colleague)
    Ticket.objects.filter(pk=ticket.pk).update(values={field.key: old.pk}, answers=[answer])
    actions.follow(ticket, member=old, by=Actor.for_member(colleague))
    agent = Actor.for_agent(factories.agent())
    actions.change_fields(ticket, by=agent, values={field.key: colleague.pk})
    actions.change_fields(ticket, by=agent, values={field.key: old.pk})
    merge(old, dana, manager)
    ticket.refresh_from_db()
    assert ticket.values[field.key] == ticket.answers[0]["value"] == dana.pk
    assert TicketLogEntry.objects.get(action="wagtail_portal.follow").data["member"] == dana.pk
    changes = TicketLogEntry.objects.filter(action="wagtail_portal.change_fields").order_by("pk")
    assert [row.data["changes"][field.key] for row in changes] == [
        [dana.pk, colleague.pk],
        [colleague.pk, dana.pk],
    ]
    entries = ModelLogEntry.objects.filter(action="wagtail_portal.create_member")
    assert old.pk not in {row.data["member"] for row in entries}


def test_each_organization_logs_it(dana, acme, manager):
    globex = factories.organization("Globex")
    merge(factories.member(globex, OLD), dana, manager)
    entries = ModelLogEntry.objects.filter(action="wagtail_portal.merge_people")
    assert {int(row.object_id) for row in entries} == {acme.pk, globex.pk}
    assert {row.user for row in entries} == {manager.user}


@pytest.mark.parametrize("direction", ["from", "into"])
def test_team_members_are_refused(acme, dana, manager, direction):
    agent = factories.member(acme, factories.agent(email="robin@company.example").email)
    pair = (agent, dana) if direction == "from" else (dana, agent)
    with pytest.raises(Invalid, match="team members"):
        merge(*pair, manager)


def test_account_is_not_merged_into_itself_nor_with_an_erased_one(acme, dana, old, manager):
    again = factories.member(factories.organization(), dana.email)
    with pytest.raises(Invalid, match="same account"):
        merge(again, dana, manager)
    actions.erase_member(old, by=manager, remove_texts=False)
    with pytest.raises(Invalid, match="erased"):
        merge(Member.objects.get(pk=old.pk), dana, manager)


def test_only_who_may_delete_members_within_reach(acme, dana, old, manager):
    admin = Actor.for_member(factories.member(acme, role=Role.ADMIN))
    for actor in (admin, Actor.for_agent(factories.agent()), Actor.for_member(dana)):
        with pytest.raises(NotAllowed):
            merge(old, dana, actor)
    factories.member(factories.organization("Globex"), OLD)
    group = manager.user.groups.get()
    GroupScope.objects.create(group=group).organizations.add(acme)
    limited = Actor.for_agent(get_user_model().objects.get(pk=manager.user.pk))
    with pytest.raises(NotAllowed):
        merge(old, dana, limited)
    assert Member.objects.filter(user=old.user).count() == 2


def test_all_or_nothing(acme, dana, old, manager):
    factories.ticket(old)

    def fail(**kwargs):
        raise RuntimeError

    signals.people_merged.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            merge(old, dana, manager)
    finally:
        signals.people_merged.disconnect(fail)
    assert Ticket.objects.get().requester == old
