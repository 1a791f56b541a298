"""Members, organizations, roles, statuses and ticket fields in the admin."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from wagtail.log_actions import registry
from wagtail.models import Site
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from tests import factories
from wagtail_portal import actions
from wagtail_portal.fields import field_types
from wagtail_portal.models import (
    Follower,
    Member,
    Organization,
    OrganizationDomain,
    PortalSettings,
    Role,
    Status,
    TicketField,
)
from wagtail_portal.permissions import Actor

from .conftest import signed_in


def url(model: str, name: str, *args) -> str:
    return reverse(f"wagtailsnippets_wagtail_portal_{model}:{name}", args=args)


@pytest.fixture
def browser(manager):
    """A test client in which the manager is signed in."""
    return signed_in(manager)


def last_action(instance) -> str:
    return registry.get_logs_for_instance(instance).order_by("-timestamp", "-pk").first().action


class TestMembers:
    def test_adding_a_member_is_logged(self, browser, acme, manager):
        data = {"organization": acme.pk, "email": "Kim@Acme.example", "name": "Kim Ito", "role": ""}
        assert browser.post(url("member", "add"), data).status_code == 302
        member = Member.objects.get()
        assert (member.email, member.name, member.role.key) == (
            "kim@acme.example",
            "Kim Ito",
            Role.MEMBER,
        )
        assert not member.user.has_usable_password()
        assert last_action(acme) == "wagtail_portal.create_member"
        admin = Role.objects.get(key=Role.ADMIN)
        data |= {"email": "lee@acme.example", "role": admin.pk}
        browser.post(url("member", "add"), data)
        assert Member.objects.filter(role=admin).count() == 1

    def test_invalid_input_stays_in_the_form(self, browser, dana):
        data = {"organization": dana.organization_id, "email": "DANA@acme.example", "name": "Twice"}
        html = browser.post(url("member", "add"), data).content.decode()
        assert "is already a member of the organization" in html and "Twice" in html
        html = browser.post(url("member", "add"), data | {"email": "nonsense"}).content.decode()
        assert "Enter an email address in the format" in html
        assert Member.objects.count() == 1

    def test_changing_a_role_is_logged(self, browser, dana):
        admin = Role.objects.get(key=Role.ADMIN)
        html = browser.get(url("member", "edit", dana.pk)).content.decode()
        assert "dana@acme.example" in html
        data = {"role": admin.pk, "organization": 99, "user": 99}
        assert browser.post(url("member", "edit", dana.pk), data).status_code == 302
        dana.refresh_from_db()
        assert dana.role == admin and dana.organization.name == "Acme"
        assert last_action(dana) == "wagtail_portal.change_role"
        html = browser.get(url("member", "history", dana.pk)).content.decode()
        assert "Role changed from Member to Admin" in html

    def test_visitors_get_no_access(self, browser, db):
        visitor = actions.save_visitor("kim@visitor.example")
        data = {"role": Role.objects.get(key=Role.MEMBER).pk}
        html = browser.post(url("member", "edit", visitor.pk), data).content.decode()
        assert "Visitors don’t have access" in html
        data |= {"organization": visitor.organization_id, "email": "lee@visitor.example"}
        html = browser.post(url("member", "add"), data).content.decode()
        assert "Visitors don’t have access" in html and "lee@visitor.example" in html
        visitor.refresh_from_db()
        assert not visitor.role.gives_access and Member.objects.get() == visitor

    def test_requesters_cannot_be_deleted(self, browser, dana):
        factories.ticket(dana)
        html = browser.get(url("member", "delete", dana.pk)).content.decode()
        assert "has opened tickets" in html and "Yes, delete" not in html
        browser.post(url("member", "delete", dana.pk))
        assert Member.objects.filter(pk=dana.pk).exists()

    def test_deleting_a_member_keeps_the_user(self, browser, dana):
        ticket = factories.ticket(factories.member(dana.organization), followers=[dana])
        browser.post(url("member", "delete", dana.pk))
        assert not Member.objects.filter(pk=dana.pk).exists()
        assert get_user_model().objects.filter(pk=dana.user_id).exists()
        assert not Follower.objects.filter(ticket=ticket).exists()

    def test_agents_can_view_but_not_change_members(self, desk, dana):
        html = desk.get(url("member", "list")).content.decode()
        assert url("member", "inspect", dana.pk) in html
        assert url("member", "edit", dana.pk) not in html
        assert "dana@acme.example" in desk.get(url("member", "inspect", dana.pk)).content.decode()
        admin = Role.objects.get(key=Role.ADMIN)
        for name, args in (("add", []), ("edit", [dana.pk]), ("delete", [dana.pk])):
            assert desk.post(url("member", name, *args), {"role": admin.pk}).url == "/admin/"
        dana.refresh_from_db()
        assert dana.role.key == Role.MEMBER

    @pytest.mark.parametrize("query", [{"q": "reyes"}, {"q": "dana@"}, {"q": "acme"}])
    def test_search_members(self, desk, dana, query):
        factories.member(factories.organization("Birk"))
        found = desk.get(url("member", "list"), query).context["object_list"]
        assert list(found) == [dana]


class TestOrganizations:
    def data(self, *domains, **values):
        rows = [{"domain": name, "verified": verified} for name, verified in domains]
        return nested_form_data(
            {"name": "Birk", "external_id": "", "default_role": "", "domain_joining": "approval"}
            | values
            | {"domains": inline_formset(rows)}
        )

    def test_organization_is_added_with_its_domains(self, browser):
        data = self.data(("Birk.example", "on"), ("birk.test", ""), external_id="C-7")
        assert browser.post(url("organization", "add"), data).status_code == 302
        birk = Organization.objects.get()
        assert (birk.name, birk.external_id) == ("Birk", "C-7")
        domains = {row.domain: bool(row.verified_at) for row in birk.domains.all()}
        assert domains == {"birk.example": True, "birk.test": False}
        assert last_action(birk) == "wagtail_portal.create_organization"
        html = browser.get(url("organization", "inspect", birk.pk)).content.decode()
        assert "birk.example" in html and "birk.test (not verified)" in html

    def test_changed_domain_has_to_be_verified_again(self, browser, acme):
        OrganizationDomain.objects.create(organization=acme, domain="acme.example")

        def save(domain, verified):
            row = OrganizationDomain.objects.get()
            rows = inline_formset(
                [{"id": row.pk, "domain": domain, "verified": verified}], initial=1
            )
            data = nested_form_data({"name": "Acme", "domain_joining": "approval", "domains": rows})
            assert browser.post(url("organization", "edit", acme.pk), data).status_code == 302
            return OrganizationDomain.objects.get(domain=domain).verified_at

        first = save("acme.example", "on")
        assert first and save("acme.example", "on") == first
        assert save("acme.test", "on") > first
        assert save("acme.test", "") is None

    def test_invalid_domains_and_duplicate_ids_are_rejected(self, browser, acme):
        Organization.objects.filter(pk=acme.pk).update(external_id="C-1")
        data = self.data(("not a domain", ""), external_id="C-1")
        response = browser.post(url("organization", "add"), data)
        assert response.status_code == 200
        assert "already exists" in response.content.decode()
        assert Organization.objects.count() == 1

    def test_changing_an_organization_is_logged(self, browser, acme):
        data = self.data(("Acme.example", "on"), name="Acme Ltd", domain_joining="direct")
        assert browser.post(url("organization", "edit", acme.pk), data).status_code == 302
        acme.refresh_from_db()
        assert (acme.name, acme.domain_joining) == ("Acme Ltd", "direct")
        assert last_action(acme) == "wagtail_portal.change_organization"
        html = browser.get(url("organization", "history", acme.pk)).content.decode()
        assert "Organization changed" in html
        row = acme.domains.get()
        removed = {"id": row.pk, "domain": row.domain, "verified": "on", "DELETE": "on"}
        data |= nested_form_data({"domains": inline_formset([removed], initial=1)})
        assert browser.post(url("organization", "edit", acme.pk), data).status_code == 302
        assert not OrganizationDomain.objects.exists()

    def test_errors_of_the_action_are_shown_in_the_form(self, browser, acme):
        for name, args in (("add", []), ("edit", [acme.pk])):
            data = self.data(("GMail.com", ""), name="Typed")
            response = browser.post(url("organization", name, *args), data)
            html = response.content.decode()
            assert "Anyone can get an email address at gmail.com" in html and "Typed" in html
        acme.refresh_from_db()
        assert acme.name == "Acme" and Organization.objects.count() == 1

    def test_deletion_is_refused_with_a_reason(self, browser, dana):
        acme = dana.organization
        assert "has members" in browser.get(url("organization", "delete", acme.pk)).content.decode()
        factories.ticket(dana)
        assert "has tickets" in browser.get(url("organization", "delete", acme.pk)).content.decode()
        response = browser.post(url("organization", "delete", acme.pk), follow=True)
        assert "has tickets" in response.content.decode()
        assert Organization.objects.filter(pk=acme.pk).exists()

    @pytest.mark.parametrize("words", ["acm", "C-1", "acme.t"])
    def test_search_organizations(self, desk, dana, words):
        factories.organization("Birk", domains=["birk.example"])
        for domain in ("acme.test", "acme.tools"):
            OrganizationDomain.objects.create(organization=dana.organization, domain=domain)
        Organization.objects.filter(pk=dana.organization_id).update(external_id="C-1")
        row = desk.get(url("organization", "list"), {"q": words}).context["object_list"].get()
        assert row == dana.organization and row.members_count == 1

    def test_listing_counts_members_and_can_be_exported(self, desk, dana):
        factories.member(dana.organization)
        row = desk.get(url("organization", "list")).context["object_list"].get()
        assert row.members_count == 2
        response = desk.get(url("organization", "list"), {"export": "csv"})
        assert b"Acme,,2," in b"".join(response.streaming_content)


class TestRoles:
    DATA = {"name": "Reader", "tickets": "organization", "members": "none"}

    def test_key_is_derived_from_the_name_and_stays_the_same(self, browser):
        for _time in range(2):
            assert browser.post(url("role", "add"), self.DATA).status_code == 302
        assert set(Role.objects.filter(locked=False).values_list("key", flat=True)) == {
            "reader",
            "reader-2",
        }
        role = Role.objects.get(key="reader")
        browser.post(url("role", "edit", role.pk), self.DATA | {"name": "Watcher", "key": "x"})
        role.refresh_from_db()
        assert (role.name, role.key, role.locked) == ("Watcher", "reader", False)

    def test_built_in_role_can_be_copied_and_the_copy_edited(self, browser):
        admin = Role.objects.get(key=Role.ADMIN)
        assert url("role", "copy", admin.pk) in browser.get(url("role", "list")).content.decode()
        html = browser.get(url("role", "copy", admin.pk)).content.decode()
        assert "Copy of Admin" in html
        data = {"name": "Lead", "tickets": "organization", "members": "view"}
        assert browser.post(url("role", "copy", admin.pk), data).status_code == 302
        lead = Role.objects.get(name="Lead")
        assert (lead.key, lead.locked, lead.members, lead.can_edit_tickets) == (
            "lead",
            False,
            "view",
            False,
        )
        admin.refresh_from_db()
        assert (admin.name, admin.members) == ("Admin", "manage")

    def test_default_role_cannot_be_deleted(self, browser, db):
        role = Role.objects.create(key="lead", name="Lead", tickets="own")
        settings = PortalSettings.for_site(Site.objects.get(is_default_site=True))
        settings.default_role = role
        settings.save()
        organization = factories.organization()
        member = actions.create_member(organization, by=factories.SYSTEM, email="x@acme.example")
        assert member.role == role
        Member.objects.all().delete()
        browser.post(url("role", "delete", role.pk))
        assert Role.objects.filter(pk=role.pk).exists()

    @pytest.mark.parametrize("key", [Role.ADMIN, Role.MEMBER, Role.NO_ACCESS])
    @pytest.mark.parametrize("person", ["manager", "superuser"])
    def test_built_in_roles_cannot_be_changed(self, db, request, person, key):
        browser = signed_in(request.getfixturevalue(person))
        role = Role.objects.get(key=key)
        html = browser.get(url("role", "list")).content.decode()
        assert url("role", "edit", role.pk) not in html
        assert url("role", "inspect", role.pk) in html
        html = browser.get(url("role", "inspect", role.pk)).content.decode()
        assert url("role", "edit", role.pk) not in html
        for name in ("edit", "delete"):
            for send in (browser.get, browser.post):
                assert send(url("role", name, role.pk), self.DATA).url == "/admin/"
        before = role.name
        role.refresh_from_db()
        assert role.name == before and role.locked

    def test_role_in_use_cannot_be_deleted(self, browser, dana):
        browser.post(url("role", "add"), self.DATA)
        role = Role.objects.get(key="reader")
        assert "Yes, delete" in browser.get(url("role", "delete", role.pk)).content.decode()
        Organization.objects.update(default_role=role)
        assert "New members" in browser.get(url("role", "delete", role.pk)).content.decode()
        actions.invite_member(
            dana.organization, by=Actor.system(), email="new@acme.example", role=role
        )
        assert "Invitations" in browser.get(url("role", "delete", role.pk)).content.decode()
        actions.change_role(dana, by=Actor.system(), role=role)
        assert "Some members have this role" in (
            browser.get(url("role", "delete", role.pk)).content.decode()
        )
        browser.post(url("role", "delete", role.pk))
        assert Role.objects.filter(pk=role.pk).exists()


class TestStatuses:
    DATA = {"name": "Waiting for parts", "label": "On its way", "state": "on_hold"}

    def test_status_can_be_added_renamed_and_deleted(self, browser):
        assert browser.post(url("status", "add"), self.DATA).status_code == 302
        status = Status.objects.get(key="waiting-for-parts")
        browser.post(url("status", "edit", status.pk), self.DATA | {"name": "Parts", "key": "x"})
        status.refresh_from_db()
        assert (status.name, status.key) == ("Parts", "waiting-for-parts")
        assert browser.post(url("status", "delete", status.pk)).status_code == 302
        assert not Status.objects.filter(pk=status.pk).exists()

    def test_status_in_use_cannot_be_deleted(self, browser, dana):
        status = factories.ticket(dana).status
        assert "Some tickets have this status" in (
            browser.get(url("status", "delete", status.pk)).content.decode()
        )
        response = browser.post(url("status", "delete", status.pk), follow=True)
        assert "Some tickets have this status" in response.content.decode()
        assert Status.objects.filter(pk=status.pk).exists()

    def test_status_in_use_cannot_close_its_tickets(self, browser, dana):
        status = factories.ticket(dana).status
        path, data = url("status", "edit", status.pk), self.DATA | {"state": "closed"}
        assert "Give them another status first" in browser.post(path, data).content.decode()
        assert browser.post(path, self.DATA).status_code == 302
        unused = factories.status("closed")
        path = url("status", "edit", unused.pk)
        assert browser.post(path, self.DATA | {"name": "Parts"}).status_code == 302
        assert [row.state for row in Status.objects.filter(pk__in=[status.pk, unused.pk])] == (
            ["on_hold", "on_hold"]
        )

    def test_status_that_came_into_use_during_deletion_is_kept(self, browser, dana, monkeypatch):
        status = factories.ticket(dana).status
        monkeypatch.setattr(
            "wagtail_portal.desk.statuses.StatusDeleteView.get_refusal", lambda view: ""
        )
        response = browser.post(url("status", "delete", status.pk), follow=True)
        assert "still in use" in response.content.decode()
        assert Status.objects.filter(pk=status.pk).exists()

    def test_last_status_cannot_be_deleted(self, browser):
        Status.objects.exclude(key="new").delete()
        html = browser.get(url("status", "delete", factories.status("new").pk)).content.decode()
        assert "only status" in html

    def test_statuses_can_be_reordered(self, browser):
        first, *_rest, last = Status.objects.all()
        response = browser.post(url("status", "reorder", last.pk) + "?position=0")
        assert response.status_code == 200
        assert Status.objects.first() == last


class TestTicketFields:
    def data(self, *choices, **values):
        rows = [{"label": label, "colour": "", "ORDER": n} for n, label in enumerate(choices, 1)]
        return nested_form_data(
            {"label": "Severity", "help_text": "", "type": "choice", "set_by": "customers"}
            | values
            | {"choices": inline_formset(rows)}
        )

    def test_field_is_added_with_its_choices(self, browser):
        assert browser.post(url("ticketfield", "add"), self.data("Low", "High")).status_code == 302
        field = TicketField.objects.get()
        assert field.key == "severity"
        assert [choice.key for choice in field.choices.all()] == ["low", "high"]
        data = self.data("x", label="Gravity", type="text", key="y")
        assert browser.post(url("ticketfield", "edit", field.pk), data).status_code == 302
        field.refresh_from_db()
        assert (field.label, field.key, field.type) == ("Gravity", "severity", "text")

    def test_types_come_from_the_registry(self, browser):
        form = browser.get(url("ticketfield", "add")).context["form"]
        assert [key for key, _label in form.fields["type"].choices] == list(field_types())
        response = browser.post(url("ticketfield", "add"), self.data("a", type="formula"))
        assert response.context["form"].errors["type"]

    def test_choice_field_needs_choices(self, browser):
        response = browser.post(url("ticketfield", "add"), self.data())
        assert "at least one choice" in response.content.decode()
        assert not TicketField.objects.exists()

    def test_type_cannot_be_changed_while_tickets_have_values(self, browser, dana):
        field = factories.ticket_field("Severity", choices=[("High", "")])
        factories.ticket(dana, values={"severity": "high"})
        response = browser.post(
            url("ticketfield", "edit", field.pk), self.data("High", type="text")
        )
        assert "its type can’t be changed" in response.content.decode()
        field.refresh_from_db()
        assert field.type == "choice"

    def test_field_in_use_cannot_be_deleted(self, browser, dana, home):
        field = factories.ticket_field("Severity", choices=[("High", "")])
        asked = factories.ticket_field("Product", type="text")
        ticket = factories.ticket(dana, values={"severity": "high"})
        html = browser.get(url("ticketfield", "delete", field.pk)).content.decode()
        assert "Archive it instead" in html
        actions.change_fields(ticket, by=Actor.system(), values={"severity": None})
        assert "Yes, delete" in browser.get(url("ticketfield", "delete", field.pk)).content.decode()
        value = {"field": asked.pk, "label": "", "help_text": "", "required": False}
        factories.form_page(
            home, [factories.block("subject"), factories.block("ticket_field", value)]
        )
        html = browser.get(url("ticketfield", "delete", asked.pk)).content.decode()
        assert "Some forms ask for this field" in html
        browser.post(url("ticketfield", "delete", asked.pk))
        assert TicketField.objects.filter(pk=asked.pk).exists()


def test_what_does_not_hold_is_no_error(browser, db):
    """A list says "Yes", and nothing where something doesn't hold."""
    field = factories.ticket_field("Severity", choices=[("High", "red")])
    for name in ("role", "ticketfield"):
        html = browser.get(url(name, "list")).content.decode()
        assert "icon-cross" not in html.partition("<table")[2].partition("</table>")[0]
    html = browser.get(url("ticketfield", "inspect", field.pk)).content.decode()
    assert "False" not in html and "No" in html


def test_history_of_an_organization_names_its_members(browser, acme, django_assert_max_num_queries):
    actor = Actor.system()
    role = Role.objects.get(key=Role.MEMBER)
    page = url("organization", "history", acme.pk)
    for number in range(4):
        address = f"new{number}@acme.example"
        actions.create_member(acme, by=actor, email=address, name=f"Kim {number}", role=role)
    with django_assert_max_num_queries(40) as few:
        html = browser.get(page).content.decode()
    assert "Member added: Kim 0" in html and "Member added: Kim 3" in html
    actions.create_member(acme, by=actor, email="lou@acme.example", name="Lou Park", role=role)
    with django_assert_max_num_queries(40) as more:
        assert "Member added: Lou Park" in browser.get(page).content.decode()
    assert len(more) <= len(few)
