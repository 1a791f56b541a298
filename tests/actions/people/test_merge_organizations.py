"""Two organizations become one: nothing is lost, and no one sees more than they should."""

import json

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models as fields
from wagtail.fields import StreamField
from wagtail.models import ModelLogEntry

from tests import factories
from wagtail_portal import actions, models, signals
from wagtail_portal.actions.people.merge_organizations import member_role_conflicts
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    DomainJoining,
    Follower,
    FormerOrganization,
    GroupScope,
    Guest,
    Invitation,
    JoinRequest,
    Member,
    Organization,
    Role,
    SavedFilter,
    Ticket,
    with_unread,
)
from wagtail_portal.pages.models import PortalHomePage, TicketFormPage
from wagtail_portal.permissions import Actor
from wagtail_portal.search import Query, backend


@pytest.fixture
def manager(db):
    return Actor.for_agent(factories.staff("Support managers", name="Mo Manager"))


@pytest.fixture
def globex(db):
    """The organization that goes."""
    return factories.organization("Globex", external_id="G-1")


def seen_by(member) -> set[int]:
    member = Member.objects.select_related("role").get(pk=member.pk)
    return set(Ticket.objects.visible_to(member).values_list("pk", flat=True))


def merge(source, into, by, **kwargs):
    return actions.merge_organizations(source, into=into, by=by, **kwargs)


def test_everyone_keeps_their_tickets_and_admins_see_those_of_both(acme, globex, dana, manager):
    admin, visitor_of_none = factories.member(globex, role=Role.ADMIN), factories.member(globex)
    own_admin = factories.member(acme, role=Role.ADMIN)
    theirs, private = factories.ticket(visitor_of_none), factories.ticket(admin, private=True)
    followed, ours = factories.ticket(admin, followers=[visitor_of_none]), factories.ticket(dana)
    hidden = factories.ticket(dana, private=True)

    assert merge(globex, acme, manager) == acme

    assert not Organization.objects.filter(pk=globex.pk).exists()
    assert set(Ticket.objects.values_list("organization", flat=True)) == {acme.pk}
    assert seen_by(visitor_of_none) == {theirs.pk, followed.pk}
    assert seen_by(dana) == {ours.pk, hidden.pk}
    assert seen_by(admin) == {theirs.pk, private.pk, followed.pk, ours.pk}
    assert seen_by(own_admin) == {theirs.pk, followed.pk, ours.pk}


def test_person_in_both_keeps_one_membership_with_the_chosen_role(acme, globex, dana, manager):
    merged = factories.member(globex, dana.email, role=Role.ADMIN)
    field = factories.ticket_field("Contact", type="member")
    ticket, ours = factories.ticket(merged), factories.ticket(dana)
    Ticket.objects.filter(pk=ticket.pk).update(values={field.key: merged.pk})
    actions.save_filter(by=Actor.for_member(merged), name="Mine", query=f"requester={merged.pk}")
    (conflict,) = member_role_conflicts(globex, acme)
    assert (conflict.key, conflict.stronger) == (dana.pk, merged.role)
    with pytest.raises(Invalid, match="Choose the role of Dana"):
        merge(globex, acme, manager)
    assert Member.objects.count() == 2

    merge(globex, acme, manager, roles={dana.pk: dana.role})

    member = Member.objects.get()
    assert (member.pk, member.role) == (dana.pk, dana.role)
    assert seen_by(dana) == {ticket.pk, ours.pk}
    ticket.refresh_from_db()
    assert ticket.values[field.key] == dana.pk
    assert SavedFilter.objects.get().query == f"requester={dana.pk}"


@pytest.mark.parametrize("was_first", ["source", "target"])
def test_what_was_unread_in_either_stays_unread(acme, globex, dana, manager, team, was_first):
    merged = factories.member(globex, dana.email)
    mine, theirs = factories.ticket(dana), factories.ticket(merged)
    for ticket in (mine, theirs):
        actions.reply(ticket, by=team, body="Hello")
    newest = models.Message.objects.latest("pk").pk
    read, unread = (dana, merged) if was_first == "source" else (merged, dana)
    Member.objects.filter(pk=read.pk).update(read_until=newest)
    Member.objects.filter(pk=unread.pk).update(read_until=0)
    merge(globex, acme, manager)
    member = Member.objects.get()
    found = {row.pk: row.unread for row in with_unread(Ticket.objects.all(), member)}
    expected = {mine.pk: 0, theirs.pk: 1} if read == dana else {mine.pk: 1, theirs.pk: 0}
    assert found == expected


