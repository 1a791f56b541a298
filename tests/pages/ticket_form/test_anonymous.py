"""A form for anyone: visitors verify their email address with a code before a ticket is opened."""

import re
import uuid
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.factories import block
from tests.pages.ticket_form.review import send_review
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    Attachment,
    JoinRequest,
    Member,
    Organization,
    OrganizationDomain,
    PendingRequest,
    PortalSettings,
    Role,
    Ticket,
)
from wagtail_portal.permissions import Actor

URL = "/support/contact/"
CODE = re.compile(r"\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b")
VISITOR = "kim@nowhere.example"


@pytest.fixture
def form(home):
    blocks = [block("subject"), block("description", required=True), block("attachments")]
    form = factories.form_page(home, blocks, title="Contact us", slug="contact")
    form.audience = "anyone"
    form.save()
    return form


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Run the callbacks that wait for the commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def send(commit, form):
    """Return ``send(browser, address)``, which submits the form and returns the response."""

    def send(browser, address=VISITOR, url=URL, **data):
        data = {"subject": "Hello", "description": "Do you ship?", **data}
        data = {"submission_key": uuid.uuid4(), **data}
        with commit():
            return browser.post(url, {"visitor-email": address, **data})

    return send


@pytest.fixture
def enter(commit):
    """Return ``enter(browser, url, code)``, which enters the code and returns the response."""

    def enter(browser, url, code=None, **data):
        code = code or CODE.search(mail.outbox[-1].body).group()
        with commit():
            return browser.post(url, {"code": code, "action": "verify", **data})

    return enter


def test_visitor_gets_a_ticket_number_but_no_access(client, send, enter):
    response = send(client, "Kim@Nowhere.example")
    assert not Ticket.objects.exists()
    assert not Member.objects.exists()
    page = client.get(response.url).content.decode()
    assert VISITOR in page
    assert [message.to for message in mail.outbox] == [[VISITOR]]
    done = enter(client, response.url)
    ticket = Ticket.objects.get()
    assert done.url == response.url
    page = client.get(done.url).content.decode()
    assert f"#{ticket.number}" in page
    assert "_auth_user_id" not in client.session
    assert ticket.subject == "Hello"
    assert ticket.requester.email == VISITOR
    assert ticket.requester.role.key == Role.NO_ACCESS
    assert ticket.organization.key == Organization.VISITORS
    assert ticket.form_title == "Contact us"
    assert PendingRequest.objects.get().data == {}


def test_member_is_signed_in_and_lands_on_the_ticket(client, send, enter, dana):
    response = enter(client, send(client, dana.email).url)
    ticket = Ticket.objects.get()
    assert response.url == f"/support/tickets/{ticket.number}/"
    assert ticket.requester == dana
    page = client.get(response.url).content.decode()
    assert "Do you ship?" in page
    assert f"Ticket #{ticket.number} was opened." in page


def test_invited_person_becomes_a_member_and_is_signed_in(client, send, enter, acme):
    actions.invite_member(acme, by=factories.SYSTEM, email=VISITOR)
    response = enter(client, send(client).url)
    assert Ticket.objects.get().organization == acme
    assert client.get(response.url).status_code == 200


@pytest.mark.parametrize("joining", ["direct", "approval", "off"])
def test_visitor_at_a_verified_domain_can_join(client, send, enter, acme, joining):
    acme.domain_joining = joining
    acme.save()
    OrganizationDomain.objects.create(
        organization=acme, domain="nowhere.example", verified_at=timezone.now()
    )
    url = send(client).url
    assert not Member.objects.exists()
    response = enter(client, url)
    joined = joining == "direct"
    assert Ticket.objects.get().organization.key == (None if joined else Organization.VISITORS)
    assert ("_auth_user_id" in client.session) is joined
    assert JoinRequest.objects.exists() is (joining == "approval")
    assert client.get(response.url).status_code == 200


