"""Publishing a form without questions that tickets or lists depend on needs a confirmation."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.factories import block
from tests.pages.ticket_form.test_editor import form_data, question
from wagtail_portal import actions
from wagtail_portal.models import DesignatedField, PortalSettings
from wagtail_portal.pages.models import TicketFormPage
from wagtail_portal.pages.ticket_form.publish_warning import warnings
from wagtail_portal.permissions import Actor

PUMP = "77777777-7777-4777-8777-777777777777"


@pytest.fixture
def field(db):
    return factories.ticket_field("Severity", type="text")


@pytest.fixture
def form(home, field):
    own = {"label": "Which pump?", "help_text": "", "required": False, "width": "full"}
    page = factories.form_page(
        home,
        [
            block("subject"),
            block("question_text", own, id=PUMP),
            block("ticket_field", field=field.pk, required=False, width="full"),
        ],
    )
    page.save_revision().publish()
    return TicketFormPage.objects.get(pk=page.pk)


@pytest.fixture
def editor(db):
    browser = Client()
    browser.force_login(
        factories.staff(is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return browser


@pytest.fixture
def ticket(form, dana, as_member):
    browser = as_member(dana)
    browser.post("/support/report/", {"subject": "x", f"q-{PUMP}": "Blue", "field-severity": "s"})
    from wagtail_portal.models import Ticket

    return Ticket.objects.get()


def save(editor, form, *blocks, action="action-publish", **extra):
    """Submit the page editor with these blocks."""
    data = form_data(*blocks, title="Report a problem", slug="report", **{action: "1", **extra})
    return editor.post(f"/admin/pages/{form.pk}/edit/", data)


ONLY_SUBJECT = [("subject", question(placeholder=""))]


def asked(form):
    return {block.block_type for block in TicketFormPage.objects.get(pk=form.pk).questions}


def test_editor_is_warned_and_can_publish_anyway(editor, form, ticket):
    response = save(editor, form, *ONLY_SUBJECT)
    page = response.content.decode()
    assert "“Which pump?” has been answered in 1 open ticket." in page
    assert "Publish anyway" in page
    assert "Back to editing" in page
    assert "question_text" in asked(form)
    # Nothing is lost: the draft has been saved.
    draft = TicketFormPage.objects.get(pk=form.pk).get_latest_revision_as_object()
    assert [b.block_type for b in draft.questions] == ["subject"]
    url = re.search(r'action="(/admin/wagtail-portal/[^"]+)"', page)[1]
    revision = re.search(r'name="revision" value="(\d+)"', page)[1]
    response = editor.post(url, {"revision": revision}, follow=True)
    assert "has been published" in response.content.decode()
    assert asked(form) == {"subject"}
    ticket.refresh_from_db()
    assert ticket.answers[0]["display"] == "Blue"


def test_no_warning_if_nothing_depends_on_the_question(editor, form, dana):
    # No one has answered it and no list shows the field.
    assert save(editor, form, *ONLY_SUBJECT).status_code == 302
    assert asked(form) == {"subject"}


def test_answers_of_closed_tickets_do_not_count(editor, form, ticket):
    actions.change_status(ticket, by=Actor.system(), status=factories.status("closed"))
    assert save(editor, form, *ONLY_SUBJECT).status_code == 302


def test_warning_if_a_list_shows_the_field(editor, form, home, field):
    settings = PortalSettings.for_site(home.get_site())
    row = DesignatedField.objects.create(settings=settings, ticket_field=field, in_list=False)
    assert warnings(_without_questions(form)) == []
    row.in_list = True
    row.save()
    page = save(editor, form, *ONLY_SUBJECT).content.decode()
    assert "“Severity” is shown in the customers’ ticket list." in page


def test_no_warning_for_drafts(editor, form, ticket):
    assert save(editor, form, *ONLY_SUBJECT, action="action-save").status_code == 302
    assert "question_text" in asked(form)


def test_warning_for_scheduled_changes(editor, form, ticket):
    later = timezone.localtime() + timedelta(days=2)
    go_live = {"go_live_at": later.strftime("%Y-%m-%d %H:%M")}
    page = save(editor, form, *ONLY_SUBJECT, **go_live).content.decode()
    assert "Publish anyway" in page
    draft = TicketFormPage.objects.get(pk=form.pk).latest_revision
    url = f"/admin/wagtail-portal/forms/{form.pk}/publish/"
    page = editor.post(url, {"revision": draft.pk}, follow=True).content.decode()
    assert "has been scheduled" in page
    assert "question_text" in asked(form)


def test_draft_changed_by_someone_else_is_not_published(editor, form, ticket):
    save(editor, form, *ONLY_SUBJECT)
    asked_about = TicketFormPage.objects.get(pk=form.pk).latest_revision
    form.save_revision()
    url = f"/admin/wagtail-portal/forms/{form.pk}/publish/"
    page = editor.post(url, {"revision": asked_about.pk}, follow=True).content.decode()
    assert "Someone else has changed the form in the meantime." in page
    assert "question_text" in asked(form)


def test_publishing_requires_permission(client, form, ticket):
    url = f"/admin/wagtail-portal/forms/{form.pk}/publish/"
    revision = _without_questions(form).save_revision()
    for user in (factories.agent(), factories.staff()):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(url, {"revision": revision.pk}).status_code == 302
        assert client.get(url).status_code in (302, 405)
    assert "question_text" in asked(form)


def test_number_of_queries_does_not_depend_on_the_number_of_tickets(form, ticket, dana, as_member):
    changed = _without_questions(form)

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert warnings(changed)
        return len(queries)

    count()
    few = count()
    for _time in range(5):
        as_member(dana).post("/support/report/", {"subject": "x", f"q-{PUMP}": "Red"})
    assert "6 open tickets" in warnings(changed)[0]
    assert count() == few


def _without_questions(form):
    page = TicketFormPage.objects.get(pk=form.pk)
    page.questions = page._meta.get_field("questions").to_python([block("subject")])
    return page
