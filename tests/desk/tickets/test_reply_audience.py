"""The team knows who can see a reply before it's sent, and who was notified afterwards."""

import uuid

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from tests import factories
from tests.desk.conftest import signed_in
from wagtail_portal import actions
from wagtail_portal.models import Role
from wagtail_portal.permissions import Actor


@pytest.fixture
def browser(db):
    return signed_in(factories.agent())


def url(name, ticket):
    return reverse(f"wagtailsnippets_wagtail_portal_ticket:{name}", args=[ticket.pk])


def screen(browser, ticket) -> str:
    return " ".join(browser.get(url("edit", ticket)).content.decode().split())


def send(browser, ticket) -> list[str]:
    data = {"reply-body": "Try again", "reply-submission_key": str(uuid.uuid4())}
    data["reply-status"] = ticket.status_id
    page = browser.post(url("reply", ticket), data, follow=True)
    sent = BeautifulSoup(page.content, "html.parser").select("[data-portal-sent]")
    return [" ".join(part.text.split()) for part in sent]


def end_access(member, how):
    if how == "role":
        member.role = Role.objects.get(key=Role.NO_ACCESS)
        member.save()
    elif how == "user":
        member.user.is_active = False
        member.user.save()
    else:
        actions.erase_member(member, by=Actor.system(), remove_texts=False)


def test_requester_with_access_is_notified(browser, ticket):
    assert "the requester and all followers can see this." in screen(browser, ticket)
    (message,) = send(browser, ticket)
    assert "Your reply was sent." in message


@pytest.mark.parametrize("how", ["role", "user", "erased"])
def test_requester_without_access_is_named(browser, ticket, dana, how):
    end_access(dana, how)
    page = screen(browser, ticket)
    assert "no customer will see this." in page
    assert "the requester and all followers can see this." not in page
    (message,) = send(browser, ticket)
    assert "no one was notified" in message
    assert ticket.messages.filter(body="Try again").exists()


def test_followers_are_still_notified(browser, ticket, dana, acme, team):
    actions.follow(ticket, by=team, member=factories.member(acme))
    end_access(dana, "role")
    assert "only followers can see this. Dana Reyes" in screen(browser, ticket)
    (message,) = send(browser, ticket)
    assert "sent to the followers" in message


def test_assignee_who_was_deactivated_is_named(browser, ticket, team):
    robin = factories.agent(name="Robin Gone")
    actions.assign(ticket, by=Actor.system(), assignee=robin)
    robin.is_active = False
    robin.save()
    assert "Robin Gone (deactivated)" in screen(browser, ticket)
