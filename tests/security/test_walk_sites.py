"""Two sites of a project, each with a portal: every URL, for every kind of person."""

import re

import pytest
from django.core import mail
from django.test import Client
from wagtail.models import Page, Site

from tests import factories
from tests.security import scenario as scenario_module
from tests.security.scenario import BACKEND, READS, TICKETS, secret
from tests.security.test_walk import all_rows, content
from wagtail_portal import actions
from wagtail_portal.models import PortalSettings, Ticket
from wagtail_portal.pages.models import PortalHomePage
from wagtail_portal.permissions import Actor

SHOP = "shop.example"
#: Every page about a ticket or its files.
PAGES = [
    *("tickets/{number}/", "tickets/{number}/followers/", "tickets/{number}/guests/"),
    *("tickets/{number}/follow-up/", "shared/{number}/", "shared/{number}/files/{file}/"),
    *("files/{file}/", "files/{picture}/", "files/{picture}/small/"),
]
POSTS = [
    *("tickets/{number}/reply/", "tickets/{number}/close/", "tickets/{number}/reopen/"),
    *("tickets/{number}/privacy/", "tickets/{number}/following/", "tickets/{number}/rating/"),
    *("tickets/{number}/fields/", "tickets/{number}/read/", "tickets/{number}/followers/"),
    *("tickets/{number}/guests/", "tickets/{number}/edit/", "shared/{number}/reply/"),
    *("shared/{number}/leave/", "shared/{number}/accept/"),
]
#: Every page with several tickets.
LISTS = [
    *("", "?tab=all&period=all", "?q=secret", "?q=Subject", "filters/", "export/csv/?period=all"),
    *("members/", "new/", "profile/", "organization/", "notifications/"),
]
#: Beside the pages of the portal.
LIVE = ["/accounts/updates/", "/accounts/updates/{number}/"]


PEOPLE = ("dana", "admin", "in both", "guest", "agent")
NAMES = ("plain", "teammates", "foreign")
#: Lists show the tickets of one organization.
LISTED = {**READS, "in both": {"teammates"}}


def shop_secret(name: str) -> str:
    return f"shop-{secret(name)}"


@pytest.fixture
def two_portals(db):
    """The scenario, and tickets of the same people in the portal of a second site.

    Returns the scenarios of both by host name.
    """
    first = scenario_module.build()
    root = Page.objects.get(depth=1).add_child(instance=Page(title="Shop", slug="shop"))
    root.add_child(instance=PortalHomePage(title="Support", slug="support"))
    site = Site.objects.create(hostname=SHOP, root_page=root)
    PortalSettings.objects.update_or_create(site=site, defaults={"customers_share": True})
    second = scenario_module.Scenario(users=first.users)
    for name in TICKETS[:-1]:
        like = Ticket.objects.get(number=first.numbers[name])
        files = [
            factories.upload(f"{shop_secret(name)}.txt", shop_secret(name).encode()),
            factories.picture(f"{shop_secret(name)}.png"),
        ]
        ticket = factories.ticket(
            like.requester,
            f"Subject {shop_secret(name)}",
            f"Body {shop_secret(name)}",
            site=site,
            attachments=files,
            followers=list(like.followers.all()),
            notify=False,
        )
        Ticket.objects.filter(pk=ticket.pk).update(private=like.private)
        file, picture = ticket.messages.get().attachments.all()
        second.numbers[name] = ticket.number
        second.files[name], second.pictures[name] = file.pk, picture.pk
        if name == "plain":
            by, guest = Actor.for_member(ticket.requester), first.users["guest"]
            actions.share_ticket(ticket, by=by, email=guest.email, notify=False)
            actions.accept_shares(guest, email=guest.email)
    factories.make_thumbnails()
    return {"testserver": first, SHOP: second}


def secrets_of(host) -> dict[str, str]:
    make = shop_secret if host == SHOP else secret
    return {name: make(name) for name in TICKETS}


def found_in(text, host) -> set[str]:
    """Return the tickets of a site whose secret is in the text."""
    if host != SHOP:
        text = re.sub("|".join(map(shop_secret, TICKETS)), "", text)
    return {name for name, word in secrets_of(host).items() if word in text}


