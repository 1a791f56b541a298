"""The ticket list: contents, order and number of queries."""

from datetime import datetime, time, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
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
    assert few[0] <= 10
    assert few[1] <= 12
