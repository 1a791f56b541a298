"""Deleting users, sites and pages says what depends on them, and what to do instead."""

import pytest
from django.contrib.auth import get_user_model
from wagtail.models import Site

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import Message, Status, Ticket
from wagtail_portal.pages.models import PortalHomePage, TicketFormPage
from wagtail_portal.permissions import Actor

from .conftest import go_on, text_of

User = get_user_model()


@pytest.fixture
def robin(ticket):
    """An agent who answered a ticket and is assigned to it."""
    user = factories.agent(name="Robin Vale")
    by = Actor.for_agent(user)
    actions.assign(ticket, by=by, assignee=user)
    actions.reply(ticket, by=by, body="It is the valve.")
    actions.add_note(ticket, by=by, body="Third time.")
    return user


def test_users(editor, robin, dana, ticket, browser):
    bulk = "bulk/{}/delete/?id={}".format(f"{User._meta.app_label}/{User._meta.model_name}", "{}")
    # A customer with tickets is refused everywhere, with the alternative.
    for url in (f"users/delete/{dana.user.pk}/", bulk.format(dana.user.pk)):
        page = text_of(editor.post(url, follow=True))
        assert "has opened tickets and can’t be deleted" in page
        assert "inactive instead" in page
    assert User.objects.filter(pk=dana.user.pk).exists()
    # The page for one agent, and the one for several, say what depends on them.
    one = text_of(editor.get(f"users/delete/{robin.pk}/"))
    assert "Robin Vale is assigned to 1 ticket" in one and "2 messages of theirs stay" in one
    assert f"/admin/users/edit/{robin.pk}/" in one
    response = editor.post(bulk.format(robin.pk))
    assert "Robin Vale is assigned to 1 ticket" in text_of(response)
    assert User.objects.filter(pk=robin.pk).exists()
    go_on(editor, response)
    assert not User.objects.filter(pk=robin.pk).exists()
    # Their name stays, for the team and for customers.
    for page in (
        browser.get(f"/support/tickets/{ticket.number}/"),
        editor.get(f"snippets/wagtail_portal/ticket/edit/{ticket.pk}/"),
    ):
        assert "Robin Vale" in text_of(page) and "deleted)" not in text_of(page)
    assert Message.objects.filter(author=None, former_author="Robin Vale").count() == 2


def test_statuses(editor, ticket, browser):
    """Only one status has to stay, of any state."""
    for status in Status.objects.exclude(pk=ticket.status_id):
        editor.post(f"snippets/wagtail_portal/status/delete/{status.pk}/")
    assert Status.objects.get() == ticket.status
    tabs = {tab["key"]: tab["count"] for tab in browser.get("/support/").context["tabs"]}
    assert tabs["all"] == tabs["open"] == 1 and not tabs.get("closed")
    assert editor.get("").status_code == 200
    inbox = editor.get("snippets/wagtail_portal/ticket/", follow=True)
    assert f"#{ticket.number}" in text_of(inbox)


def test_sites(editor, home, ticket):
    response = editor.post(f"sites/delete/{ticket.site_id}/", follow=True)
    assert "This site has 1 ticket and can’t be deleted" in text_of(response)
    assert Site.objects.filter(pk=ticket.site_id).exists()
    other = Site.objects.create(hostname="other.example", root_page=home.get_parent())
    assert editor.get(f"sites/delete/{other.pk}/").status_code == 200
    editor.post(f"sites/delete/{other.pk}/")
    assert not Site.objects.filter(pk=other.pk).exists()


def test_pages(editor, home, report, browser, send):
    send(browser, "/support/report/")
    send(browser, "/support/report/")
    assert Ticket.objects.filter(form=report).count() == 2
    for page, url in ((report, f"pages/{report.pk}"), (home, f"pages/{home.pk}")):
        text = text_of(editor.get(f"{url}/delete/"))
        assert "2 tickets came from" in text
        assert f"/admin/pages/{page.pk}/unpublish/" in text
        assert "referenced 2 times" in text and text.count("2 tickets came from") == 1
    assert "2 tickets of this site are shown in “Support”" in text
    response = editor.post(f"bulk/wagtailcore/page/delete/?id={home.pk}")
    assert "2 tickets came from “Support”" in text_of(response)
    assert PortalHomePage.objects.exists()
    go_on(editor, response)
    assert not PortalHomePage.objects.exists() and not TicketFormPage.objects.exists()
    assert Ticket.objects.count() == 2
