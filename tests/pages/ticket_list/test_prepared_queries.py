"""Lists without search and filters share their queries, and show the same as if they didn't."""

from itertools import product

import pytest
from django.db.models.sql.compiler import SQLCompiler
from wagtail.models import Page, Site

from tests import factories
from tests.pages.ticket_list.lists import designate, months_ago, numbers
from tests.thorough import THOROUGH
from wagtail_portal import actions
from wagtail_portal.models import Follower, PortalSettings, Role, SavedFilter, Ticket
from wagtail_portal.pages.ticket_list import listing, query
from wagtail_portal.pages.ticket_list.menus import SCOPES, TABS
from wagtail_portal.permissions import Actor

#: Every fifth, which occur with each value of each parameter.
LISTS = [
    f"?tab={tab}&scope={scope}&period={period}&sort={sort}"
    for tab, scope, period, sort in product(TABS, SCOPES, ("", "all"), ("", "updated"))
][:: 1 if THOROUGH else 5] + ["?page=2", "?page=3&period=all", "?page=9", "?sort=subject"]


@pytest.fixture
def people(home, acme, dana):
    """An admin and two members of Acme, and an admin elsewhere, with tickets of every kind."""
    designate(home, "assignee", "status")
    other, elsewhere = factories.member(acme), factories.organization()
    admins = [factories.member(company, role=Role.ADMIN) for company in (acme, elsewhere)]
    closed, waiting = factories.status("closed"), factories.status("waiting-on-customer")
    for requester in (dana, other, *admins):
        factories.ticket(requester, status=waiting, assignee=factories.agent())
        private = factories.ticket(requester, at=months_ago(2))
        Ticket.objects.filter(pk=private.pk).update(private=True)
        old = factories.ticket(requester, at=months_ago(20))
        actions.change_status(old, by=Actor.system(), status=closed, at=months_ago(19))
        actions.reply(
            factories.ticket(requester), by=Actor.for_agent(factories.agent()), body="Hello"
        )
    followed = factories.ticket(other, status=waiting)
    Follower.objects.create(ticket=followed, member=dana)
    SavedFilter.objects.create(member=dana, name="Mine", query="tab=open")
    return [dana, other, *admins]


def shown(page) -> tuple:
    """Return what the queries of a list have found."""
    tickets = page.context["list"]
    rows = [
        (row.ticket, row.unread, row.excerpt, row.cells, row.requester_name)
        for row in page.context["rows"]
    ]
    urls = page.context["next_url"], page.context["previous_url"]
    return rows, page.context["tabs"], tickets.choices, tickets.older, urls


def test_prepared_lists_show_the_same_as_others(people, as_member, settings, monkeypatch):
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_PAGE": 2}
    browsers = [as_member(member) for member in people]

    def read(browser, params):
        """Return what a list and the pages next to it show."""
        page = browser.get(f"/support/{params}")
        found = [shown(page)]
        for name in ("next_url", "previous_url"):
            while url := page.context[name]:
                page = browser.get(f"/support/{url}")
                found.append(shown(page))
        return found

    wanted = {}
    with monkeypatch.context() as context:
        for module, name in ((query, "page_by_activity"), (listing, "load_choices")):
            build = getattr(module, name).__wrapped__
            context.setattr(module, name, lambda *args, build=build: list(build(*args)))
        for params in LISTS:
            wanted[params] = [read(browser, params) for browser in browsers]
    assert any(rows for pages in wanted.values() for found in pages for rows, *_more in found)
    for params in LISTS:
        assert [read(browser, params) for browser in browsers] == wanted[params], params


def test_tickets_of_other_sites_are_left_out_of_a_shared_query(people, as_member, home):
    browser = as_member(people[0])
    before = numbers(browser.get("/support/"))
    root = home.get_parent().add_child(instance=Page(title="Shop", slug="shop"))
    shop = Site.objects.create(hostname="shop.example", root_page=root)
    Ticket.objects.filter(number=before[0]).update(site=shop)
    assert numbers(browser.get("/support/")) == before[1:]
    settings = PortalSettings.for_site(home.get_site())
    settings.show_other_sites = True
    settings.save()
    assert numbers(browser.get("/support/")) == before


def test_queries_are_made_once_for_all_members(people, as_member, monkeypatch):
    dana, other, admin, stranger = people
    as_member(dana).get("/support/?tab=open")
    as_member(admin).get("/support/")
    made = []
    make = SQLCompiler.as_sql

    def as_sql(self, *args, **kwargs):
        made.append(self.query.model)
        return make(self, *args, **kwargs)

    monkeypatch.setattr(SQLCompiler, "as_sql", as_sql)
    assert numbers(as_member(other).get("/support/?tab=open"))
    assert numbers(as_member(stranger).get("/support/"))
    assert made
    assert Ticket not in made