@pytest.mark.parametrize("who", ["team", "superuser", "revoked", "deactivated", "staff member"])
def test_code_signs_in_nobody_else(client, send, enter, acme, who):
    if who in ("team", "superuser", "staff member"):
        person = factories.staff("Support agents", is_superuser=who == "superuser")
        if who == "staff member":
            factories.member(acme, person.email)
        address = person.email
    else:
        role = Role.NO_ACCESS if who == "revoked" else Role.ADMIN
        member = factories.member(acme, role=role)
        member.user.is_active = who == "revoked"
        member.user.save()
        address = member.email
    url = send(client, address).url
    assert enter(client, url).url == url
    assert "_auth_user_id" not in client.session
    assert Ticket.objects.get().organization.key == Organization.VISITORS
    assert f"#{Ticket.objects.get().number}" in client.get(url).content.decode()


def test_response_is_the_same_for_every_address(send, dana, acme):
    revoked = factories.member(acme, role=Role.NO_ACCESS)
    agent = factories.agent()

    def answer(address):
        browser = Client()
        response = send(browser, address)
        page = browser.get(response.url)
        body = re.sub(r'value="[^"]{30,}"', "", page.content.decode().replace(address, "ADDRESS"))
        return response.status_code, page.status_code, body

    answers = [answer(a) for a in (VISITOR, dana.email, revoked.email, agent.email)]
    assert answers[1:] == answers[:1] * 3
    assert len(mail.outbox) == 4


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=12, max_size=40))
def test_email_contains_none_of_the_input(send, words, settings):
    settings.WAGTAIL_PORTAL = {"VISITOR_CODES_PER_CLIENT": 0, "VISITOR_SAVES_PER_CLIENT": 0}
    mail.outbox.clear()
    address = f"{uuid.uuid4().hex}@nowhere.example"
    send(Client(), address, subject=words, description=f"{words} https://evil.example")
    message = mail.outbox[0]
    assert message.subject == "Your verification code for Support"
    for part in (message.subject, message.body, message.alternatives[0][0]):
        assert words not in part
        assert "evil.example" not in part
    assert not re.search(r"https?://", message.body)


def test_wrong_and_expired_codes_and_too_many_attempts(client, send, enter, settings):
    url = send(client).url
    code = CODE.search(mail.outbox[-1].body).group()
    response = enter(client, url, "BBBB-BBBB")
    assert response.status_code == 200
    assert "That code isn’t correct." in response.content.decode()
    for _try in range(4):
        enter(client, url, "BBBB-BBBB")
    assert "has expired" in enter(client, url, code).content.decode()
    client.post(url, {"action": "resend"})
    PendingRequest.objects.update(code_expires_at=timezone.now() - timedelta(seconds=1))
    assert "has expired" in enter(client, url).content.decode()
    assert not Ticket.objects.exists()


def test_saving_in_another_tab_gives_no_further_attempts_at_the_code(client, send, enter, form):
    url = send(client).url
    opened_before = PendingRequest.objects.get()
    enter(client, url, "BBBB-BBBB")
    args = {"site": opened_before.site, "client": "x", "data": {"subject": ["New"]}}
    request, _uploads = actions.save_request(form, request=opened_before, **args)
    assert (request.tries, request.data) == (1, args["data"])
    PendingRequest.objects.all().delete()
    # What was typed isn't lost.
    assert actions.save_request(form, request=request, **args)[0].data == args["data"]


def test_new_code_replaces_the_previous_one(client, send, enter, commit):
    url = send(client).url
    old = CODE.search(mail.outbox[-1].body).group()
    with commit():
        assert client.post(url, {"action": "resend"}).url == url
    assert enter(client, url, old).status_code == 200
    assert not Ticket.objects.exists()
    code = CODE.search(mail.outbox[-1].body).group().lower().replace("-", " ")
    enter(client, url, f" {code} ")
    assert Ticket.objects.count() == 1


def test_confirming_twice_opens_one_ticket(client, send, enter):
    url = send(client).url
    code = CODE.search(mail.outbox[-1].body).group()
    assert enter(client, url, code).url == enter(client, url, code).url == url
    assert Ticket.objects.count() == 1


