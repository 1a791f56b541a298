"""Editors' settings for the tickets opened with a form."""

import uuid

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import block
from tests.pages.ticket_form.test_editor import add_form, editor, question  # noqa: F401 - a fixture
from wagtail_portal.models import PortalSettings, Role, Ticket
from wagtail_portal.pages.models import TicketFormPage

COMMON = {"help_text": "", "required": False, "width": "full", "placeholder": ""}
SYSTEM = "55555555-5555-4555-8555-555555555555"


def make(home, **kwargs):
    area = factories.ticket_field("Area", choices=[("Billing", "red"), ("API", "blue")])
    form = factories.form_page(
        home,
        [
            block("question_text", {**COMMON, "label": "System"}, id=SYSTEM),
            block("ticket_field", field=area.pk, required=False, width="full"),
            block("description", required=False),
        ],
    )
    presets = kwargs.pop("presets", [])
    form.presets = form._meta.get_field("presets").to_python(
        [{"type": "preset", "value": value, "id": str(uuid.uuid4())} for value in presets]
    )
    for name, value in kwargs.items():
        setattr(form, name, value)
    form.save_revision().publish()
    return TicketFormPage.objects.get(pk=form.pk)


def send(browser, **data):
    response = browser.post("/support/report/", data)
    assert response.status_code == 302, response.context["form"].errors
    return response, Ticket.objects.latest("id")


@pytest.mark.parametrize(
    ("data", "subject"),
    [
        ({f"q-{SYSTEM}": "Wiki", "field-area": "api"}, "Access request: Wiki (API)"),
        ({f"q-{SYSTEM}": "Wi\nki {area}"}, "Access request: Wi ki {area} ()"),
    ],
)
def test_subject_is_built_from_the_answers(browser, home, data, subject):
    make(home, subject_template="Access request: {system} ({area})")
    assert send(browser, **data)[1].subject == subject


def test_subject_without_answers_is_the_forms_title(browser, home):
    make(home, subject_template="{system}")
    assert send(browser)[1].subject == "Report a problem"
    assert send(browser, description="It *drips*\nall day")[1].subject == "It drips all day"


def test_subject_has_the_answer_of_whichever_branch_is_shown(browser, home):
    form = make(home, subject_template="Access: {system}")
    rule = factories.show_if(SYSTEM, operator="empty")
    other = block("question_text", {**COMMON, "label": "System", "show_if": rule})
    name = f"q-{other['id']}"
    rows = [*form.questions.raw_data, other]
    form.questions = form._meta.get_field("questions").to_python(rows)
    form.save()
    assert send(browser, **{f"q-{SYSTEM}": "Wiki"})[1].subject == "Access: Wiki"
    assert send(browser, **{name: "Mill"})[1].subject == "Access: Mill"


def test_tickets_get_default_values_assignee_and_status(browser, home):
    risk = factories.ticket_field("Risk", choices=[("High", "red")], set_by="team")
    gone = factories.ticket_field("Gone", type="text")
    area = {"field": None, "value": "Billing"}
    agent = factories.agent()
    form = make(home, assignee=agent, initial_status=factories.status("in-progress"))
    from wagtail_portal.models import TicketField

    area["field"] = TicketField.objects.get(key="area").pk
    values = [{"field": risk.pk, "value": "high"}, {"field": gone.pk, "value": "x"}, area]
    form.presets = form._meta.get_field("presets").to_python(
        [{"type": "preset", "value": value, "id": str(uuid.uuid4())} for value in values]
    )
    form.save()
    gone.delete()
    ticket = send(browser)[1]
    assert ticket.values == {"risk": "high", "area": "billing"}
    assert (ticket.assignee, ticket.status.key) == (agent, "in-progress")
    # Customers' answers take precedence over presets, but smuggled values don't.
    data = {"field-area": "api", "field-risk": "low"}
    assert send(browser, **data)[1].values == {"risk": "high", "area": "api"}