def fill(pattern, scenario, name) -> str:
    return pattern.format(
        number=scenario.numbers[name], file=scenario.files[name], picture=scenario.pictures[name]
    )


def test_each_portal_shows_the_tickets_of_its_own_site(two_portals, record_property):
    walked, before = 0, all_rows()
    scenario = two_portals["testserver"]
    for host, other in (("testserver", SHOP), (SHOP, "testserver")):
        for person, browser in scenario.browsers():
            if person not in PEOPLE:
                continue
            seen = set()
            for path in LISTS:
                text = content(browser.get(f"/support/{path}", HTTP_HOST=host))
                assert found_in(text, other) == set(), (host, person, path)
                seen |= found_in(text, host)
                walked += 1
            assert LISTED[person] <= seen, (host, person)
            for name in NAMES:
                for path in PAGES:
                    url = f"/support/{fill(path, two_portals[other], name)}"
                    response = browser.get(url, HTTP_HOST=host)
                    assert response.status_code in (302, 403, 404), (host, person, url)
                    assert found_in(content(response), other) == set(), (host, person, url)
                for path in POSTS:
                    url = f"/support/{fill(path, two_portals[other], name)}"
                    browser.post(url, {"body": "x", "email": "x@y.example"}, HTTP_HOST=host)
                for path in LIVE:
                    response = browser.get(fill(path, two_portals[other], name), HTTP_HOST=host)
                    assert found_in(content(response), other) == set(), (host, person, path)
                walked += len(PAGES) + len(POSTS) + len(LIVE)
    # Nothing that was sent to the wrong portal has changed a ticket.
    tickets = {row.number: row for row in Ticket.objects.all()}
    assert all(row.messages.count() == 2 or row.site.hostname == SHOP for row in tickets.values())
    assert len(before) == len(all_rows())
    record_property("walked", walked)


def test_portals_can_share_their_tickets(two_portals):
    PortalSettings.objects.filter(site__hostname=SHOP).update(show_other_sites=True)
    # As saving them would.
    PortalSettings.objects.get(site__hostname=SHOP).save()
    for person, browser in two_portals[SHOP].browsers():
        if not READS[person]:
            continue
        for host, shown in (("testserver", {"testserver"}), (SHOP, {"testserver", SHOP})):
            seen = content(browser.get("/support/?tab=all&period=all", HTTP_HOST=host))
            for other in two_portals:
                wanted = LISTED[person] if other in shown else set()
                assert found_in(seen, other) == wanted, (person, host, other)


def test_emails_lead_to_the_portal_of_the_ticket(two_portals, django_capture_on_commit_callbacks):
    agent = Actor.for_agent(two_portals[SHOP].users["agent"])
    for host, scenario in two_portals.items():
        ticket = Ticket.objects.get(number=scenario.numbers["followed"])
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            actions.reply(ticket, by=agent, body="Close the valve")
        assert len(mail.outbox) >= 2
        for message in mail.outbox:
            links = re.findall(r"https?://[^/\s>]+", message.body)
            wanted = "http://shop.example" if host == SHOP else "http://localhost"
            assert links and set(links) == {wanted}, message.body


def test_team_tells_the_sites_apart(two_portals):
    browser = Client()
    browser.force_login(factories.agent(), backend=BACKEND)
    url = "/admin/snippets/wagtail_portal/ticket/"
    text = content(browser.get(url))
    assert 'name="site"' in text and SHOP in text
    assert found_in(text, SHOP) and found_in(text, "testserver")
    shop = Site.objects.get(hostname=SHOP)
    text = content(browser.get(f"{url}?site={shop.pk}"))
    assert found_in(text, SHOP) and not found_in(text, "testserver")
    ticket = Ticket.objects.filter(site=shop).first()
    assert SHOP in content(browser.get(f"{url}edit/{ticket.pk}/"))


def test_team_with_one_site_sees_no_column_for_it(home, dana):
    factories.ticket(dana)
    browser = Client()
    browser.force_login(factories.agent(), backend=BACKEND)
    text = content(browser.get("/admin/snippets/wagtail_portal/ticket/"))
    assert 'name="site"' not in text and ">Site<" not in re.sub(r"\s+", "", text)