def test_code_only_works_in_the_browser_that_sent_the_form(client, send, enter):
    url = send(client).url
    other = Client()
    assert other.get(url).status_code == 404
    assert enter(other, url).status_code == 404
    assert not Ticket.objects.exists()


def test_code_is_stored_as_a_digest(client, send):
    send(client)
    code = CODE.search(mail.outbox[-1].body).group()
    row = PendingRequest.objects.values().get()
    assert code not in str(row) and code.replace("-", "") not in str(row)
    assert len(row["code_digest"]) == 64


@pytest.mark.parametrize(
    ("limits", "address"),
    [
        ({"VISITOR_CODES_PER_ADDRESS": 2}, lambda n: f"kim+{n}@nowhere.example"),
        ({"VISITOR_CODES_PER_ADDRESS_A_DAY": 2}, lambda n: VISITOR),
        ({"VISITOR_CODES_PER_CLIENT": 2}, lambda n: f"kim{n}@nowhere.example"),
        ({"VISITOR_CODES_PER_SITE": 2}, lambda n: f"kim{n}@nowhere.example"),
        ({"VISITOR_SAVES_PER_CLIENT": 2}, lambda n: f"kim{n}@nowhere.example"),
    ],
)
def test_codes_are_limited(send, settings, limits, address):
    settings.WAGTAIL_PORTAL = limits
    for number in range(2):
        assert send(Client(), address(number)).status_code == 302
    response = send(Client(), address(2), description="A long story")
    assert "Try again in" in response.content.decode()
    assert "A long story" in response.content.decode()
    assert len(mail.outbox) == 2


def test_attempts_are_limited_per_address_across_requests(send, enter, settings):
    settings.WAGTAIL_PORTAL = {"VISITOR_TRIES_PER_ADDRESS": 2}
    for _number in range(2):
        browser = Client()
        enter(browser, send(browser).url, "BBBB-BBBB")
    browser = Client()
    response = enter(browser, send(browser).url)
    assert "Too many attempts" in response.content.decode()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "address", ["", "kim", "kim@nowhere", "kím@nowhere.example", "ſam@x.example", "a@b.c\x00d e"]
)
def test_invalid_address_is_rejected_at_the_field(client, send, address):
    response = send(client, address)
    assert response.status_code == 200
    assert response.context["form"].errors["visitor-email"]
    assert not mail.outbox


def test_lookalike_domain_is_a_different_address(client, send, enter, acme):
    factories.member(acme, "sam@example.com")
    enter(client, send(client, "sam@exámple.com").url)
    assert mail.outbox[0].to == ["sam@xn--exmple-qta.com"]
    assert Ticket.objects.get().organization.key == Organization.VISITORS
    assert "_auth_user_id" not in client.session


def test_input_and_files_are_kept_after_an_error(client, send, enter):
    response = send(client, subject="", attachments=factories.upload("log.txt"))
    assert response.status_code == 200
    kept = Attachment.objects.get()
    assert kept.uploader is None
    page = client.get(URL).content.decode()
    assert "Do you ship?" in page
    assert "log.txt" in page
    url = send(client, **{"attachments-kept": str(kept.pk)}).url
    assert 'value="Hello"' in client.get(URL).content.decode()
    enter(client, url)
    assert Ticket.objects.get().messages.get().attachments.get() == kept
    assert 'value="Hello"' not in client.get(URL).content.decode()


def test_files_of_another_visitor_cannot_be_used(client, send, enter):
    other = Client()
    send(other, subject="", attachments=factories.upload("secret.txt"))
    kept = Attachment.objects.get()
    response = send(client, **{"attachments-kept": str(kept.pk)})
    assert "An attached file is no longer available" in response.content.decode()
    assert not Ticket.objects.exists()


