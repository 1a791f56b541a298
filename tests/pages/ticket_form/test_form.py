"""Opening a ticket through a form built by editors."""

import re
import uuid

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from tests import factories
from tests.factories import block
from wagtail_portal.models import PortalSettings, Role, Ticket

URL = "/support/report/"


@pytest.fixture
def form(home):
    return factories.form_page(home)


def send(browser, url="/support/report/", **data):
    return browser.post(url, {"submission_key": str(uuid.uuid4()), **data})


def test_submitted_form_opens_a_ticket_that_is_listed_immediately(browser, form):
    response = send(browser, subject="Export fails", description="It **stops** at 90 %.")
    ticket = Ticket.objects.get()
    assert response.url == f"/support/tickets/{ticket.number}/"
    page = browser.get(response.url).content.decode()
    assert f"Ticket #{ticket.number} was opened." in page
    assert "It <strong>stops</strong> at 90 %." in page
    assert "Export fails" in browser.get("/support/").content.decode()


def test_first_ticket_has_a_short_number(browser, form):
    send(browser, subject="One", description="x")
    send(browser, subject="Two", description="x")
    one, two = Ticket.objects.order_by("id")
    assert 1000 < one.number < two.number


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("", "Enter a subject."),
        (" \t ", "Enter a subject."),
        ("x" * 201, "at most 200 characters"),
    ],
)
def test_invalid_subject_is_rejected_at_its_field_and_input_is_kept(browser, form, subject, words):
    response = send(browser, subject=subject, description="A long story")
    page = response.content.decode()
    assert response.status_code == 200
    assert words in page
    assert "A long story" in page
    assert 'aria-invalid="true"' in page
    assert not Ticket.objects.exists()


def test_form_submitted_twice_opens_one_ticket(browser, form):
    data = {"submission_key": str(uuid.uuid4()), "subject": "Once", "description": "x"}
    first = browser.post("/support/report/", data)
    second = browser.post("/support/report/", data)
    assert first.url == second.url
    assert Ticket.objects.count() == 1


def test_another_text_sent_with_the_same_form_opens_another_ticket(browser, form):
    """The browser's Back button can bring the old form with its key."""
    data = {"submission_key": str(uuid.uuid4()), "subject": "Same"}
    for text in ("First", "Second", "Second", "First"):
        response = browser.post("/support/report/", {**data, "description": text})
        assert response.status_code == 302
    assert [ticket.messages.get().body for ticket in Ticket.objects.order_by("pk")] == [
        "First",
        "Second",
    ]


def test_submission_key_of_another_person_cannot_be_used(browser, form, as_member, acme):
    data = {"submission_key": str(uuid.uuid4()), "subject": "Mine", "description": "x"}
    browser.post("/support/report/", data)
    as_member(factories.member(acme)).post("/support/report/", data)
    assert Ticket.objects.count() == 2


