"""An action is refused if its permission is taken away while it waits for a lock."""

from contextlib import contextmanager

import pytest
from django.db.models import QuerySet

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    JoinRequest,
    LinkKind,
    Member,
    Notification,
    Organization,
    ReceivedEmail,
    ReceivedState,
    Role,
    SavedFilter,
    Ticket,
)
from wagtail_portal.permissions import Actor


@contextmanager
def meanwhile(change):
    """Make a change when the first row is locked, as if another process had held the lock."""
    lock, waited = QuerySet.select_for_update, []

    def wait(rows, *args, **kwargs):
        if not waited:
            waited.append(True)
            change()
        return lock(rows, *args, **kwargs)

    QuerySet.select_for_update = wait
    try:
        yield waited
    finally:
        QuerySet.select_for_update = lock


class Desk:
    """What the team works with. Each method is an action that waits for a lock."""

    def __init__(self, dana):
        self.dana, self.organization = dana, dana.organization
        self.other = factories.member(self.organization)
        self.ticket, self.second = factories.ticket(dana), factories.ticket(dana)

    def reply(self, by):
        actions.reply(self.ticket, by=by, body="Hello")

    def add_note(self, by):
        actions.add_note(self.ticket, by=by, body="Hello")

    def answer_ticket(self, by):
        actions.answer_ticket(self.ticket, by=by, close=True)

    def snooze(self, by):
        actions.snooze(self.ticket, by=by)

    def change_requester(self, by):
        actions.change_requester(self.ticket, by=by, requester=self.other)

    def link_tickets(self, by):
        actions.link_tickets(self.ticket, by=by, target=self.second, kind=LinkKind.RELATED)

    def merge_tickets(self, by):
        actions.merge_tickets(self.ticket, by=by, into=self.second)

    def delete_ticket(self, by):
        actions.delete_ticket(self.ticket, by=by)

    def mark_read(self, by):
        actions.mark_read(self.ticket, by=by, message=self.ticket.messages.get())

    def change_role(self, by):
        actions.change_role(self.dana, by=by, role=Role.objects.get(key=Role.ADMIN))

    def change_member(self, by):
        site = self.ticket.site
        actions.change_member(self.dana, by=by, site=site, name="Mine", email=self.dana.email)

    def change_notes(self, by):
        actions.change_notes(self.organization, by=by, notes="Mine")

    def change_organization(self, by):
        kept = {"external_id": None, "default_role": None, "domain_joining": "approval"}
        actions.change_organization(
            self.organization, by=by, name="Mine", domains=[], verified_domains=[], **kept
        )

    def erase_member(self, by):
        actions.erase_member(self.dana, by=by, remove_texts=True)

    def merge_people(self, by):
        actions.merge_people(self.dana, into=self.other, by=by)

    def save_filter(self, by):
        actions.save_filter(by=by, name="Mine")

    def share_filter(self, by):
        actions.share_filter(SavedFilter.objects.create(user=by.user, name="Mine"), by=by)

    def delete_filter(self, by):
        actions.delete_filter(SavedFilter.objects.create(user=by.user, name="Mine"), by=by)

    def change_view_columns(self, by):
        saved = SavedFilter.objects.create(user=by.user, name="Mine")
        actions.change_view_columns(saved, by=by, columns=["subject"])

    def pin_view(self, by):
        saved = SavedFilter.objects.create(user=by.user, name="Mine")
        actions.pin_view(saved, by=by, pinned=True)

    def retry_emails(self, by):
        actions.retry_emails(Notification.objects.all(), by=by)

    def discard_email(self, by):
        row = ReceivedEmail.objects.create(
            site=self.ticket.site, digest="x", size=1, state=ReceivedState.HELD
        )
        actions.discard_email(row, by=by)


class Portal:
    """What customers work with, as the organization's admin. Each method waits for a lock."""

    def __init__(self, admin):
        self.admin, self.other = admin, factories.member(admin.organization)
        self.ticket = factories.ticket(admin)
        agent = Actor.for_agent(factories.agent())
        actions.reply(self.ticket, by=agent, body="Unread")

    def reply(self, by):
        actions.reply(self.ticket, by=by, body="Hello")

    def edit_message(self, by):
        actions.edit_message(self.ticket.messages.first(), by=by, body="Other")

    def close_ticket(self, by):
        actions.close_ticket(self.ticket, by=by)

    def set_privacy(self, by):
        actions.set_privacy(self.ticket, by=by, private=True)

    def mute(self, by):
        actions.mute(self.ticket, by=by)

    def follow(self, by):
        actions.follow(self.ticket, by=by, member=self.other)

    def mark_all_read(self, by):
        actions.mark_all_read(by=by)

    def change_role(self, by):
        actions.change_role(self.other, by=by, role=Role.objects.get(key=Role.ADMIN))

    def change_profile(self, by):
        actions.change_profile(by=by, name="Other")

    def save_filter(self, by):
        actions.save_filter(by=by, name="Other")

    def rename_filter(self, by):
        saved = SavedFilter.objects.create(member=self.admin, name="Mine")
        actions.rename_filter(saved, by=by, name="Other")

    def share_filter(self, by):
        actions.share_filter(SavedFilter.objects.create(member=self.admin, name="Mine"), by=by)

    def unshare_filter(self, by):
        saved = SavedFilter.objects.create(member=self.other, name="Mine", shared=True)
        actions.share_filter(saved, by=by, shared=False)

    def delete_filter(self, by):
        saved = SavedFilter.objects.create(member=self.other, name="Mine", shared=True)
        actions.delete_filter(saved, by=by)

    def upload(self, by):
        actions.upload(by=by, site=self.ticket.site, file=factories.upload())