def test_nobody_locks_a_visitor_out_of_their_own_browser(send, enter, settings):
    own = Client()
    enter(own, send(own).url)
    settings.WAGTAIL_PORTAL = {
        **dict.fromkeys(("VISITOR_TRIES_PER_ADDRESS", "VISITOR_CODES_PER_SITE"), 3),
        **dict.fromkeys(("VISITOR_CODES_PER_ADDRESS", "VISITOR_CODES_PER_ADDRESS_A_DAY"), 3),
    }
    for _number in range(2):
        stranger = Client()
        enter(stranger, send(stranger).url, "BBBB-BBBB")
    assert "Try again in" in send(Client()).content.decode()
    url = send(own).url
    assert "isn’t correct" in enter(own, url, "BBBB-BBBB").content.decode()
    enter(own, url)
    assert Ticket.objects.count() == 2
    assert "Try again in" in send(own, "other@nowhere.example").content.decode()


def test_one_client_does_not_use_up_the_space_of_all(client, send, settings):
    settings.WAGTAIL_PORTAL = {"VISITOR_FILES_MB_PER_CLIENT": 1}
    big = factories.upload("big.txt", b"x" * 900_000)
    assert send(client, attachments=big).status_code == 302
    response = send(Client(), attachments=factories.upload("more.txt", b"x" * 900_000))
    assert "Try again in" in response.content.decode()
    other = Client(REMOTE_ADDR="198.51.100.1")
    assert send(other, attachments=factories.upload("a.txt", b"x" * 900_000)).status_code == 302


def test_uploads_of_all_visitors_share_one_limit(client, send, settings):
    settings.WAGTAIL_PORTAL = {"VISITOR_FILES_MB": 1}
    big = factories.upload("big.txt", b"x" * 900_000)
    assert send(client, attachments=big).status_code == 302
    response = send(Client(), attachments=factories.upload("more.txt", b"x" * 900_000))
    assert "Try again in" in response.content.decode()
    assert Attachment.objects.count() == 1


def test_input_is_given_back_if_the_form_was_unpublished_meanwhile(client, form, send, enter):
    url = send(client).url
    form.unpublish()
    response = enter(client, url)
    assert response.status_code == 410
    assert "Do you ship?" in response.content.decode()
    assert "Do you ship?" in send(client).content.decode()
    form.delete()
    assert "Do you ship?" in send(client).content.decode()
    response = enter(client, url)
    assert response.status_code == 410
    assert "Do you ship?" in response.content.decode()


def test_form_changed_meanwhile_is_submitted_again_without_a_new_code(client, form, send, enter):
    url = send(client).url
    more = block("question_text", label="Country", required=True, width="full", id=None)
    form.questions = form._meta.get_field("questions").to_python(
        [block("subject"), block("description"), more]
    )
    form.save()
    response = enter(client, url)
    assert response.url == URL
    page = client.get(URL).content.decode()
    assert "the form has changed" in page
    assert "Do you ship?" in page
    name = re.search(r'name="(q-[^"]+)"', page)[1]
    assert send(client, **{name: "Norway"}).url == url
    assert Ticket.objects.get().answers[0]["display"] == "Norway"
    assert len([m for m in mail.outbox if "code" in m.subject]) == 1


def test_answer_to_a_question_removed_meanwhile_is_given_back(client, form, send, enter):
    url = send(client).url
    form.questions = form._meta.get_field("questions").to_python([block("subject")])
    form.save()
    assert enter(client, url).url == URL
    assert not Ticket.objects.exists()
    page = client.get(URL).content.decode()
    assert "no longer asks for what you wrote" in page
    assert "Do you ship?" in page
    typed = {"subject": "Do you ship?", "visitor-email": VISITOR, "submission_key": uuid.uuid4()}
    assert client.post(URL, typed).url == url
    assert Ticket.objects.get().subject == "Do you ship?"


def test_different_address_needs_a_new_code(client, send, enter):
    url = send(client).url
    enter_first = CODE.search(mail.outbox[-1].body).group()
    send(client, "other@nowhere.example")
    assert enter(client, url, enter_first).status_code == 200
    enter(client, url)
    assert Ticket.objects.get().requester.email == "other@nowhere.example"