def test_every_kind_of_question_is_saved_where_it_belongs(browser, home, acme):
    severity = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "green")])
    teammate = factories.member(acme, "kim@acme.example")
    text_id, choice_id = str(uuid.uuid4()), str(uuid.uuid4())
    common = {"help_text": "", "required": False, "width": "full", "placeholder": ""}
    factories.form_page(
        home,
        [
            block("subject"),
            block("description"),
            block("attachments"),
            block("followers"),
            block("urgency"),
            block("heading", "About your site"),
            block("rich_text", "<p>Please tell us more.</p>"),
            block("ticket_field", field=severity.pk, required=True, width="half"),
            block("question_text", {**common, "label": "Browser"}, id=text_id),
            block("question_long_text", {**common, "label": "Steps"}),
            block(
                "question_choice",
                {
                    **common,
                    "label": "Where?",
                    "choices": [{"type": "item", "value": {"label": "Web"}, "id": choice_id}],
                },
            ),
        ],
    )
    page = browser.get("/support/report/").content.decode()
    assert "About your site" in page
    assert "<p>Please tell us more.</p>" in page
    where = re.search(r'name="(q-[^"]+)"[^>]*>\s*<option value=""', page).group(1)
    response = browser.post(
        "/support/report/",
        {
            "submission_key": str(uuid.uuid4()),
            "subject": "Everything",
            "description": "d",
            "attachments": [factories.upload("a.txt"), factories.upload("b.log")],
            "followers": "kim@acme.example",
            "urgency": "high",
            "field-severity": "high",
            f"q-{text_id}": "Firefox",
            where: choice_id,
            "status": "closed",
            "organization": "1",
            "undeclared": "x",
            "field-unknown": "x",
        },
    )
    assert response.status_code == 302, response.context["form"].errors
    ticket = Ticket.objects.get()
    assert ticket.subject == "Everything"
    assert ticket.urgency == "high"
    assert ticket.values == {"severity": "high"}
    assert [(row["label"], row["display"]) for row in ticket.answers] == [
        ("Browser", "Firefox"),
        ("Where?", "Web"),
    ]
    assert list(ticket.followers.all()) == [teammate]
    message = ticket.messages.get()
    assert [file.name for file in message.attachments.all()] == ["a.txt", "b.log"]
    assert ticket.status.state == "new"


def test_invalid_choices_and_followers_from_elsewhere_are_rejected(browser, home):
    severity = factories.ticket_field("Severity", choices=[("High", "red")])
    factories.form_page(
        home,
        [
            block("subject"),
            block("followers"),
            block("ticket_field", field=severity.pk, required=False, width="full"),
        ],
    )
    other = factories.member(factories.organization(), "kim@other.example")
    response = send(
        browser, subject="x", followers=other.email, **{"field-severity": "catastrophic"}
    )
    page = response.content.decode()
    assert "kim@other.example isn’t a member of your organization." in page
    assert "Select an option from the list." in page
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.html", b"<script>", "can’t be attached"),
        ("image.svg", b"<svg/>", "can’t be attached"),
        ("setup.exe", b"MZ", "can’t be attached"),
        ("photo.png", b"<html>not a picture", "doesn’t match its file type"),
        ("empty.txt", b"", "is empty"),
        ("large.txt", b"x" * (1024 * 1024 + 1), "is too large"),
    ],
)
def test_invalid_file_is_rejected_with_a_message(browser, form, name, content, words):
    from wagtail_portal.models import PortalSettings

    settings = PortalSettings.for_site(form.get_site())
    settings.attachment_max_mb = 1
    settings.save()
    response = send(
        browser, subject="x", description="d", attachments=[factories.upload(name, content)]
    )
    assert words in response.content.decode()
    assert not Ticket.objects.exists()


def test_input_is_given_back_if_the_form_was_unpublished_meanwhile(browser, home, form):
    factories.form_page(home, title="Ask anything", slug="ask")
    form.unpublish()
    assert browser.get("/support/report/").status_code == 404
    response = send(browser, subject="Export <fails>", description="A long story")
    page = response.content.decode()
    assert response.status_code == 410
    assert "Export &lt;fails&gt;" in page
    assert "A long story" in page
    assert 'href="/support/ask/"' in page
    assert not Ticket.objects.exists()


def test_input_is_given_back_if_the_form_was_deleted_meanwhile(browser, home, form):
    form.delete()
    response = send(browser, subject="Export fails", description="A long story")
    assert response.status_code == 410
    assert "A long story" in response.content.decode()


def test_unpublished_form_is_hidden_from_visitors(form):
    form.unpublish()
    response = send(Client(), subject="x", description="d")
    assert response.url.startswith("/accounts/login/")


def test_input_survives_an_expired_session(form, dana):
    from django.core import mail

    from tests.signin.test_code import ask_for_code, code_in, enter

    browser = Client()
    response = send(browser, subject="Export fails", description="A long story")
    assert response.url == "/accounts/login/?next=/support/report/"
    ask_for_code(browser, dana.email, response.url)
    url = "/accounts/login/code/confirm/?next=/support/report/"
    response = enter(browser, code_in(mail.outbox[0]), url)
    page = browser.get(response.url).content.decode()
    assert "A long story" in page
    assert 'value="Export fails"' in page
    send(browser, subject="Export fails", description="A long story")
    assert "A long story" not in browser.get("/support/report/").content.decode()