def test_columns_of_the_target_win_and_gaps_are_filled(acme, globex, manager):
    Organization.objects.filter(pk=acme.pk).update(notes="Ours", values={"plan": "a"})
    Organization.objects.filter(pk=globex.pk).update(
        notes="Theirs", values={"plan": "b", "region": "eu"}, legal_hold=True
    )
    merge(globex, acme, manager)
    acme.refresh_from_db()
    assert acme.name == "Acme"
    assert acme.notes == "Ours\n\nTheirs"
    assert acme.values == {"plan": "a", "region": "eu"}
    # A hold on either holds for all of it.
    assert acme.legal_hold
    assert acme.external_id == "G-1"
    assert FormerOrganization.objects.get().name == "Globex"


def test_external_id_still_leads_to_the_target(acme, globex, manager):
    Organization.objects.filter(pk=acme.pk).update(external_id="A-1")
    merge(globex, acme, manager)
    assert Organization.objects.called(["G-1"]).get() == acme
    assert Organization.objects.get(pk=acme.pk).external_ids == {"A-1", "G-1"}
    with pytest.raises(Invalid, match="already has this external ID"):
        factories.organization("New", external_id="G-1")
    # And on, when that one is merged, too.
    final = factories.organization("Initech", external_id="I-1")
    merge(acme, final, manager)
    assert Organization.objects.called(["G-1"]).get() == final
    assert final.external_ids == {"A-1", "G-1", "I-1"}
    assert Organization.objects.current(globex.pk) == final


@pytest.mark.parametrize(
    ("of_acme", "of_globex", "result"),
    [
        (DomainJoining.DIRECT, DomainJoining.OFF, DomainJoining.OFF),
        (DomainJoining.APPROVAL, DomainJoining.DIRECT, DomainJoining.APPROVAL),
    ],
)
def test_no_one_joins_more_easily_by_domain(acme, globex, manager, of_acme, of_globex, result):
    for row, joining, domain in (
        (acme, of_acme, "acme.test"),
        (globex, of_globex, "globex.test"),
    ):
        row.domains.all().delete()
        Organization.objects.filter(pk=row.pk).update(domain_joining=joining)
        models.OrganizationDomain.objects.create(
            organization=row, domain=domain, verified_at="2026-01-01T00:00Z"
        )
    merge(globex, acme, manager)
    acme.refresh_from_db()
    assert acme.domain_joining == result
    assert set(acme.verified_domains) == {"acme.test", "globex.test"}


def test_no_one_gets_access_by_an_invitation_or_request_left_over(acme, globex, dana, manager):
    admin = Role.objects.get(key=Role.ADMIN)
    actions.invite_member(globex, by=manager, email=dana.email, role=admin)
    both = "new@customer.example"
    kept, _token = actions.invite_member(acme, by=manager, email=both)
    actions.invite_member(globex, by=manager, email=both, role=admin)
    other, _token = actions.invite_member(globex, by=manager, email="other@customer.example")
    JoinRequest.objects.create(organization=globex, user=dana.user)
    declined = JoinRequest.objects.create(
        organization=globex, user=factories.agent(), decided_at="2026-01-01T00:00Z"
    )
    merge(globex, acme, manager)
    assert set(Invitation.objects.open()) == {kept, other}
    assert set(Invitation.objects.values_list("organization", flat=True)) == {acme.pk}
    assert JoinRequest.objects.get() == declined


def test_guests_from_the_other_organization_become_followers(acme, globex, dana, manager):
    theirs = factories.member(globex, role=Role.ADMIN)
    outsider = factories.member(globex, role=Role.NO_ACCESS)
    ticket = factories.ticket(theirs)
    back = factories.ticket(dana)
    settings = models.PortalSettings.for_site(ticket.site)
    settings.customers_share = True
    settings.save()
    for row, email, by in (
        (ticket, dana.email, theirs),
        (back, outsider.email, dana),
        (ticket, "partner@else.example", theirs),
    ):
        actions.share_ticket(row, email=email, by=Actor.for_member(by))
    merge(globex, acme, manager)
    assert list(Follower.objects.values_list("ticket", "member")) == [(ticket.pk, dana.pk)]
    assert Guest.objects.get().email == "partner@else.example"
    assert seen_by(dana) == {ticket.pk, back.pk}
    assert seen_by(outsider) == set()


def test_groups_limited_to_the_source_see_the_target(acme, globex, dana, manager):
    agent = factories.agent()
    GroupScope.objects.create(group=agent.groups.get()).organizations.set([acme, globex])
    merge(globex, acme, manager)
    assert list(GroupScope.objects.get().organizations.all()) == [acme]