def test_signed_in_member_uses_the_form_as_usual(as_member, dana, form):
    browser = as_member(dana)
    assert "visitor-email" not in browser.get(URL).content.decode()
    data = {"submission_key": uuid.uuid4(), "subject": "x", "description": "d"}
    response = browser.post(URL, {**data, "visitor-email": VISITOR})
    assert response.url == f"/support/tickets/{Ticket.objects.get().number}/"
    assert not mail.outbox
    assert browser.get("/support/new/").url == URL


def test_form_with_steps(client, home, send, enter, commit):
    fork = block("question_yes_no", label="Urgent?", required=True, width="full")
    page = factories.form_page(
        home,
        [
            *(block("subject"), fork, block("attachments"), block("followers")),
            *(block("step", "More"), block("description")),
        ],
        title="Steps",
        slug="steps",
    )
    page.audience = "anyone"
    page.save()
    first = client.get("/support/steps/?subject=Prefilled").content.decode()
    assert "Prefilled" in first
    assert "Followers" not in first
    assert not PendingRequest.objects.exists()
    name = re.search(r'name="(q-[^"]+)"', first)[1]
    file = factories.upload("log.txt")
    data = {"subject": "In steps", name: "yes", "attachments": file}
    response = client.post("/support/steps/", data)
    assert response.url == "/support/steps/?step=2"
    assert "Your email address" in client.get(response.url).content.decode()
    response = client.post(response.url, {"description": "No address"})
    assert "Enter an email address." in client.get(response.url).content.decode()
    data = {"subject": "In steps", "description": "At last"}
    review = send(client, url="/support/steps/?step=2", **data).url
    assert review == "/support/steps/?step=3"
    assert VISITOR in client.get(review).content.decode()
    with commit():
        url = send_review(client, review).url
    enter(client, url)
    ticket = Ticket.objects.get()
    assert ticket.subject == "In steps"
    assert ticket.messages.get().body == "At last"
    assert ticket.messages.get().attachments.get().name == "log.txt"


def test_replies_are_emailed_without_a_link(client, send, enter, commit, monkeypatch):
    monkeypatch.setattr("wagtail_portal.notifications.context.MAX_ATTACHMENT_BYTES", 1000)
    enter(client, send(client).url)
    ticket = Ticket.objects.get()
    confirmation = mail.outbox[-1]
    assert confirmation.to == [VISITOR]
    agent = Actor.for_agent(factories.agent(name="Robin Vale"))
    with commit():
        large = factories.upload("large.txt", b"x" * 1001)
        files = [large, factories.upload("price list.pdf", b"%PDF-1.7 x")]
        actions.reply(ticket, by=agent, body="Yes, **we do**", attachments=files)
    answer = mail.outbox[-1]
    assert answer.to == [VISITOR]
    assert "we do" in answer.body
    for message in (confirmation, answer):
        for part in (message.body, message.alternatives[0][0]):
            assert "http" not in part.replace("http-equiv", "")
    # A file that's too large doesn't keep back the others.
    assert [name for name, *_content in answer.attachments] == ["price list.pdf"]
    assert "large.txt" in answer.body


