"""Who refers to what was just deleted, or loses against someone else, is told so."""

import logging

import pytest

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Deleted, Invalid
from wagtail_portal.models import JoinRequest, Member, Organization, Role, SavedFilter, Status
from wagtail_portal.permissions import Actor

SYSTEM = factories.SYSTEM


def deleted(row):
    """Delete a row as another process would, and return it."""
    type(row)._base_manager.filter(pk=row.pk).delete()
    return row


def role():
    return deleted(Role.objects.create(name="Auditor", tickets="organization"))


def status():
    return deleted(Status.objects.create(name="Parked", state="on_hold", sort_order=99))


#: By name: what's deleted before the action refers to it. Databases notice it when the transaction
#: ends, so that has to happen here, too.
ACTIONS = {
    "create_member": lambda dana: actions.create_member(
        deleted(factories.organization()), by=SYSTEM, email="kim@other.example"
    ),
    "create_member_with_role": lambda dana: actions.create_member(
        dana.organization, by=SYSTEM, email="kim@other.example", role=role()
    ),
    "invite_member": lambda dana: actions.invite_member(
        deleted(factories.organization()), by=SYSTEM, email="kim@other.example"
    ),
    "change_organization": lambda dana: actions.change_organization(
        deleted(factories.organization()),
        by=SYSTEM,
        name="Other",
        external_id=None,
        default_role=None,
        domain_joining="approval",
        domains=[],
        verified_domains=[],
    ),
    "change_notes": lambda dana: actions.change_notes(
        deleted(factories.member(dana.organization)), by=SYSTEM, notes="Other"
    ),
    "change_role": lambda dana: actions.change_role(dana, by=SYSTEM, role=role()),
    "change_status": lambda dana: actions.change_status(
        factories.ticket(dana), by=SYSTEM, status=status()
    ),
    "reply": lambda dana: actions.reply(
        factories.ticket(dana), by=SYSTEM, body="Hello", status=status()
    ),
    "open_ticket": lambda dana: factories.ticket(
        deleted(factories.member(dana.organization)), by=SYSTEM
    ),
    "change_requester": lambda dana: actions.change_requester(
        factories.ticket(dana), by=SYSTEM, requester=deleted(factories.member(dana.organization))
    ),
    "approve_join_request": lambda dana: actions.approve_join_request(
        deleted(JoinRequest.objects.create(user=dana.user, organization=dana.organization)),
        by=SYSTEM,
    ),
    "rename_filter": lambda dana: actions.rename_filter(
        deleted(SavedFilter.objects.create(member=dana, name="Mine")),
        by=Actor.for_member(dana),
        name="Other",
    ),
}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("name", ACTIONS)
def test_who_refers_to_something_deleted_is_told_so(name, caplog):
    dana = factories.member(factories.organization(), email="dana@acme.example")
    with caplog.at_level(logging.WARNING), pytest.raises((Invalid, Deleted)):
        ACTIONS[name](dana)
    assert "@" not in caplog.text
    assert Organization.objects.filter(name="Other").count() == 0
    assert not Member.objects.filter(user__email="kim@other.example").exists()
    assert not SavedFilter.objects.filter(name="Other").exists()


def test_two_organizations_cannot_get_the_same_external_id_at_once(acme, monkeypatch):
    """The second one checked before the first one was saved."""
    save = Organization.save

    def save_second(self, *args, **kwargs):
        monkeypatch.setattr(Organization, "save", save)
        factories.organization("First", external_id="7")
        save(self, *args, **kwargs)

    monkeypatch.setattr(Organization, "save", save_second)
    with pytest.raises(Invalid, match="Try again"):
        factories.organization("Second", external_id="7")


def test_row_that_is_deleted_just_before_it_is_saved(team, monkeypatch):
    saved, save = actions.save_filter(by=team, name="Mine"), SavedFilter.save

    def save_too_late(self, *args, **kwargs):
        save(deleted(self), *args, **kwargs)

    monkeypatch.setattr(SavedFilter, "save", save_too_late)
    with pytest.raises(Invalid, match="Try again"):
        actions.change_view_columns(saved, by=team, columns=["subject"])


def test_account_that_is_deleted_before_it_is_merged(acme, dana):
    other = factories.member(acme)
    type(other.user).objects.get(pk=other.user_id).delete()
    with pytest.raises(Invalid, match="Try again"):
        actions.merge_people(other, into=dana, by=SYSTEM)


def test_page_says_why_its_action_failed(browser, ticket, monkeypatch):
    """Even if it expects it to succeed."""

    def fail(**kwargs):
        raise Invalid("Someone else was faster.")

    monkeypatch.setattr(actions, "mark_all_read", fail)
    response = browser.post("/support/read/", follow=True)
    assert "Someone else was faster." in response.content.decode()
