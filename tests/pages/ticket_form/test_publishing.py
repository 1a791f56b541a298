"""Forms are pages: drafts, scheduling, moderation and revision comparison work."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.models import GroupApprovalTask, Workflow, WorkflowTask

from tests import factories
from tests.factories import block
from wagtail_portal.pages.models import TicketFormPage


@pytest.fixture
def form(home):
    form = factories.form_page(home, [block("subject", label="What is wrong?")])
    form.save_revision().publish()
    return TicketFormPage.objects.get(pk=form.pk)


@pytest.fixture
def editor(db):
    return factories.staff(is_superuser=True)


@pytest.fixture
def admin(editor):
    browser = Client()
    browser.force_login(editor, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def asks(browser, words) -> bool:
    return words in browser.get("/support/report/").content.decode()


def reworded(form, label):
    form.questions = form._meta.get_field("questions").to_python([block("subject", label=label)])
    return form


def test_draft_is_hidden_until_published(form, browser):
    revision = reworded(form, "What happened?").save_revision()
    assert asks(browser, "What is wrong?")
    assert not asks(browser, "What happened?")
    revision.publish()
    assert asks(browser, "What happened?")


def test_scheduled_change_goes_live(form, browser, monkeypatch):
    form.go_live_at = timezone.now() + timedelta(hours=1)
    revision = reworded(form, "What happened?").save_revision()
    revision.publish()
    assert asks(browser, "What is wrong?")
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    call_command("publish_scheduled")
    assert asks(browser, "What happened?")


def test_form_can_expire(form, browser):
    form.expire_at = timezone.now() - timedelta(minutes=1)
    form.save()
    call_command("portal_worker", once=True)
    assert browser.get("/support/report/").status_code == 404


def test_change_waits_for_moderation(form, browser, editor):
    task = GroupApprovalTask.objects.create(name="Support looks at it")
    workflow = Workflow.objects.create(name="Forms")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    reworded(form, "What happened?").save_revision()
    state = workflow.start(form, editor)
    assert asks(browser, "What is wrong?")
    state.current_task_state.approve(user=editor)
    assert asks(browser, "What happened?")


def test_revisions_can_be_compared(form, admin):
    first = form.save_revision()
    second = reworded(form, "What happened?").save_revision()
    page = admin.get(f"/admin/pages/{form.pk}/revisions/compare/{first.pk}...{second.pk}/")
    assert page.status_code == 200
    assert "What happened?" in page.content.decode()
    assert "What is wrong?" in page.content.decode()


def test_old_revision_can_be_restored(form, browser):
    first = form.save_revision()
    reworded(form, "What happened?").save_revision().publish()
    assert asks(browser, "What happened?")
    first.publish()
    assert asks(browser, "What is wrong?")


def test_copied_form_keeps_its_questions(form, browser, home):
    form.copy(update_attrs={"slug": "second", "title": "Second"}, to=home)
    assert "What is wrong?" in browser.get("/support/second/").content.decode()