def test_visitors_never_get_access(client, send, enter, acme):
    enter(client, send(client).url)
    visitor = Ticket.objects.get().requester
    visitor.role = Role.objects.get(key=Role.ADMIN)
    visitor.save()
    client.force_login(visitor.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/support/").status_code == 403
    assert client.get(f"/support/tickets/{Ticket.objects.get().number}/").status_code == 403
    member = Role.objects.get(key=Role.MEMBER)
    for attempt in (
        lambda: actions.create_member(visitor.organization, by=factories.SYSTEM, email="a@b.cd"),
        lambda: actions.invite_member(visitor.organization, by=factories.SYSTEM, email="a@b.cd"),
        lambda: actions.change_role(visitor, by=factories.SYSTEM, role=member),
    ):
        with pytest.raises(Invalid):
            attempt()


def test_unconfirmed_requests_are_deleted(client, send, portal_files):
    send(client, attachments=factories.upload())
    two_days = timedelta(days=2)
    assert actions.discard_requests(older_than=two_days) == 0
    long_ago = timezone.now() - timedelta(hours=49)
    PendingRequest.objects.update(updated_at=long_ago)
    Attachment.objects.update(created_at=long_ago)
    assert actions.discard_requests(older_than=two_days) == 1
    assert actions.discard_uploads(older_than=two_days) == 1
    assert not PendingRequest.objects.exists()
    assert not Attachment.objects.exists()


def test_file_that_was_deleted_before_the_code_was_entered_is_missed(client, send, enter):
    url = send(client, attachments=factories.upload("log.txt")).url
    actions.discard_uploads(older_than=-timedelta(hours=1))
    assert enter(client, url).url == URL
    page = client.get(URL).content.decode()
    assert "“log.txt” is no longer available" in page and "Do you ship?" in page
    assert not Ticket.objects.exists()


def test_responses_are_not_cached_and_get_changes_nothing(client, send, enter):
    response = client.get(URL)
    assert "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
    assert not PendingRequest.objects.exists()
    url = send(client).url
    for address in (URL, url, f"/support/requests/{uuid.uuid4()}/"):
        response = client.get(address)
        assert "no-store" in response["Cache-Control"]
        assert "private" in response["Cache-Control"]
    assert not Ticket.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(URL, {"subject": "x"}).status_code == 403


def test_unreachable_mail_server_does_not_change_the_response(
    client, send, enter, mail_server, commit
):
    mail_server(up=False)
    url = send(client).url
    assert client.get(url).status_code == 200
    mail_server(up=True)
    with commit():
        client.post(url, {"action": "resend"})
    enter(client, url)
    assert Ticket.objects.count() == 1


def test_form_for_customers_still_requires_signing_in(client, home):
    factories.form_page(home)
    assert client.get("/support/report/").url.startswith("/accounts/login/")


def test_email_comes_from_the_portal(client, send, home):
    settings = PortalSettings.for_site(home.get_site())
    settings.portal_name, settings.sender_address = "Acme Help", "help@company.example"
    settings.save()
    send(client)
    assert mail.outbox[0].from_email == "Acme Help <help@company.example>"
    assert "Acme Help" in mail.outbox[0].subject


def test_visitors_name_is_kept_and_the_last_page_says_what_happens_next(client, send, enter):
    url = send(client, **{"visitor-name": "Kim\u202e Osei"}).url
    assert "Osei" not in mail.outbox[-1].body
    enter(client, url)
    ticket = Ticket.objects.get()
    assert ticket.requester.name == "Kim Osei" and "visitor-name" not in ticket.values
    page = client.get(url)
    html = BeautifulSoup(page.content, "html.parser")
    assert "What happens next" in html.get_text() and VISITOR in html.get_text()
    assert [link["href"] for link in html.select("main a")] == [URL, "http://localhost"]
    # Someone else's name doesn't change, whoever sends the form with their address.
    enter(client, send(client, **{"visitor-name": "Support"}).url)
    assert {row.requester.name for row in Ticket.objects.all()} == {"Kim Osei"}


def test_customer_signs_in_and_keeps_what_was_typed(client, dana, form, home):
    steps = factories.form_page(
        home, [block("subject"), block("step", "More"), block("description")], slug="steps"
    )
    type(steps).objects.update(audience="anyone")
    client.post("/support/steps/", {"subject": "First step"})
    for url, data in (
        (URL, {"subject": "Typed", "description": "All of it"}),
        ("/support/steps/?step=2", {"description": "Second step"}),
    ):
        assert "Already a customer?" in client.get(url).content.decode()
        answer = client.post(url, {**data, "visitor-email": "x", "go": "sign-in"})
        assert answer.url.startswith("/accounts/login/?next=/support/")
    client.force_login(dana.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(URL).content.decode()
    assert "All of it" in page and 'value="Typed"' in page and "Already a customer?" not in page
    assert "We’ve kept what you wrote." in page and "sign in again" not in page
    # Both steps, although the form is begun anew.
    assert client.get("/support/steps/?step=2").url == "/support/steps/"
    assert 'value="First step"' in client.get("/support/steps/").content.decode()
    url = client.post("/support/steps/", {"subject": "First step"}).url
    assert "Second step" in client.get(url).content.decode()