def names(scene) -> list[str]:
    return [name for name in vars(scene) if not name.startswith("_")]


@pytest.mark.parametrize("name", names(Desk))
def test_agent_who_is_removed_from_the_group_meanwhile_is_refused(dana, name):
    desk, manager = Desk(dana), factories.staff("Support managers")
    by = Actor.for_agent(manager)
    # All permissions are loaded by now.
    assert by.may("wagtail_portal.view_ticket", desk.ticket)
    with meanwhile(manager.groups.clear) as waited, pytest.raises(NotAllowed):
        getattr(desk, name)(by)
    assert waited


@pytest.mark.parametrize("name", names(Portal))
def test_member_who_loses_access_meanwhile_is_refused(acme, name):
    admin = factories.member(acme, role=Role.ADMIN)
    portal, by = Portal(admin), Actor.for_member(admin)
    # Only actions keep an organization's last admin.
    member = Member.objects.filter(pk=admin.pk)
    no_access = Role.objects.get(key=Role.NO_ACCESS)
    with (
        meanwhile(lambda: member.update(role=no_access)) as waited,
        pytest.raises(NotAllowed),
    ):
        getattr(portal, name)(by)
    assert waited


#: What happens to a member whose organization is merged at this moment.
WHILE_MERGED = {
    "change_role": lambda kim: actions.change_role(
        kim, by=factories.SYSTEM, role=Role.objects.get(key=Role.ADMIN)
    ),
    "revoke_access": lambda kim: actions.revoke_access(kim, by=factories.SYSTEM),
    "change_member": lambda kim: actions.change_member(
        kim, by=factories.SYSTEM, site=factories.Site.objects.get(), name="Kim", email=kim.email
    ),
    "erase_member": lambda kim: actions.erase_member(kim, by=factories.SYSTEM, remove_texts=True),
    "merge_people": lambda kim: actions.merge_people(
        kim, into=factories.member(kim.organization), by=factories.SYSTEM
    ),
}


@pytest.mark.parametrize("name", WHILE_MERGED)
def test_organization_into_which_theirs_was_merged_meanwhile_is_locked(acme, name, monkeypatch):
    kim, second = factories.member(acme), factories.organization()

    lock, locked = QuerySet.select_for_update, []

    def collect(rows, *args, **kwargs):
        if rows.model is Organization:
            if not locked:
                locked.append(acme.pk)
                # As another process would, which doesn't change what this one has loaded.
                source = Organization.objects.get(pk=acme.pk)
                actions.merge_organizations(source, into=second, by=factories.SYSTEM)
                locked[:] = [acme.pk]
            locked.extend(rows.values_list("pk", flat=True))
        return lock(rows, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", collect)
    WHILE_MERGED[name](kim)
    assert locked == [acme.pk, second.pk]


def test_ticket_that_moves_meanwhile_gets_no_requester_of_its_former_organization(dana, acme):
    ticket, other = factories.ticket(dana), factories.member(factories.organization())
    same = Ticket.objects.get(pk=ticket.pk)
    with (
        meanwhile(lambda: actions.move_ticket(same, by=factories.SYSTEM, requester=other)),
        pytest.raises(Invalid, match="isn’t a member"),
    ):
        actions.change_requester(ticket, by=factories.SYSTEM, requester=factories.member(acme))


def test_access_that_is_restored_meanwhile_is_revoked(acme):
    kim = actions.revoke_access(factories.member(acme), by=factories.SYSTEM)
    again = Member.objects.get(pk=kim.pk)
    with meanwhile(lambda: actions.restore_access(again, by=factories.SYSTEM)) as waited:
        actions.revoke_access(kim, by=factories.SYSTEM)
    assert waited
    assert not Member.objects.get(pk=kim.pk).role.gives_access


def test_person_who_becomes_a_member_meanwhile_is_not_invited(acme):
    def add():
        actions.create_member(acme, by=factories.SYSTEM, email="kim@acme.example")

    with meanwhile(add) as waited, pytest.raises(Invalid, match="already a member"):
        actions.invite_member(acme, by=factories.SYSTEM, email="kim@acme.example")
    assert waited and not acme.invitations.exists()


#: Decisions of an organization's admin about who joins it.
DECISIONS = {
    "approve_join_request": lambda scene, by: actions.approve_join_request(
        scene["request"], by=by, role=Role.objects.get(key=Role.ADMIN)
    ),
    "decline_join_request": lambda scene, by: actions.decline_join_request(scene["request"], by=by),
    "withdraw_invitation": lambda scene, by: actions.withdraw_invitation(
        scene["invitation"], by=by
    ),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_admin_with_a_weaker_role_by_now_cannot_decide_who_joins(acme, name):
    admin, jo = factories.member(acme, role=Role.ADMIN), factories.member(factories.organization())
    invitation, _token = actions.invite_member(acme, by=factories.SYSTEM, email="kim@acme.example")
    request = JoinRequest.objects.create(user=jo.user, organization=acme)
    by = Actor.for_member(admin)
    weaker = Role.objects.get(key=Role.MEMBER)
    if name == "approve_join_request":
        # It manages members, but can't make anyone an admin.
        weaker = Role.objects.create(name="Manager", tickets="own", members="manage")
    Member.objects.filter(pk=admin.pk).update(role=weaker)
    with pytest.raises(NotAllowed):
        DECISIONS[name]({"request": request, "invitation": invitation}, by)
