"""A site on two hosts, to which a load balancer sends requests in turn."""

import re
from html import unescape

import pytest

from tests.http_browser import Browser
from tests.pages.ticket_form.test_editor import form_data, question
from tests.security.fuzz import fields_of

FORM = "/support/leak/"
LOG = b"pressure 3 bar\n"
DESK = "/admin/snippets/wagtail_portal/ticket"
SETTINGS = "/admin/settings/wagtail_portal/portalsettings/"


@pytest.fixture(scope="package")
def form(staff) -> str:
    """The URL of a form with two steps, published on one host."""
    editor = staff("jonna")
    pages = editor.request("GET", "/admin/api/main/pages/?slug=support").json()["items"]
    (home,) = (page["id"] for page in pages if page["meta"]["slug"] == "support")
    questions = [("subject", question()), ("step", "Details")]
    questions += [("description", question()), ("attachments", question())]
    editor.post(
        f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home}/",
        form_data(*questions, **{"action-publish": "1"}),
    )
    return FORM


BUTTONS = ("discard", "go", "preview")


def answers_in(html: str) -> dict:
    """Return the values of a form's fields, without its buttons."""
    return {name: row for name, row in fields_of(html).items() if name not in BUTTONS}


def upload(browser: Browser):
    return browser.request("POST", "/support/uploads/", files={"file": ("pump.log", LOG)})


@pytest.fixture(scope="package")
def ticket_url(customer, form) -> str:
    """The URL of a ticket whose form was filled in on both hosts."""
    first = answers_in(customer.get(form))
    second_step = customer.post(form, {**first, "subject": "Water under pump 4"})
    # The next host knows the answer, and has a file that was uploaded to the other one.
    file = upload(customer).json()
    assert "Water under pump 4" in customer.get(form)
    answers = {
        **answers_in(customer.get(second_step)),
        "description": "Since this morning",
        "attachments-kept": f"{file['id']}/{file['name']}",
    }
    review = customer.post(second_step, answers)
    answers = answers_in(customer.get(review))
    url = customer.post(review, answers).partition("?")[0]
    # Sent again to the other host, as after a lost response.
    assert customer.post(review, answers).partition("?")[0] == url
    return url


def test_form_begun_on_one_host_is_sent_from_the_other(customer, ticket_url):
    for host in (0, 1):
        page = customer.get(ticket_url, host=host)
        assert "Since this morning" in page
        (file,) = set(re.findall(r"/support/files/[\w-]+/", page))
        assert customer.request("GET", file, host=host).content == LOG
        assert customer.get("/support/", host=host).count("Water under pump 4") == 1


def test_open_page_learns_of_a_reply_sent_on_the_other_host(customer, staff, ticket_url):
    page = customer.get(ticket_url, host=0)
    url, known, newest = (
        unescape(re.search(f'data-portal-{name}="([^"]+)"', page)[1])
        for name in ("live", "version", "newest")
    )

    def poll(host):
        headers = {"If-None-Match": known}
        return customer.request("GET", f"{url}?after={newest}", host=host, headers=headers)

    assert [poll(host).status_code for host in (0, 1)] == [304, 304]
    agent = staff("hanna")
    screen = re.search(rf"{DESK}/edit/\d+/", agent.get(f"{DESK}/?q=Water+under+pump"))[0]
    fields = fields_of(agent.get(screen))
    reply = {name: values for name, values in fields.items() if name.startswith("reply-")}
    agent.post(f"{screen}reply/", {**reply, "reply-body": "Close the valve"}, host=1)
    answers = [poll(host) for host in (0, 1)]
    assert ["Close the valve" in answer.text for answer in answers] == [True, True]
    known = answers[0].headers["ETag"]
    assert poll(1).status_code == 304


def test_limits_count_on_both_hosts_together(customer, ticket_url):
    # The form has used one of two.
    assert [upload(customer).status_code for _number in range(3)] == [200, 429, 429]


def test_agents_see_each_other_from_different_hosts(staff):
    first, second = staff("hanna"), staff("ravi")
    screen = re.search(rf"{DESK}/edit/\d+/", first.get(f"{DESK}/"))[0]
    report = {"state": "writing"}
    first.request("POST", f"{screen}presence/", data=report, host=0)
    for host in (1, 0):
        shown = second.request("POST", f"{screen}presence/", data=report, host=host).text
        assert "Hanna Vos is writing" in shown


def test_settings_changed_on_one_host_apply_on_the_other(customer, staff):
    superuser = staff("jonna")
    page = superuser.request("GET", SETTINGS).headers["Location"]
    for host, name in enumerate(("Pump help", "Valve help")):
        # Each host has the settings in its memory or the cache by now.
        assert all(name not in customer.get("/support/", host=other) for other in (0, 1))
        fields = {
            key: values
            for key, values in fields_of(superuser.get(page)).items()
            if "__prefix__" not in key
        }
        superuser.post(page, {**fields, "portal_name": name}, host=host)
        assert all(name in customer.get("/support/", host=other) for other in (0, 1))


def test_session_ends_on_both_hosts(open_browser, customer):
    thief = open_browser()
    thief.session.cookies.update(customer.session.cookies)
    thief.get("/support/")
    customer.post("/accounts/logout/", {})
    for host in (0, 1):
        assert thief.request("GET", "/support/", host=host).status_code == 302
