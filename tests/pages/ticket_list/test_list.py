"""The ticket list: contents, order and number of queries."""

from datetime import datetime, time, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import DesignatedField, PortalSettings, Role
from wagtail_portal.permissions import Actor


def numbers(response) -> list[int]:
    return [row.ticket.number for row in response.context["rows"]]


def months_ago(months):
    return timezone.now() - timedelta(days=months * 30.5)


def test_most_recently_active_ticket_comes_first(browser, home, dana):
    old = factories.ticket(dana, "First", at=months_ago(3))
    new = factories.ticket(dana, "Second", at=months_ago(2))
    assert numbers(browser.get("/support/")) == [new.number, old.number]
    actions.reply(old, by=Actor.for_member(dana), body="Any news?")
    assert numbers(browser.get("/support/")) == [old.number, new.number]
    assert "Any news?" in browser.get("/support/").content.decode()


def test_last_year_is_shown_by_default(browser, home, dana):
    old = factories.ticket(dana, "Long ago", at=months_ago(14))
    assert "Long ago" not in browser.get("/support/").content.decode()
    assert browser.get("/support/").context["empty"] == "older"
    assert numbers(browser.get("/support/?period=all")) == [old.number]
    settings = PortalSettings.for_site(home.get_site())
    settings.months_shown = 24
    settings.save()
    assert numbers(browser.get("/support/")) == [old.number]


def test_last_months_begin_with_a_day_of_the_reader(browser, home, dana, settings):
    settings.TIME_ZONE = "Pacific/Kiritimati"
    today = timezone.localdate()
    is_leap_day = (today.month, today.day) == (2, 29)
    first = today.replace(year=today.year - 1, day=28 if is_leap_day else today.day)
    begin = timezone.make_aware(datetime.combine(first, time.min))
    shown = factories.ticket(dana, at=begin)
    factories.ticket(dana, at=begin - timedelta(seconds=1))
    assert numbers(browser.get("/support/")) == [shown.number]


def test_private_tickets_are_marked(browser, home, dana):
    factories.ticket(dana, "Ours")
    private = factories.ticket(dana, "Mine alone")
    actions.set_privacy(private, by=Actor.for_member(dana), private=True)
    rows = BeautifulSoup(browser.get("/support/").content, "html.parser").select("[role=rowheader]")
    marked = {row.a.get_text(): "Private" in row.get_text() for row in rows}
    assert marked == {"Ours": False, "Mine alone": True}


def test_tabs(browser, home, dana):
    by = Actor.for_agent(factories.agent())
    opened = factories.ticket(dana)
    waiting = factories.ticket(dana)
    actions.reply(waiting, by=by, body="Which browser?")
    closed = factories.ticket(dana)
    actions.change_status(closed, by=by, status=factories.status("closed"))
    assert set(numbers(browser.get("/support/?tab=open"))) == {opened.number, waiting.number}
    assert numbers(browser.get("/support/?tab=closed")) == [closed.number]
    response = browser.get("/support/?tab=needs-reply")
    assert numbers(response) == [waiting.number]
    assert response.context["tabs"][0]["count"] == 1


def test_tickets_wait_on_those_who_take_part(as_member, home, acme, dana):
    """The tab and its count only have tickets that wait for the reader's own reply."""
    ada = factories.member(acme, name="Ada Byron")
    admin = factories.member(acme, role=Role.ADMIN)
    waiting = factories.status("waiting-on-customer")
    hers = factories.ticket(ada, "Hers", status=waiting)
    followed = factories.ticket(ada, "Followed", status=waiting)
    actions.follow(followed, by=Actor.for_member(ada), member=admin)
    own = factories.ticket(admin, "Own", status=waiting)

    def statuses(member):
        page = BeautifulSoup(as_member(member).get("/support/").content, "html.parser")
        rows = page.select(".portal-ticket-row")
        return {row.a.get_text(): row.select_one(".portal-status").get_text() for row in rows}

    yours = waiting.label
    assert statuses(admin) == {"Own": yours, "Followed": yours, "Hers": "Waiting on Ada"}
    assert statuses(ada) == {"Followed": yours, "Hers": yours}
    response = as_member(admin).get("/support/?tab=needs-reply")
    assert set(numbers(response)) == {followed.number, own.number}
    assert response.context["tabs"][0]["count"] == 2
    export = as_member(admin).get("/support/export/csv/")
    assert "Waiting on Ada" in b"".join(export.streaming_content).decode()
    page = as_member(admin).get(f"/support/tickets/{hers.number}/").content.decode()
    assert "Waiting on Ada" in page and yours not in page