def test_tickets_are_assigned_to_the_group_while_it_can_reply(browser, home):
    group = Group.objects.get(name="Support agents")
    make(home, group=group)
    assert send(browser)[1].group == group
    group.permissions.clear()
    assert send(browser)[1].group is None


def test_notification_addresses_are_notified_about_new_tickets(
    browser, home, django_capture_on_commit_callbacks
):
    make(home, notify_addresses="sales@company.example; team@company.example,Sales@company.example")
    settings = PortalSettings.for_site(home.get_site())
    settings.team_address = "team@company.example"
    settings.save()
    with django_capture_on_commit_callbacks(execute=True):
        send(browser)
    told = [message.to[0].lower() for message in mail.outbox if "/admin/" in message.body]
    assert sorted(told) == ["sales@company.example", "team@company.example"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("notify_addresses", "a@b.example, nobody", "“nobody” isn’t a valid email address."),
        ("group", "Editors", "Select a valid choice."),
    ],
)
def test_invalid_addresses_and_assignees_are_rejected(editor, home, field, value, words):  # noqa: F811
    if field == "group":
        value = Group.objects.get(name=value).pk
    text = ("question_text", question(label="System", width="full"))
    assert words in add_form(editor, home, text, **{field: value}).content.decode()


def test_submitting_a_form_takes_few_queries(browser, home):
    factories.form_page(home)
    settings = PortalSettings.for_site(home.get_site())
    settings.team_address = "team@company.example"
    settings.save()
    data = {"subject": "Once", "description": "x"}
    # The first use of a limit in its period takes two more queries.
    browser.post("/support/report/", {**data, "submission_key": uuid.uuid4()})
    with CaptureQueriesContext(connection) as captured:
        response = browser.post("/support/report/", {**data, "submission_key": uuid.uuid4()})
    assert response.status_code == 302
    # Two people are notified. The test itself is a transaction, so the ticket's is a savepoint
    # here.
    asked = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    # MariaDB and MySQL lock the organization with a query of its own.
    assert len(asked) <= 18 + (connection.vendor == "mysql"), "\n".join(asked)


def test_form_limited_to_roles_is_hidden_from_others(browser, home, acme, as_member):
    form = make(home)
    form.for_roles.set([Role.objects.get(key=Role.ADMIN)])
    form.save()
    factories.form_page(home, title="Ask anything", slug="ask")
    assert browser.get("/support/report/").status_code == 404
    assert browser.post("/support/report/", {}).status_code == 404
    assert browser.get("/support/new/").url == "/support/ask/"
    admin = as_member(factories.member(acme, role=Role.ADMIN))
    assert admin.get("/support/report/").status_code == 200
    assert "Report a problem" in admin.get("/support/new/").content.decode()


def test_confirmation_page(browser, home):
    page = home.get_parent()
    form = make(home, confirmation_page=page)
    assert send(browser)[0].url == page.get_url()
    page.unpublish()
    form.refresh_from_db()
    assert send(browser)[0].url.startswith("/support/tickets/")


def test_template_with_unknown_questions_is_rejected(editor, home):  # noqa: F811
    text = ("question_text", question(label="System", width="full"))
    response = add_form(editor, home, text, subject_template="{sytem} {system}")
    assert "This form doesn’t ask for: sytem." in response.content.decode()
    assert add_form(editor, home, text, subject_template="{system}").status_code == 302


def test_choosing_a_form_takes_a_constant_number_of_queries(browser, home):
    def queries():
        browser.get("/support/new/")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/support/new/").status_code == 200
        return len(captured)

    for number in range(2):
        factories.form_page(home, title=f"Form {number}", slug=f"form-{number}")
    few = queries()
    for number in range(2, 9):
        form = factories.form_page(home, title=f"Form {number}", slug=f"form-{number}")
        form.for_roles.set(Role.objects.filter(key__in=[Role.ADMIN, Role.MEMBER]))
        form.save()
    assert queries() == few
    assert "Form 8" in browser.get("/support/new/").content.decode()