def test_saved_views_filter_by_the_target(acme, globex, manager):
    view = SavedFilter.objects.create(
        user=manager.user,
        name="Both",
        query=f"organization={globex.pk}&organization={acme.pk}&requester={globex.pk}",
    )
    merge(globex, acme, manager)
    view.refresh_from_db()
    assert view.query == f"organization={acme.pk}&requester={globex.pk}"


def test_forms_and_content_for_the_source_are_for_the_target(home, acme, globex, manager):
    def only(*organizations):
        return [
            {"type": "organization", "value": row.pk, "id": f"id-{row.pk}"} for row in organizations
        ]

    other = factories.organization("Initech")
    form = factories.form_page(home, [])
    form.for_organizations = form._meta.get_field("for_organizations").to_python(
        only(globex, other)
    )
    # Not JSON, although it begins like a list and contains a key.
    form.title = f"[{globex.pk}] Report a problem"
    form.save_revision().publish()
    earlier = form.latest_revision
    text = {"text": "<p>Hello</p>", "for_roles": [], "for_customers": []}
    home.content = home._meta.get_field("content").to_python(
        [{"type": "text", "value": {**text, "for_organizations": only(globex)}, "id": "t"}]
    )
    home.save_revision().publish()
    colleague = factories.member(globex)
    assert len(PortalHomePage.objects.get().content_for(colleague)) == 1
    merge(globex, acme, manager)
    colleague.refresh_from_db()
    assert len(PortalHomePage.objects.get().content_for(colleague)) == 1
    form = TicketFormPage.objects.get(pk=form.pk)
    assert form.organization_ids == {acme.pk, other.pk}
    earlier.refresh_from_db()
    stored = json.loads(earlier.content["for_organizations"])
    assert {row["value"] for row in stored} == {acme.pk, other.pk}
    (row,) = PortalHomePage.objects.get(pk=home.pk).content.get_prep_value()
    assert [one["value"] for one in row["value"]["for_organizations"]] == [acme.pk]
    draft = PortalHomePage.objects.get(pk=home.pk).get_latest_revision_as_object()
    (row,) = draft.content.get_prep_value()
    assert [one["value"] for one in row["value"]["for_organizations"]] == [acme.pk]


def test_team_finds_tickets_by_the_name_of_the_target(acme, globex, manager):
    ticket = factories.ticket(factories.member(globex), "The printer burns")
    merge(globex, acme, manager)
    words = models.TicketWords.objects.get(ticket=ticket).words
    assert f" %{acme.pk} " in words and f" %{globex.pk} " not in words
    assert list(backend().find(Ticket.objects.all(), Query.parse("burns"))) == [ticket]


def test_history_goes_on_and_both_log_the_merge(acme, globex, manager):
    member = factories.member(globex)
    merge(globex, acme, manager)
    created = ModelLogEntry.objects.filter(action="wagtail_portal.create_member")
    assert created.get(data__member=member.pk).object_id == str(acme.pk)
    merged = ModelLogEntry.objects.get(action="wagtail_portal.merge_organizations")
    assert (merged.object_id, merged.user) == (str(acme.pk), manager.user)
    assert merged.message == "Globex was merged into this organization"
    ended = ModelLogEntry.objects.get(action="wagtail_portal.end_organization")
    assert (ended.object_id, ended.message) == (str(globex.pk), "Merged into Acme")


def test_only_a_manager_with_both_within_reach(acme, globex, dana, manager):
    admin = factories.member(acme, role=Role.ADMIN)
    for actor in (Actor.for_agent(factories.agent()), Actor.for_member(admin)):
        with pytest.raises(NotAllowed):
            merge(globex, acme, actor)
    GroupScope.objects.create(group=manager.user.groups.get()).organizations.add(acme)
    limited = Actor.for_agent(get_user_model().objects.get(pk=manager.user.pk))
    for pair in ((globex, acme), (acme, globex)):
        with pytest.raises(NotAllowed):
            merge(*pair, limited)
    assert Organization.objects.filter(pk=globex.pk).exists()


def test_same_organization_and_visitors_are_refused(acme, globex, manager):
    visitors = actions.save_visitor("someone@else.example").organization
    for pair in ((acme, acme), (visitors, acme), (acme, visitors)):
        with pytest.raises(Invalid):
            merge(*pair, manager)
    merge(globex, acme, manager)
    with pytest.raises(Invalid, match="no longer exists"):
        merge(globex, acme, manager)


