"""The team changes who a member is."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from wagtail.models import ModelLogEntry, Site

from tests import factories
from tests.signin.test_addresses import sign_in
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import GroupScope, Member, find_owner
from wagtail_portal.permissions import Actor
from wagtail_portal.search import Query, backend

NEW = "dana@new.example"


@pytest.fixture
def manager(db):
    return factories.staff("Support managers", name="Mo Manager")


def change(member, by, **changes):
    values = {"name": member.name, "email": member.email, **changes}
    site = Site.objects.get(is_default_site=True)
    return actions.change_member(member, by=Actor.for_agent(by), site=site, **values)


def test_new_address_replaces_the_former_one_everywhere(home, dana, manager, mailoutbox):
    client = Client()
    sign_in(client, dana.email)
    EmailAddress.objects.update_or_create(
        user=dana.user, email=dana.email, defaults={"verified": True}
    )
    mailoutbox.clear()
    change(dana, manager, email=NEW)
    assert find_owner(NEW) == dana.user and find_owner("dana@acme.example") is None
    assert Member.objects.get().user.get_username() == NEW
    # The former session has ended, and the new address signs in with a code.
    assert client.get(f"{home.url}profile/").status_code == 302
    assert {mail.to[0] for mail in mailoutbox} == {NEW, "dana@acme.example"}
    assert NEW in mailoutbox[0].body
    assert sign_in(Client(), NEW) == str(dana.user_id)
    actions_logged = ModelLogEntry.objects.values_list("action", flat=True)
    assert "wagtail_portal.change_member_address" in actions_logged


def test_address_of_another_account_is_refused(dana, acme, manager):
    factories.member(acme, NEW)
    with pytest.raises(Invalid) as error:
        change(dana, manager, email=NEW)
    assert "merge" in error.value.errors["email"]


def test_new_name_is_found_by_the_search(dana, manager):
    ticket = factories.ticket(dana)
    change(dana, manager, name="Dagny Ray")
    found = backend().condition(type(ticket).objects.all(), Query.parse("Dagny", []), notes=True)
    assert type(ticket).objects.filter(found).get() == ticket


def test_team_members_are_changed_elsewhere(acme, manager):
    member = factories.member(acme, factories.agent(email="robin@company.example").email)
    with pytest.raises(Invalid):
        change(member, manager, email=NEW)
    with pytest.raises(Invalid):
        change(member, manager, name="Robin Hood")


def test_all_organizations_of_the_person_have_to_be_within_reach(dana, acme, manager):
    factories.member(factories.organization("Birk"), dana.email)
    GroupScope.objects.create(group=manager.groups.get()).organizations.add(acme)
    with pytest.raises(NotAllowed):
        change(dana, manager, name="Dana Ray")
    with pytest.raises(NotAllowed):
        change(dana, factories.agent(), name="Dana Ray")


def test_notes_of_an_erased_person_are_erased(dana, manager):
    by = Actor.for_agent(manager)
    actions.change_notes(dana, by=by, notes="Lives in Oslo")
    actions.change_notes(dana.organization, by=by, notes="Ask for Dana Reyes")
    actions.erase_member(dana, by=by, remove_texts=False)
    dana.refresh_from_db()
    assert dana.notes == ""
    dana.organization.refresh_from_db()
    assert dana.organization.notes == "Ask for Former member"


def test_notes_of_merged_accounts_are_joined(dana, acme, manager):
    by, old = Actor.for_agent(manager), factories.member(acme, "dana@old.example")
    actions.change_notes(dana, by=by, notes="First")
    actions.change_notes(old, by=by, notes="Second")
    actions.merge_people(old, into=dana, by=by)
    assert Member.objects.get().notes == "First\n\nSecond"