def test_read_only_members_cannot_open_tickets(form, acme, as_member):
    reader_role = Role.objects.create(key="reader", name="Reader", can_edit_tickets=False)
    reader = factories.member(acme, role=reader_role.key)
    browser = as_member(reader)
    response = send(browser, subject="x", description="d")
    page = response.content.decode()
    assert "Your role in this organization doesn’t allow this." in page
    assert not Ticket.objects.exists()
    assert "/support/new/" not in browser.get("/support/").content.decode()


def test_tickets_are_limited_per_hour(browser, form, settings):
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_HOUR": 2}
    for _number in range(2):
        assert send(browser, subject="x", description="d").status_code == 302
    response = send(browser, subject="Third", description="kept")
    assert "Try again in" in response.content.decode()
    assert "kept" in response.content.decode()
    assert Ticket.objects.count() == 2


def test_customers_choose_a_form(browser, home, form):
    assert browser.get("/support/new/").url == "/support/report/"
    factories.form_page(home, title="Ask about billing", slug="billing", introduction="Invoices")
    page = browser.get("/support/new/").content.decode()
    assert "Ask about billing" in page
    assert "Invoices" in page


@pytest.mark.parametrize("text", ["zero\x00byte", "emoji 🦉🧵", "مرحبا \u202eevil", "<b>&amp;"])
def test_any_text_is_stored(browser, form, text):
    send(browser, subject=text, description=text)
    ticket = Ticket.objects.get()
    expected = text.replace("\x00", "").replace("\u202e", "")
    assert ticket.subject == expected
    assert ticket.messages.get().body == expected
    assert browser.get(f"/support/tickets/{ticket.number}/").status_code == 200


def test_description_is_previewed_and_nothing_is_lost(browser, form):
    data = {"subject": "Pump", "description": "It *drips*", "preview": "part"}
    part = browser.post(URL, data)
    assert part.content.decode().count("<em>drips</em>") == 1
    assert "<form" not in part.content.decode()
    # Without a script, the page comes back with the preview, and with the files.
    page = browser.post(URL, {**data, "preview": "page", "attachments": [factories.upload()]})
    html = BeautifulSoup(page.content, "html.parser")
    assert html.select_one("[data-portal-preview] em").get_text() == "drips"
    assert html.select_one("[name=subject]")["value"] == "Pump"
    assert "log.txt" in html.get_text() and not html.select(".portal-error")
    # The Enter key doesn't press the button of the preview.
    assert not html.select_one("form.portal-form button").get("name")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("help_text", ["", None])
def test_files_say_what_is_allowed_before_one_is_chosen(browser, home, help_text):
    limits = {"max_number": 3, "max_mb": 2, "families": ["images"], "types": "dwg pdf"}
    attachments = block("attachments", help_text=help_text, **limits)
    factories.form_page(home, [block("subject"), attachments])
    settings = PortalSettings.for_site(home.get_site())
    settings.attachment_types = "dwg"
    settings.save()
    html = BeautifulSoup(browser.get(URL).content, "html.parser")
    field = html.select_one("[type=file]")
    words = html.find(id=field["aria-describedby"]).get_text().replace("\xa0", " ")
    assert words == "Up to 3 files, 2 MB each. Allowed: Images, dwg, pdf."
    assert "Choose files" in html.select_one(".portal-drop").get_text()


def test_help_of_files_keeps_its_direction_next_to_the_limits(browser, home):
    attachments = block("attachments", help_text="Logs help a lot.", max_number=3, types="dwg pdf")
    factories.form_page(home, [block("subject"), attachments])
    html = BeautifulSoup(browser.get(URL, HTTP_ACCEPT_LANGUAGE="ar").content, "html.parser")
    words = html.find(id=html.select_one("[type=file]")["aria-describedby"]).get_text()
    own, limits = words.split("\u2069 ")
    assert own == "\u2068Logs help a lot."
    assert limits.endswith(": pdf.") and not limits.isascii()