def test_all_or_nothing(acme, globex, manager):
    ticket = factories.ticket(factories.member(globex))

    def fail(**kwargs):
        raise RuntimeError

    signals.organizations_merged.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            merge(globex, acme, manager)
    finally:
        signals.organizations_merged.disconnect(fail)
    assert Ticket.objects.get(pk=ticket.pk).organization == globex


# -- Everything that refers to an organization ----------------------------------------------------


def relations(model) -> set[str]:
    """Where rows can refer to one of ``model``, by a foreign key or a relation with many."""
    return {
        f"{relation.related_model.__name__}.{relation.field.name}"
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created
        and (relation.one_to_many or relation.one_to_one)
        and relation.related_model._meta.app_label.startswith("wagtail_portal")
    }


def test_rows_of_every_model_that_refers_to_the_source_move(acme, globex, manager):
    """A new relation makes this fail until the test has a row of it."""
    member = factories.member(globex)
    former = factories.organization("Old Globex")
    merge(former, globex, manager)
    scope = GroupScope.objects.create(group=manager.user.groups.get())
    scope.organizations.add(globex)
    scope.organizations.add(acme)
    agent = factories.agent()
    rows = {
        "Member.organization": member,
        "Ticket.organization": factories.ticket(member),
        "OrganizationDomain.organization": models.OrganizationDomain.objects.create(
            organization=globex, domain="globex.test"
        ),
        "Invitation.organization": actions.invite_member(
            globex, by=manager, email="new@globex.test"
        )[0],
        "JoinRequest.organization": JoinRequest.objects.create(organization=globex, user=agent),
        "FormerOrganization.organization": FormerOrganization.objects.get(former_pk=former.pk),
        "GroupScope_organizations.organization": None,
    }
    assert set(rows) == relations(Organization)
    manager = Actor.for_agent(get_user_model().objects.get(pk=manager.user.pk))
    merge(globex, acme, manager)
    for name, row in rows.items():
        if row is not None:
            row.refresh_from_db()
            assert row.organization_id == acme.pk, name


#: The columns of texts and JSON in which primary keys of organizations or members are replaced.
REPLACED = {
    *("Ticket.values", "Ticket.answers", "TicketLogEntry.data", "SavedFilter.query"),
    *("TicketFormPage.for_organizations", "PortalHomePage.content"),
}
#: Those that are checked, or looked up again, when they're used.
LOOKED_UP = {
    *("CustomerImport.rows", "Erasure.members", "OrganizationMerge.work"),
    *("OrganizationMerge.roles", "FormDraft.data", "PendingRequest.data", "Notification.data"),
    *("BulkChange.arguments", "UndoStep.before", "UndoStep.after", "UndoStep.form"),
}
#: Those that never hold any.
WITHOUT_KEYS = {
    *("Role.translations", "Organization.notes", "Organization.values", "Member.notes"),
    *("Member.values", "BulkChange.problems", "BulkChange.tickets", "Erasure.problems"),
    *("CustomerImport.problems", "CustomerField.translations", "OrganizationMerge.problems"),
    *("CustomerFieldChoice.translations", "Status.translations", "HeaderLink.translations"),
    *("TicketField.translations", "TicketField.default", "TicketFieldChoice.translations"),
    *("DiscardedFile.error", "EmailTemplate.text", "PortalSettings.blocked_senders"),
    *("PortalSettings.attachment_families", "PortalSettings.footer", "Invitation.note"),
    *("PortalSettings.translations", "InboxPreferences.columns", "InboxPreferences.view_order"),
    *("InboxPreferences.pinned_views", "MailboxTest.connections", "MailboxTest.servers"),
    *("Message.body", "Message.quoted", "Message.copies", "Message.rendered", "Rating.comment"),
    *("MessageVersion.body", "NotificationPreferences.choices", "Notification.encrypted"),
    *("Notification.error", "ReceivedEmail.envelope_to", "ReceivedEmail.provider_results"),
    *("ReceivedEmail.detail", "SavedFilter.columns", "SavedReply.text", "SavedReply.set_values"),
    *("SweepState.error", "UndoStep.entries", "TicketWords.words"),
    *("PortalHomePage.url_path", "PortalHomePage.search_description"),
    *("TicketFormPage.url_path", "TicketFormPage.search_description"),
    *("TicketFormPage.for_customers", "TicketFormPage.questions", "TicketFormPage.presets"),
}


def test_it_is_decided_for_every_text_whether_it_holds_keys():
    """A new column of texts or JSON makes this fail until someone has thought about it."""
    found = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("wagtail_portal.")
        for field in model._meta.concrete_fields
        if isinstance(field, fields.JSONField | fields.TextField | StreamField)
    }
    assert found == REPLACED | LOOKED_UP | WITHOUT_KEYS
