"""On every route to publishing, editors are asked before answers are dropped."""

import pytest
from django.contrib.auth.models import Group
from wagtail.models import (
    GroupApprovalTask,
    GroupPagePermission,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from tests import factories
from tests.factories import block
from wagtail_portal.models import Ticket
from wagtail_portal.pages.models import TicketFormPage

from .conftest import Editor, go_on, text_of

PUMP = "77777777-7777-4777-8777-777777777777"
WARNING = "“Which pump?” has been answered in 1 open ticket."


@pytest.fixture
def form(home, browser):
    """A form whose question has been answered in a ticket, with a draft that doesn't ask it."""
    own = {"label": "Which pump?", "help_text": "", "required": False, "width": "full"}
    blocks = [block("subject"), block("question_text", own, id=PUMP)]
    page = factories.form_page(home, blocks)
    page.save_revision().publish()
    browser.post("/support/report/", {"subject": "x", f"q-{PUMP}": "Blue"})
    assert Ticket.objects.count() == 1
    page = TicketFormPage.objects.get(pk=page.pk)
    page.questions = page._meta.get_field("questions").to_python([block("subject")])
    page.save_revision()
    return TicketFormPage.objects.get(pk=page.pk)


def is_asked(form) -> bool:
    """Return whether customers are still asked for the pump."""
    return "Which pump" in str(TicketFormPage.objects.get(pk=form.pk).questions)


@pytest.fixture
def moderation(home):
    """A workflow whose one task is for the group ``Moderators``."""
    group = Group.objects.get(name="Moderators")
    task = GroupApprovalTask.objects.create(name="Support looks at it")
    task.groups.add(group)
    workflow = Workflow.objects.create(name="Forms")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    WorkflowPage.objects.create(workflow=workflow, page=home)
    for name in ("Editors", "Moderators"):
        found = Group.objects.get(name=name)
        for permission in ("add", "change", *(["publish"] if name == "Moderators" else [])):
            GroupPagePermission.objects.get_or_create(
                group=found, page=home, permission=_permission(permission)
            )
    return workflow


def _permission(codename):
    from django.contrib.auth.models import Permission

    return Permission.objects.get(
        content_type__app_label="wagtailcore", codename=f"{codename}_page"
    )


def test_moderation(editor, form, moderation):
    """Who submits is asked, and so is who approves, in the editor and elsewhere."""
    author, moderator = Editor(factories.staff("Editors")), Editor(factories.staff("Moderators"))
    response = author.edit(form, action="action-submit")
    assert WARNING in text_of(response) and "Submit anyway" in text_of(response)
    assert not form.workflow_in_progress
    go_on(author, response)
    assert form.workflow_in_progress
    state = form.current_workflow_task_state
    url = f"pages/workflow/action/{form.pk}/approve/{state.pk}/"
    response = moderator.post(url)
    assert WARNING in text_of(response) and "Approve anyway" in text_of(response)
    dialog = moderator.post(url, headers={"X-Requested-With": "XMLHttpRequest"})
    assert WARNING in dialog.json()["html"]
    response = moderator.edit(
        form, action="action-workflow-action", **{"workflow-action-name": "approve"}
    )
    assert WARNING in text_of(response) and "Approve anyway" in text_of(response)
    assert is_asked(form)
    go_on(moderator, response)
    assert not is_asked(form)


def test_publish_anyway_respects_locks_and_moderation(editor, form, moderation):
    response = editor.edit(form)
    assert WARNING in text_of(response)
    # Meanwhile it is locked, and then waits for others.
    moderator = Editor(factories.staff("Moderators"))
    other = factories.staff("Moderators")
    TicketFormPage.objects.filter(pk=form.pk).update(locked=True, locked_by=other)
    asked = moderator.edit(form)
    revision = TicketFormPage.objects.get(pk=form.pk).latest_revision_id
    url = f"wagtail-portal/forms/{form.pk}/publish/"
    page = moderator.post(url, {"revision": revision}, follow=True)
    assert "The form is locked" in text_of(page) and is_asked(form)
    assert asked.status_code in (200, 302)
    TicketFormPage.objects.filter(pk=form.pk).update(locked=False, locked_by=None)
    moderation.start(TicketFormPage.objects.get(pk=form.pk), other)
    task = GroupApprovalTask.objects.get(name="Support looks at it")
    task.groups.set([Group.objects.create(name="Board")])
    page = moderator.post(url, {"revision": revision}, follow=True)
    assert is_asked(form)
    assert TicketFormPage.objects.get(pk=form.pk).workflow_in_progress


def test_several_pages_at_once(editor, form, home):
    response = editor.post(f"bulk/wagtailcore/page/publish/?id={form.pk}&next=/admin/pages/")
    assert f"{form.title}: {WARNING}" in text_of(response)
    assert is_asked(form)
    go_on(editor, response)
    assert not is_asked(form)


def test_earlier_version(editor, form):
    """Publishing a version from before the question was added."""
    first = TicketFormPage.objects.get(pk=form.pk).get_latest_revision()
    form.save_revision()
    page = editor.get(f"pages/{form.pk}/revisions/{first.pk}/revert/")
    assert page.status_code == 200
    from .conftest import form_values

    data = {**form_values(page.context["form"]), "action-publish": "1", "revision": first.pk}
    response = editor.post(f"pages/{form.pk}/edit/", data)
    assert WARNING in text_of(response) and is_asked(form)


def test_slugs_that_the_portal_needs(editor, home, report):
    """A copy gets a free slug; one that the portal needs is refused on every route."""
    url = f"pages/{report.pk}/copy/"
    assert editor.get(url).context["form"]["new_slug"].value() == "report-1"
    data = {"new_title": "Copy", "new_slug": "members", "new_parent_page": home.pk}
    for more in ({}, {"publish_copies": "on"}, {"alias": "on"}):
        response = editor.post(url, {**data, **more})
        assert "The portal uses this slug itself" in text_of(response)
    assert TicketFormPage.objects.count() == 1
    response = editor.post(url, {**data, "new_slug": "report-1"})
    assert response.status_code == 302
    copy = TicketFormPage.objects.get(slug="report-1")
    # A draft from before the portal needed the slug.
    TicketFormPage.objects.filter(pk=copy.pk).update(slug="members")
    TicketFormPage.objects.get(pk=copy.pk).latest_revision.delete()
    for chosen in (copy.pk, home.pk):
        data = {"include_descendants": "on"}
        url = f"bulk/wagtailcore/page/publish/?id={chosen}&next=/admin/pages/"
        response = editor.post(url, data, follow=True)
        assert "the portal uses the slug “members” itself" in text_of(response)
    assert not TicketFormPage.objects.get(pk=copy.pk).live
