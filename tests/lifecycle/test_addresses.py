"""Addresses that were emailed still work after a portal or a form was renamed or moved."""

import pytest
from django.core import mail
from django.test import Client

from tests import factories
from tests.pages.ticket_form.test_anonymous import CODE
from wagtail_portal import actions
from wagtail_portal.models import Role, Ticket
from wagtail_portal.pages.models import PortalHomePage, TicketFormPage

from .conftest import text_of

ALLAUTH = "allauth.account.auth_backends.AuthenticationBackend"


def rename(editor, home, section):
    response = editor.edit(home, slug="help")
    assert response.status_code == 302, response.context["form"].errors
    return "/help/"


def move(editor, home, section):
    editor.move(home, section)
    return "/inside/support/"


def rename_section(editor, home, section):
    """The portal was moved first, so that there are two former addresses."""
    editor.move(home, section)
    assert editor.edit(section, slug="elsewhere").status_code == 302
    return "/elsewhere/support/"


@pytest.mark.parametrize("change", [rename, move, rename_section])
def test_addresses_from_emails(
    change, editor, home, report, contact, section, ticket, browser, acme, send,
    django_capture_on_commit_callbacks,
):  # fmt: skip
    home.save_revision().publish()
    visitor = Client()
    waiting = send(visitor, "/support/contact/", "kim@nowhere.example").url
    code = CODE.search(mail.outbox[-1].body).group()
    with django_capture_on_commit_callbacks(execute=True):
        actions.invite_member(
            acme,
            by=factories.SYSTEM,
            email="new@acme.example",
            role=Role.objects.get(key=Role.MEMBER),
            site=home.get_site(),
        )
    body = mail.outbox[-1].body
    invitation = "/support/" + body.partition("/support/")[2].split()[0]
    with django_capture_on_commit_callbacks(execute=True):
        new = change(editor, home, section)
    for url in (
        "",
        f"tickets/{ticket.number}/",
        f"tickets/{ticket.number}/?message=7",
        "notifications/",
        "new/",
        "report/",
        "?status=open",
    ):
        response = browser.get(f"/support/{url}")
        assert response.status_code == 302
        assert response.url == new + url
        assert "no-store" in response["Cache-Control"]
    assert browser.get(f"{new}tickets/{ticket.number}/").status_code == 200
    page = Client().get(invitation, follow=True)
    assert page.status_code == 200 and "Acme" in text_of(page)
    # What was being sent is sent, from the page that was still open.
    with django_capture_on_commit_callbacks(execute=True):
        response = visitor.post(waiting, {"code": code, "action": "verify"}, follow=True)
    assert response.redirect_chain[0] == (waiting.replace("/support/", new), 307)
    assert Ticket.objects.count() == 2
    body = {"body": "It is the valve", "submission_key": "55555555-5555-4555-8555-555555555555"}
    url = f"/support/tickets/{ticket.number}/reply/"
    assert browser.post(url, body, follow=True).status_code == 200
    assert ticket.messages.count() == 2
    for url in ("/support/nothing/", "/nothing/", "/support/tickets/99999/"):
        assert browser.get(url, follow=True).status_code == 404


def test_form_that_moves_while_it_is_filled_in(
    editor, home, report, contact, browser, dana, send, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        assert editor.edit(report, slug="problem").status_code == 302
        assert editor.edit(contact, slug="reach-us").status_code == 302
    response = send(browser, "/support/report/")
    assert (response.status_code, response.url) == (307, "/support/problem/")
    assert send(Client(), "/support/contact/", "kim@nowhere.example").url == "/support/reach-us/"
    # To another portal of the site.
    other = home.get_parent().add_child(instance=PortalHomePage(title="Two", slug="two"))
    editor.move(report, other)
    response = browser.get("/support/report/", follow=True)
    assert response.redirect_chain[-1][0] == "/two/problem/"
    # Signing in in between loses neither the text nor the way.
    late = Client()
    assert send(late, "/support/problem/").url == "/accounts/login/?next=/support/problem/"
    late.force_login(dana.user, backend=ALLAUTH)
    response = late.get("/support/problem/", follow=True)
    assert response.redirect_chain[-1][0] == "/two/problem/"
    assert "A long story" in text_of(response)
    # Back to where it was: nothing goes in circles.
    editor.move(report, home)
    assert browser.get("/support/problem/").status_code == 200
    assert browser.get("/two/problem/").url == "/support/problem/"
    editor.unpublish(TicketFormPage.objects.get(pk=report.pk))
    assert browser.get("/two/problem/").status_code == 404
    response = send(browser, "/two/problem/")
    assert response.status_code == 410
    assert "A long story" in text_of(response)


def test_former_addresses_do_not_tell_of_hidden_forms(
    editor, home, report, browser, acme, as_member, django_capture_on_commit_callbacks
):
    """Neither ours nor the redirects that Wagtail creates."""
    boss = factories.member(acme, role=Role.ADMIN)
    report.for_roles.set([Role.objects.get(key=Role.ADMIN)])
    report.save_revision().publish()
    with django_capture_on_commit_callbacks(execute=True):
        assert editor.edit(report, slug="merger-with-birch").status_code == 302
        assert editor.edit(home, slug="help").status_code == 302
    assert as_member(boss).get("/support/report/").url == "/help/merger-with-birch/"
    for person, status in ((browser, 404), (Client(), 302)):
        response = person.get("/support/report/")
        assert response.status_code == status
        assert "merger" not in text_of(response) + response.get("Location", "")
    # Signed out, it's the same as at its own address.
    assert Client().get("/help/merger-with-birch/").url.startswith("/accounts/login/")
