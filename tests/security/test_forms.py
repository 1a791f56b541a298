"""Forms that are submitted twice, by the wrong people, or after they were unpublished."""

import uuid

import pytest

from tests import factories
from tests.pages.ticket_form.review import reviewed
from wagtail_portal.models import FormDraft, Role, Ticket
from wagtail_portal.pages.models import TicketFormPage


@pytest.fixture
def steps(home):
    """A form with two steps."""
    blocks = [
        factories.block("subject"),
        factories.block("step", "More"),
        factories.block("description"),
    ]
    return factories.form_page(home, blocks)


def send(browser, step=1, key=None, **data):
    data = {"submission_key": key or str(uuid.uuid4()), **data}
    return browser.post(f"/support/report/{'?step=2' if step == 2 else ''}", data)


def test_review_submitted_twice_opens_one_ticket_and_redirects_to_it(browser, steps):
    key = str(uuid.uuid4())
    send(browser, subject="Stuck", key=key)
    review = send(browser, 2, description="x", key=key).url
    data = reviewed(browser, review)
    first, second = (browser.post(review, data) for _ in range(2))
    assert first.url == second.url == f"/support/tickets/{Ticket.objects.get().number}/"
    assert not FormDraft.objects.exists()


def test_required_file_is_not_missed_when_submitting_again(browser, home):
    blocks = [factories.block("subject"), factories.block("attachments", required=True)]
    factories.form_page(home, blocks)
    upload = browser.post("/support/uploads/", {"file": factories.upload()}).json()["id"]
    data = {"key": str(uuid.uuid4()), "subject": "x", "attachments-kept": upload}
    assert send(browser, **data).url == send(browser, **data).url
    assert Ticket.objects.count() == 1


def test_submission_key_of_another_person_reveals_nothing(browser, home, acme, as_member):
    factories.form_page(home)
    key = str(uuid.uuid4())
    data = {"subject": "x", "description": "d", "key": key}
    send(as_member(factories.member(acme)), **data)
    assert send(browser, subject="", key=key).status_code == 200
    send(browser, **data)
    assert Ticket.objects.count() == 2


def test_read_only_member_gets_a_message_in_a_form_with_steps(as_member, steps, acme):
    Role.objects.create(key="reader", name="Reader", can_edit_tickets=False)
    response = send(as_member(factories.member(acme, role="reader")), subject="x")
    assert response.status_code == 200
    assert "Your role in this organization doesn’t allow this." in response.content.decode()
    assert not FormDraft.objects.exists()


def test_newer_input_replaces_what_was_kept_during_sign_in(client, steps, dana):
    send(client, subject="Old words")
    client.force_login(dana.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Old words" in client.get("/support/report/").content.decode()
    send(client, subject="New words")
    page = client.get("/support/report/").content.decode()
    assert "New words" in page
    assert "Old words" not in page


class TestUnpublishedForm:
    @pytest.fixture
    def form(self, home):
        form = factories.form_page(home, title="Secret merger")
        form.unpublish()
        return form

    def test_input_is_given_back(self, browser, form):
        response = send(browser, subject="Typed")
        assert response.status_code == 410
        assert "Typed" in response.content.decode()

    def test_form_that_was_never_published_is_hidden(self, browser, form):
        TicketFormPage.objects.update(first_published_at=None)
        assert "Secret merger" not in send(browser, subject="x").content.decode()

    def test_form_is_hidden_from_roles_it_was_not_for(self, browser, form):
        form.for_roles.set([Role.objects.get(key=Role.ADMIN)])
        form.save()
        assert "Secret merger" not in send(browser, subject="x").content.decode()


def test_follower_is_found_whatever_the_case_of_the_address(browser, home, acme):
    kim = factories.member(acme)
    kim.user.email = "Kim@Acme.example"
    kim.user.save()
    factories.form_page(home, [factories.block("subject"), factories.block("followers")])
    lee = factories.member(acme, "lee@acme.example")
    send(browser, subject="x", followers="KIM@acme.example، lee@acme.example；")
    assert set(Ticket.objects.get().followers.all()) == {kim, lee}