def test_every_tab_has_a_count_and_the_page_says_what_it_shows(browser, home, dana, settings):
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_PAGE": 2}
    for _number in range(3):
        factories.ticket(dana)
    factories.ticket(dana, status=factories.status("closed"))
    first = browser.get("/support/")
    assert [tab["count"] for tab in first.context["tabs"]] == [None, 3, 1, 4]
    assert "1–2 of 4" in first.content.decode()
    assert "3–3 of 3" in browser.get("/support/?tab=open&page=2").content.decode()


def test_times_have_one_format_in_the_list_and_one_on_a_ticket(browser, home, dana):
    settings = PortalSettings.for_site(home.get_site())
    settings.save()
    DesignatedField.objects.create(settings=settings, builtin="opened")
    ticket = factories.ticket(dana, at=timezone.now() - timedelta(hours=2, minutes=1))
    page = BeautifulSoup(browser.get("/support/").content, "html.parser")
    times = page.select(".portal-ticket-row time [aria-hidden]")
    assert [row.get_text() for row in times] == ["2 h", "2 h"]
    actions.close_ticket(ticket, by=Actor.system())
    response = browser.get(f"/support/tickets/{ticket.number}/")
    page = BeautifulSoup(response.content, "html.parser").select_one("main")
    assert len(page.select("time")) > 3
    assert not [row for row in page.select("time") if "ago" in row.get_text()]


def test_hidden_older_tickets_are_announced(browser, home, dana):
    factories.ticket(dana, "Export today", urgency="high")
    for _number in range(2):
        factories.ticket(dana, "Export then", at=months_ago(14))
    response = browser.get("/support/?q=export&tab=open")
    notice = BeautifulSoup(response.content, "html.parser").select_one(".portal-older")
    assert " ".join(notice.get_text().split()) == "2 older tickets match · Show all time"
    found = browser.get("/support/" + notice.a["href"])
    assert len(numbers(found)) == 3
    assert "older tickets" not in found.content.decode()
    assert "2 older tickets" in browser.get("/support/").content.decode()
    assert "1–1 of 1" in response.content.decode()


@pytest.mark.parametrize("query", ["tab=x", "page=0", "page=-1", "page=9x", "page=²", "period=%00"])
def test_unknown_parameters_are_ignored(browser, home, dana, query):
    ticket = factories.ticket(dana)
    assert numbers(browser.get(f"/support/?{query}")) == [ticket.number]


def test_pagination(browser, home, dana, settings):
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_PAGE": 2}
    made = [factories.ticket(dana, at=months_ago(n)).number for n in (1, 2, 3)]
    first = browser.get("/support/?tab=open")
    assert numbers(first) == made[:2]
    assert first.context["previous_url"] is None
    second = browser.get("/support/" + first.context["next_url"])
    assert numbers(second) == made[2:]
    assert second.context["next_url"] is None
    assert numbers(browser.get("/support/" + second.context["previous_url"])) == made[:2]


def test_only_visible_tickets_are_listed(as_member, home, acme, dana):
    mine = factories.ticket(dana)
    other = factories.member(acme)
    theirs = factories.ticket(other)
    factories.ticket(factories.member(factories.organization()))
    assert numbers(as_member(dana).get("/support/")) == [mine.number]
    admin = factories.member(acme, role=Role.ADMIN)
    assert set(numbers(as_member(admin).get("/support/"))) == {mine.number, theirs.number}


def test_designated_fields_are_columns_in_the_configured_order(browser, home, dana):
    severity = factories.ticket_field("Severity", choices=[("High", "red")])
    hidden = factories.ticket_field("Hidden", type="text")
    settings = PortalSettings.for_site(home.get_site())
    rows = [{"ticket_field": severity}, {"builtin": "urgency"}]
    for order, row in enumerate(rows):
        DesignatedField.objects.create(settings=settings, sort_order=order, **row)
    factories.ticket(dana, values={"severity": "high", hidden.key: "SECRET"}, urgency="urgent")
    response = browser.get("/support/")
    assert [column.label for column in response.context["columns"]] == ["Severity", "Urgency"]
    page = response.content.decode()
    assert "High" in page
    assert "Urgent" in page
    assert "SECRET" not in page


