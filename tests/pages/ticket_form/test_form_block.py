"""A ticket form that stands in another page of the site."""

import re

import pytest
from django.test import Client

from tests.desk.conftest import signed_in, ticket_url
from tests.factories import agent, block, form_page, member, upload
from tests.testapp.models import ContentPage
from wagtail_portal.models import FormDraft, Role, Ticket
from wagtail_portal.pages.ticket_form.form_block import TicketFormBlock

SHOWN = "Where is it?"


def make_story(home, form, title="Pumps"):
    """A page of the site, beside the portal, with the form in it."""
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
def story(home, form):
    return make_story(home, form)


def opened(browser) -> tuple[str, dict]:
    """Where the form of the page goes, and what the browser would send of it by itself."""
    html = browser.get("/pumps/").content.decode()
    hidden = re.findall(r'<input type="hidden" name="([\w-]+)"(?: value="([^"]*)")?', html)
    return re.search(r'<form[^>]* action="([^"]+)"', html).group(1), dict(hidden)


def send(browser, **data):
    action, hidden = opened(browser)
    return browser.post(action, {"subject": "It leaks", **hidden, **data})


def test_ticket_remembers_the_page_and_the_agent_sees_it(browser, story, form):
    page = browser.get("/pumps/").content.decode()
    assert SHOWN in page
    assert "Tell us about your pump" in page
    send(browser, **{f"q-{form.question_list[1].id}": "Cellar", "attachments": upload()})
    ticket = Ticket.objects.get()
    assert ticket.source_page_id == story.pk
    assert ticket.form_id == form.pk
    assert ticket.messages.get().attachments.count() == 1
    screen = signed_in(agent()).get(ticket_url("edit", ticket.pk)).content.decode()
    assert re.search(r'Sent from.*?<a href="[^"]*/pumps/">Pumps</a>', screen, re.S)


def test_page_that_is_deleted_later_takes_no_ticket_with_it(browser, story):
    send(browser)
    story.delete()
    ticket = Ticket.objects.get()
    assert ticket.source_page is None
    assert ticket.form_title == "Report a problem"


def test_sent_twice_it_opens_one_ticket_but_asked_again_another(browser, story):
    action, hidden = opened(browser)
    data = {"subject": "It leaks", **hidden}
    first, second = browser.post(action, data), browser.post(action, data)
    assert first.url == second.url
    send(browser, subject="It leaks again")
    assert Ticket.objects.count() == 2


def test_page_from_a_cache_gives_two_people_and_two_questions_a_ticket_each(
    browser, story, as_member, acme
):
    action, hidden = opened(browser)
    colleague = as_member(member(acme))
    for person in (browser, colleague):
        for subject in ("It leaks", "It squeaks"):
            person.post(action, {**hidden, "subject": subject})
    assert Ticket.objects.count() == 4


def test_an_error_shows_on_the_forms_own_page_with_everything_typed(browser, story, form):
    response = send(browser, subject="", **{f"q-{form.question_list[1].id}": "Cellar"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "Enter an answer." in page
    assert 'value="Cellar"' in page
    assert re.search(rf'name="source" value="{story.pk}"', page)


@pytest.mark.parametrize("source", ["", "x", "999999", "9" * 30, "١", "\x00", "-1"])
def test_page_that_does_not_exist_is_not_remembered(browser, story, source):
    send(browser, source=source)
    assert Ticket.objects.get().source_page is None


def test_draft_of_a_page_is_not_remembered(browser, story):
    story.unpublish()
    browser.post("/support/report/", {"subject": "It leaks", "source": str(story.pk)})
    assert Ticket.objects.get().source_page is None


def test_visitor_is_asked_to_sign_in_and_finds_what_was_typed(story, dana):
    from django.core import mail

    from tests.signin.test_code import ask, code_in, enter

    visitor = Client()
    page = visitor.get("/pumps/").content.decode()
    # A sign-in would lose them.
    assert 'type="file"' not in page
    response = send(visitor, subject="It leaks a lot")
    assert response.url == "/accounts/login/?next=/support/report/"
    ask(visitor, dana.email, response.url)
    url = "/accounts/login/code/confirm/?next=/support/report/"
    response = enter(visitor, code_in(mail.outbox[0]), url)
    page = visitor.get(response.url).content.decode()
    assert 'value="It leaks a lot"' in page
    assert f'name="source" value="{story.pk}"' in page
    assert 'type="file"' in page


def test_first_step_stands_in_the_page_and_the_page_is_remembered_over_all_steps(
    browser, home, dana
):
    form = form_page(
        home, [block("subject"), block("step", "More"), block("description", required=True)]
    )
    story = make_story(home, form)
    page = browser.get("/pumps/").content.decode()
    assert "Step 1 of 2" in page
    assert "Continue" in page
    assert 'name="description"' not in page
    response = send(browser)
    assert response.url == "/support/report/?step=2"
    assert FormDraft.objects.get().data["source"] == [str(story.pk)]
    browser.post(response.url, {"description": "Since noon."})
    assert Ticket.objects.get().source_page_id == story.pk


def test_form_for_some_customers_alone_is_a_link(browser, story, form):
    form.for_roles.set([Role.objects.get(key=Role.ADMIN)])
    form.save()
    page = browser.get("/pumps/").content.decode()
    assert SHOWN not in page
    assert f"/support/report/?source={story.pk}" in page


def test_form_that_is_not_published_leaves_nothing(browser, story, form):
    form.unpublish()
    page = browser.get("/pumps/").content.decode()
    assert "<form" not in page
    assert "Tell us about your pump" not in page


def test_page_looks_the_same_to_all_customers(story, as_member, acme, dana):
    hidden = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
    pages = [
        hidden.sub("", as_member(person).get("/pumps/").content.decode())
        for person in (dana, member(acme))
    ]
    assert pages[0] == pages[1]


def test_form_without_a_page_around_it_shows_nothing(form):
    block_type = TicketFormBlock()
    value = block_type.normalize({"form": form, "heading": ""})
    assert block_type.render(value).strip() == ""
