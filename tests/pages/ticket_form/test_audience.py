"""Forms for members of some organizations only, which not every editor can see."""

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import GroupPagePermission
from wagtail.test.utils.form_data import streamfield

from tests import factories
from tests.pages.ticket_form.test_editor import editor, form_data, question  # noqa: F401 - a fixture
from wagtail_portal.models import FormDraft, Role, Ticket
from wagtail_portal.pages.models import TicketFormPage

CHOOSER = "wagtail_portal_organization_chooser"


def limit(form, *organizations):
    """Limit a form to some organizations."""
    form.for_organizations = form._meta.get_field("for_organizations").to_python(
        [
            {"type": "organization", "value": found.pk, "id": str(uuid.uuid4())}
            for found in organizations
        ]
    )
    form.save_revision().publish()
    return TicketFormPage.objects.get(pk=form.pk)


@pytest.fixture
def globex(db):
    return factories.organization("Globex")


def form_editor(*rights):
    """Return a test client of an editor with additional permissions, given by codename."""
    user = factories.staff("Editors")
    group = user.groups.get()
    publish = Permission.objects.get(codename="publish_page")
    page = TicketFormPage.objects.get().get_parent()
    GroupPagePermission.objects.create(group=group, page=page, permission=publish)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_members_of_other_organizations_cannot_find_the_form(home, dana, acme, globex, as_member):
    form = factories.form_page(home, title="Secret merger")
    limit(form, acme)
    factories.form_page(home, title="Ask anything", slug="ask")
    outsider = as_member(factories.member(globex))
    data = {"submission_key": uuid.uuid4(), "subject": "x", "description": "d"}
    assert outsider.get("/support/report/").status_code == 404
    assert outsider.post("/support/report/", data).status_code == 404
    assert outsider.get("/support/new/").url == "/support/ask/"
    form.unpublish()
    assert "Secret merger" not in outsider.post("/support/report/", data).content.decode()
    assert not Ticket.objects.exists()
    TicketFormPage.objects.filter(pk=form.pk).update(live=True)
    browser = as_member(dana)
    assert "Secret merger" in browser.get("/support/new/").content.decode()
    assert browser.post("/support/report/", data).status_code == 302


def test_organization_and_role_must_both_match(home, acme, globex, as_member):
    form = factories.form_page(home)
    form.for_roles.set([Role.objects.get(key=Role.ADMIN)])
    limit(form, acme)
    for organization, role, status in (
        (acme, Role.ADMIN, 200),
        (acme, Role.MEMBER, 404),
        (globex, Role.ADMIN, 404),
    ):
        browser = as_member(factories.member(organization, role=role))
        assert browser.get("/support/report/").status_code == status


def test_draft_of_a_form_with_steps_is_closed_too(home, dana, globex, as_member):
    blocks = [factories.block("subject"), factories.block("step", "More")]
    form = factories.form_page(home, [*blocks, factories.block("description")])
    browser = as_member(dana)
    browser.post("/support/report/", {"subject": "x"})
    assert FormDraft.objects.exists()
    limit(form, globex)
    assert browser.get("/support/report/?step=2").status_code == 404
    assert browser.post("/support/report/?step=2", {"description": "d"}).status_code == 404
    assert not Ticket.objects.exists()


def test_deleting_the_organization_opens_the_form_to_nobody(home, dana, globex, as_member):
    form = limit(factories.form_page(home), globex)
    globex.delete()
    assert as_member(dana).get("/support/report/").status_code == 404
    form.save_revision().publish()
    assert as_member(dana).get("/support/report/").status_code == 404


def test_number_of_queries_does_not_depend_on_the_number_of_forms(home, dana, acme, as_member):
    form, browser = factories.form_page(home), as_member(dana)

    def queries(url):
        browser.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url).status_code == 200
        return len(captured)

    factories.form_page(home, title="Second", slug="second")
    few = [queries("/support/report/"), queries("/support/new/")]
    limit(form, acme, *(factories.organization() for _number in range(20)))
    assert [queries("/support/report/"), queries("/support/new/")] == few


def test_editor_with_permission_can_choose_organizations(editor, home, acme, globex):  # noqa: F811
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    chosen = streamfield([("organization", str(acme.pk)), ("organization", str(globex.pk))])
    data = form_data(("subject", question()), for_organizations=chosen)
    response = editor.post(url, {**data, "action-publish": "1"})
    assert response.status_code == 302
    form = TicketFormPage.objects.get()
    assert form.organization_ids == {acme.pk, globex.pk}
    page = editor.get(f"/admin/pages/{form.pk}/edit/").content.decode()
    assert "Globex" in page


def test_editor_without_permission_sees_a_count_and_changes_nothing(home, acme, globex):
    form = limit(factories.form_page(home), acme, globex)
    browser = form_editor()
    url = f"/admin/pages/{form.pk}/edit/"
    page = browser.get(url).content.decode()
    assert "Only for 2 organizations." in page
    assert "Globex" not in page
    data = form_data(("subject", question()), title="Renamed", slug="report")
    assert browser.post(url, {**data, "action-publish": "1"}).status_code == 302
    form.refresh_from_db()
    assert form.title == "Renamed"
    assert TicketFormPage.objects.get().organization_ids == {acme.pk, globex.pk}
    first, second = form.revisions.order_by("pk")[:2]
    compare = browser.get(f"/admin/pages/{form.pk}/revisions/compare/{first.pk}...{second.pk}/")
    assert compare.status_code == 200
    assert "Globex" not in compare.content.decode()


@pytest.mark.parametrize("rights", [[], ["view_organization"]])
def test_organization_chooser_requires_permission(home, acme, globex, rights):
    factories.form_page(home)
    browser = form_editor(*rights)
    for name, args, query in (
        ("choose", [], {}),
        ("choose_results", [], {"q": "Glob"}),
        ("chosen", [globex.pk], {}),
        ("chosen_multiple", [], {"id": globex.pk}),
    ):
        response = browser.get(reverse(f"{CHOOSER}:{name}", args=args), query)
        assert (response.status_code == 200) == bool(rights), name
        assert ("Globex" in response.content.decode()) == bool(rights), name
    if rights:
        found = browser.get(reverse(f"{CHOOSER}:choose_results"), {"q": "Glob"})
        assert "Acme" not in found.content.decode()


def test_form_for_anyone_cannot_be_limited_to_organizations(editor, home, acme):  # noqa: F811
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    chosen = streamfield([("organization", str(acme.pk))])
    data = form_data(("subject", question()), for_organizations=chosen, audience="anyone")
    response = editor.post(url, {**data, "action-publish": "1"})
    assert "A form for anyone can’t be limited to" in response.content.decode()
