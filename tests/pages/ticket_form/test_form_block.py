"""A ticket form embedded in another page of the site."""

import re

import pytest
from django.test import Client

from tests.desk.conftest import signed_in, ticket_url
from tests.factories import agent, block, form_page, member, upload
from tests.pages.ticket_form.review import send_review
from tests.testapp.models import ContentPage
from wagtail_portal.models import FormDraft, Role, Ticket
from wagtail_portal.pages.ticket_form.form_block import TicketFormBlock

SHOWN = "Where is it?"


def make_page(home, form, title="Pumps"):
    """Create a page of the site outside the portal with the form in it."""
    page = ContentPage(title=title, slug=title.lower())
    page.body = [("ticket_form", {"form": form, "heading": "Tell us about your pump"})]
    home.get_parent().add_child(instance=page)
    page.save_revision().publish()
    return page


@pytest.fixture
def form(home):
    where = block("question_text", label=SHOWN)
    return form_page(home, [block("subject"), where, block("attachments")])


@pytest.fixture
def page_with_form(home, form):
    return make_page(home, form)


def opened(browser) -> tuple[str, dict]:
    """Return the form's action and the hidden values that the browser would submit."""
    html = browser.get("/pumps/").content.decode()
    hidden = re.findall(r'<input type="hidden" name="([\w-]+)"(?: value="([^"]*)")?', html)
    return re.search(r'<form[^>]* action="([^"]+)"', html).group(1), dict(hidden)


def send(browser, **data):
    action, hidden = opened(browser)
    return browser.post(action, {"subject": "It leaks", **hidden, **data})


def test_ticket_records_the_page_for_the_agent(browser, page_with_form, form):
    page = browser.get("/pumps/").content.decode()
    assert SHOWN in page
    assert "Tell us about your pump" in page
    send(browser, **{f"q-{form.question_list[1].id}": "Cellar", "attachments": upload()})
    ticket = Ticket.objects.get()
    assert ticket.source_page_id == page_with_form.pk
    assert ticket.form_id == form.pk
    assert ticket.messages.get().attachments.count() == 1
    screen = signed_in(agent()).get(ticket_url("edit", ticket.pk)).content.decode()
    assert re.search(r'Sent from.*?<a href="[^"]*/pumps/">Pumps</a>', screen, re.S)


def test_deleting_the_page_does_not_delete_the_ticket(browser, page_with_form):
    send(browser)
    page_with_form.delete()
    ticket = Ticket.objects.get()
    assert ticket.source_page is None
    assert ticket.form_title == "Report a problem"


def test_submitting_twice_opens_one_ticket_but_a_new_form_opens_another(browser, page_with_form):
    action, hidden = opened(browser)
    data = {"subject": "It leaks", **hidden}
    first, second = browser.post(action, data), browser.post(action, data)
    assert first.url == second.url
    send(browser, subject="It leaks again")
    assert Ticket.objects.count() == 2


def test_cached_page_gives_each_submission_its_own_ticket(browser, page_with_form, as_member, acme):
    action, hidden = opened(browser)
    colleague = as_member(member(acme))
    for person in (browser, colleague):
        for subject in ("It leaks", "It squeaks"):
            person.post(action, {**hidden, "subject": subject})
    assert Ticket.objects.count() == 4


def test_errors_are_shown_on_the_forms_own_page_with_all_input(browser, page_with_form, form):
    response = send(browser, subject="", **{f"q-{form.question_list[1].id}": "Cellar"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "Enter a subject." in page
    assert 'value="Cellar"' in page
    assert re.search(rf'name="source" value="{page_with_form.pk}"', page)


@pytest.mark.parametrize("source", ["", "x", "999999", "9" * 30, "١", "\x00", "-1"])
def test_missing_page_is_not_recorded(browser, page_with_form, source):
    send(browser, source=source)
    assert Ticket.objects.get().source_page is None


def test_draft_page_is_not_recorded(browser, page_with_form):
    page_with_form.unpublish()
    browser.post("/support/report/", {"subject": "It leaks", "source": str(page_with_form.pk)})
    assert Ticket.objects.get().source_page is None


def test_visitor_has_to_sign_in_and_the_input_is_kept(page_with_form, dana):
    from django.core import mail

    from tests.signin.test_code import ask_for_code, code_in, enter

    visitor = Client()
    page = visitor.get("/pumps/").content.decode()
    # Signing in would lose the files.
    assert 'type="file"' not in page
    response = send(visitor, subject="It leaks a lot")
    assert response.url == "/accounts/login/?next=/support/report/"
    ask_for_code(visitor, dana.email, response.url)
    url = "/accounts/login/code/confirm/?next=/support/report/"
    response = enter(visitor, code_in(mail.outbox[0]), url)
    page = visitor.get(response.url).content.decode()
    assert 'value="It leaks a lot"' in page
    assert f'name="source" value="{page_with_form.pk}"' in page
    assert 'type="file"' in page


def test_first_step_is_embedded_and_the_page_is_recorded_across_steps(browser, home, dana):
    form = form_page(
        home, [block("subject"), block("step", "More"), block("description", required=True)]
    )
    page_with_form = make_page(home, form)
    page = browser.get("/pumps/").content.decode()
    assert "Step 1 of 3" in page
    assert "Continue" in page
    assert 'name="description"' not in page
    response = send(browser)
    assert response.url == "/support/report/?step=2"
    assert FormDraft.objects.get().data["source"] == [str(page_with_form.pk)]
    send_review(browser, browser.post(response.url, {"description": "Since noon."}).url)
    assert Ticket.objects.get().source_page_id == page_with_form.pk


def test_form_for_some_customers_is_shown_as_a_link(
    client, browser, as_member, acme, page_with_form, form
):
    form.for_roles.set([Role.objects.get(key=Role.ADMIN)])
    form.save()
    link = f"/support/report/?source={page_with_form.pk}"
    for other in (client, as_member(member(acme, role=Role.ADMIN))):
        page = other.get("/pumps/").content.decode()
        assert SHOWN not in page
        assert link in page
    # The link would lead a member with another role nowhere.
    page = browser.get("/pumps/").content.decode()
    assert SHOWN not in page
    assert link not in page
    assert "This form isn’t for your organization or your role." in page


def test_unpublished_form_is_not_shown(browser, page_with_form, form):
    form.unpublish()
    page = browser.get("/pumps/").content.decode()
    assert "<form" not in page
    assert "Tell us about your pump" not in page


def test_page_looks_the_same_to_all_customers(page_with_form, as_member, acme, dana):
    hidden = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
    pages = [
        hidden.sub("", as_member(person).get("/pumps/").content.decode())
        for person in (dana, member(acme))
    ]
    assert pages[0] == pages[1]


def test_form_block_without_a_page_shows_nothing(form):
    block_type = TicketFormBlock()
    value = block_type.normalize({"form": form, "heading": ""})
    assert block_type.render(value).strip() == ""