def test_each_kind_of_question_says_what_is_missing(browser, home):
    common = {"help_text": "", "required": True, "width": "full", "placeholder": ""}
    choices = [{"type": "item", "value": {"label": "Web"}, "id": str(uuid.uuid4())}]
    kinds = {
        "text": "Enter an answer for “text”.",
        "number": "Enter a number for “number”.",
        "decimal": "Enter a number for “decimal”.",
        "date": "Enter a date for “date”.",
        "datetime": "Enter a date and time for “datetime”.",
        "email": "Enter an email address.",
        "yes_no": "Select yes or no for “yes_no”.",
        "choice": "Select an option for “choice”.",
        "choices": "Select at least one option for “choices”.",
        "member": "Select a person for “member”.",
        "file": "Attach a file for “file”.",
    }
    rows = [
        block(f"question_{kind}", {**common, "label": kind, "choices": choices}) for kind in kinds
    ]
    factories.form_page(home, [block("subject"), *rows])
    page = browser.post(URL, {"subject": ""}).content.decode()
    for words in ("Enter a subject.", *kinds.values()):
        # At the field, and in the summary.
        assert page.count(words) == 2, words


@pytest.fixture
def form_for_others(home):
    return factories.form_page(
        home, [block("subject"), block("private"), block("teammate"), block("followers")]
    )


def test_ticket_is_private_from_the_start(as_member, dana, acme, form_for_others):
    boss = factories.member(acme, role=Role.ADMIN)
    kim = factories.member(acme, "kim@acme.example", name="Kim Osei")
    browser = as_member(dana)
    html = BeautifulSoup(browser.get(URL).content, "html.parser")
    # Dana's role doesn't see the other members.
    assert not html.select("[name=followers-teammates]")
    send(browser, subject="Salary", private="yes", followers=kim.email)
    ticket = Ticket.objects.get()
    assert ticket.private and ticket.log_entries.get().data["private"]
    assert list(ticket.followers.all()) == [kim]
    assert not Ticket.objects.visible_to(boss).exists()
    send(browser, subject="No secret")
    assert Ticket.objects.visible_to(boss).get().subject == "No secret"


def test_ticket_is_opened_for_a_teammate(as_member, dana, acme, form_for_others):
    boss = factories.member(acme, role=Role.ADMIN, name="Bo Boss")
    kim = factories.member(acme, "kim@acme.example", name="Kim Osei")
    browser = as_member(boss)
    html = BeautifulSoup(browser.get(URL).content, "html.parser")
    names = [row.get_text().strip() for row in html.select("[name=teammate] option")]
    assert names == ["Me", "Dana Reyes", "Kim Osei"]
    ticked = {row["value"] for row in html.select("[name=followers-teammates]")}
    assert ticked == {str(dana.pk), str(kim.pk)}
    key = uuid.uuid4()
    data = {"teammate": kim.pk, "private": "yes", "followers-teammates": [dana.pk]}
    first, again = (
        browser.post(URL, {"submission_key": key, "subject": "Her laptop", **data})
        for _ in range(2)
    )
    ticket = Ticket.objects.get()
    assert first.url == again.url == f"/support/tickets/{ticket.number}/"
    assert ticket.requester == kim and set(ticket.followers.all()) == {dana, boss}
    assert ticket.messages.get().member == boss
    for member in (kim, boss):
        assert as_member(member).get(first.url).status_code == 200
    stranger = factories.member(factories.organization())
    for pk in (stranger.pk, factories.member(acme, role=Role.NO_ACCESS).pk):
        page = send(browser, subject="x", teammate=pk).content.decode()
        assert "Select a member of the organization." in page
        page = send(browser, subject="x", **{"followers-teammates": [pk]}).content.decode()
        assert "Select members of the organization." in page
    assert Ticket.objects.count() == 1
