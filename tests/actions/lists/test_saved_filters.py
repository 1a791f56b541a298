"""Members save, share and delete filters."""

import pytest

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Role, SavedFilter
from wagtail_portal.permissions import Actor

by = Actor.for_member


@pytest.fixture
def admin(acme):
    return factories.member(acme, role=Role.ADMIN)


def save(member, name="Urgent ones", query="urgency=urgent"):
    return actions.save_filter(by=by(member), name=name, query=query)


def visible(member):
    return {row.name for row in SavedFilter.objects.visible_to(member)}


def test_saved_filter_is_private_to_its_member(dana, admin):
    save(dana, "  Urgent\n ones ")
    assert visible(dana) == {"Urgent ones"}
    assert visible(admin) == set()


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_name_is_required_and_limited_in_length(dana, name):
    with pytest.raises(Invalid) as error:
        save(dana, name)
    assert "name" in error.value.errors


@pytest.mark.parametrize("name", ["Urgent", "URGENT", "Úrgent"])
def test_names_are_unique_per_member(dana, admin, name):
    save(dana, "Urgent")
    with pytest.raises(Invalid) as error:
        save(dana, name)
    assert "already" in str(error.value.errors["name"])
    other = save(dana, "Other")
    with pytest.raises(Invalid):
        actions.rename_filter(other, by=by(dana), name=name)
    save(admin, name)


def test_number_and_length_of_filters_are_limited(dana, settings):
    settings.WAGTAIL_PORTAL = {"SAVED_FILTERS_PER_MEMBER": 2}
    save(dana, "One")
    save(dana, "Two")
    with pytest.raises(Invalid) as error:
        save(dana, "Three")
    assert "2 filters" in str(error.value.errors["name"])
    settings.WAGTAIL_PORTAL = {}
    with pytest.raises(Invalid) as error:
        save(dana, "Long", query="q=" + "x" * 5000)
    assert "query" in error.value.errors


def test_rename_filter(dana):
    saved = save(dana)
    actions.rename_filter(saved, by=by(dana), name="Urgent Ones")
    assert visible(dana) == {"Urgent Ones"}


def test_members_who_manage_members_can_share_filters(dana, admin, acme):
    saved = save(admin)
    actions.share_filter(saved, by=by(admin))
    assert visible(dana) == {"Urgent ones"}
    assert visible(factories.member(factories.organization())) == set()
    assert visible(factories.member(acme, role=Role.NO_ACCESS)) == set()
    actions.share_filter(saved, by=by(admin), shared=False)
    assert visible(dana) == set()


def test_plain_members_cannot_share_filters(dana, admin):
    saved = save(dana)
    with pytest.raises(NotAllowed):
        actions.share_filter(saved, by=by(dana))
    assert visible(admin) == set()


def test_members_cannot_share_or_change_filters_of_others(dana, admin):
    saved = save(dana)
    for act in (
        lambda: actions.share_filter(saved, by=by(admin)),
        lambda: actions.rename_filter(saved, by=by(admin), name="Mine"),
        lambda: actions.delete_filter(saved, by=by(admin)),
        lambda: actions.delete_filter(saved, by=Actor.for_agent(factories.agent())),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert visible(dana) == {"Urgent ones"}


def test_any_admin_of_the_organization_can_stop_sharing_a_filter(dana, admin, acme):
    saved = save(admin)
    actions.share_filter(saved, by=by(admin))
    outsider = factories.member(factories.organization(), role=Role.ADMIN)
    for other in (dana, outsider):
        with pytest.raises(NotAllowed):
            actions.share_filter(saved, by=by(other), shared=False)
        with pytest.raises(NotAllowed):
            actions.delete_filter(saved, by=by(other))
    colleague = factories.member(acme, role=Role.ADMIN)
    actions.share_filter(saved, by=by(colleague), shared=False)
    actions.share_filter(saved, by=by(admin))
    actions.delete_filter(saved, by=by(colleague))
    assert not SavedFilter.objects.exists()


def test_former_admin_can_stop_sharing_their_filter(admin):
    saved = save(admin)
    actions.share_filter(saved, by=by(admin))
    admin.role = Role.objects.get(key=Role.MEMBER)
    admin.save()
    actions.share_filter(saved, by=by(admin), shared=False)
    assert not SavedFilter.objects.get().shared


@pytest.mark.parametrize("role", [Role.NO_ACCESS])
def test_members_without_access_cannot_save_filters(acme, role):
    with pytest.raises(NotAllowed):
        save(factories.member(acme, role=role))


def test_saving_filters_requires_access_to_tickets(db):
    for actor in (Actor.for_agent(factories.staff()), Actor.system()):
        with pytest.raises(NotAllowed):
            actions.save_filter(by=actor, name="x", query="")


def test_filters_of_team_and_customers_are_separate(dana, admin):
    agent, colleague = factories.agent(), factories.agent()
    theirs = save(admin, "Of the customer")
    actions.share_filter(theirs, by=by(admin))
    ours = actions.save_filter(by=Actor.for_agent(agent), name="Of the team", shared=True)
    assert visible(dana) == {"Of the customer"}
    assert set(SavedFilter.objects.visible_to_agent(colleague)) == {ours}
    for saved, others in (
        (theirs, [Actor.for_agent(agent), Actor.system()]),
        (ours, [by(admin), Actor.for_agent(colleague), Actor.system()]),
    ):
        for other in others:
            for act in (
                lambda: actions.share_filter(saved, by=other, shared=False),  # noqa: B023
                lambda: actions.rename_filter(saved, by=other, name="Mine"),  # noqa: B023
                lambda: actions.delete_filter(saved, by=other),  # noqa: B023
            ):
                with pytest.raises(NotAllowed):
                    act()


def test_plain_member_cannot_save_a_shared_filter(dana):
    with pytest.raises(NotAllowed):
        actions.save_filter(by=by(dana), name="x", shared=True)
    assert not SavedFilter.objects.exists()


def test_columns_of_a_view_that_was_deleted_meanwhile_are_refused(db):
    agent = Actor.for_agent(factories.agent())
    view = actions.save_filter(by=agent, name="Mine")
    SavedFilter.objects.all().delete()
    with pytest.raises(Invalid, match="no longer exists"):
        actions.change_view_columns(view, by=agent, columns=["subject"])