def test_empty_list_says_what_to_do_next(browser, home):
    factories.form_page(home)
    response = browser.get("/support/")
    assert response.context["empty"] == "none"
    assert 'href="/support/new/"' in response.content.decode()


def test_staff_who_are_not_members_get_an_explanation(client, home):
    client.force_login(factories.agent(), backend="django.contrib.auth.backends.ModelBackend")
    response = client.get("/support/")
    assert response.status_code == 403
    assert "/admin/" in response.content.decode()


def test_member_of_two_organizations_can_switch(browser, home, dana, acme):
    other = factories.organization("Umbrella")
    there = factories.member(other, dana.email)
    ticket = factories.ticket(there, "At Umbrella")
    page = browser.get("/support/organization/").content.decode()
    assert "Umbrella" in page
    assert browser.post("/support/organization/", {"member": there.pk}).url == "/support/"
    assert numbers(browser.get("/support/")) == [ticket.number]
    browser.post("/support/organization/", {"member": dana.pk})
    assert numbers(browser.get("/support/")) == []
    foreign = factories.member(other)
    browser.post("/support/organization/", {"member": foreign.pk})
    assert numbers(browser.get("/support/")) == []


def test_number_of_queries_is_constant(as_member, home, acme, dana):
    browser = as_member(factories.member(acme, role=Role.ADMIN))
    settings = PortalSettings.for_site(home.get_site())

    def count(url):
        browser.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url).status_code == 200
        return len(captured)

    ticket = factories.ticket(dana)
    DesignatedField.objects.create(settings=settings, builtin="assignee")
    ticket_url = f"/support/tickets/{ticket.number}/"
    few = count("/support/"), count(ticket_url)

    agent = factories.agent()
    by = Actor.for_agent(agent)
    fields = [factories.ticket_field(f"Field {n}", choices=[("A", "red")]) for n in range(19)]
    for field in fields:
        DesignatedField.objects.create(settings=settings, ticket_field=field)
    values = {field.key: "a" for field in fields}
    for _number in range(24):
        factories.ticket(factories.member(acme), assignee=agent, values=values)
        actions.reply(ticket, by=by, body="x", attachments=[factories.upload()])
        actions.follow(ticket, by=by, member=factories.member(acme))
    assert (count("/support/"), count(ticket_url)) == few
    assert few[0] <= 7
    assert few[1] <= 10


def test_open_list_learns_of_changes(as_member, home, dana, acme, django_assert_max_num_queries):
    ticket = factories.ticket(dana, at=months_ago(1))
    browser = as_member(dana)
    page = BeautifulSoup(browser.get("/support/").content, "html.parser")
    live = page.select_one(".portal-list-updates")
    headers = {"If-None-Match": live["data-portal-version"]}

    def poll(client=browser):
        return client.get(
            live["data-portal-live"], {"after": live["data-portal-newest"]}, headers=headers
        )

    assert live["role"] == "status"
    assert poll().status_code == 304
    factories.ticket(factories.member(acme))
    assert poll().status_code == 304
    actions.add_note(ticket, by=Actor.system(), body="SECRET")
    assert poll().status_code == 304
    actions.reply(ticket, by=Actor.system(), body="Which one?")
    factories.ticket(dana)
    with django_assert_max_num_queries(8):
        response = poll()
    assert "2 tickets have changed" in response.content.decode()
    assert poll(Client()).status_code == 403
    for after in ("", "x", "2020-01-01", "2020-13-01T00:00:00Z"):
        response = browser.get(live["data-portal-live"], {"after": after})
        assert "2 tickets have changed" in response.content.decode(), after


def test_other_tabs_have_counts_in_a_search(browser, home, dana, monkeypatch):
    for number in range(3):
        factories.ticket(dana, f"Pump {number}")
    closed = factories.ticket(dana, "Pump, solved")
    actions.close_ticket(closed, by=factories.SYSTEM)
    factories.ticket(dana, "Valve")

    def counts(url):
        page = browser.get(url)
        return {tab["key"]: tab["count"] for tab in page.context["tabs"]}

    found = {"all": 4, "needs-reply": None, "open": 3, "closed": 1}
    assert counts("/support/?q=pump") == found
    assert counts("/support/?q=pump&tab=closed") == found
    # Of a common word, only the tab that's shown is counted.
    monkeypatch.setattr("wagtail_portal.pages.ticket_list.listing.COUNT_LIMIT", 2)
    shown = counts("/support/?q=pump&tab=closed")
    assert shown == dict.fromkeys(found) | {"closed": 1}
