"""Filters of the ticket list: what they find, what they ignore, and their tags."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.pages.ticket_list.lists import active_filters, designate, months_ago, numbers
from wagtail_portal import actions
from wagtail_portal.models import Follower, Role, Status
from wagtail_portal.permissions import Actor


@pytest.fixture
def severity(home):
    field = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "grey")])
    designate(home, field, as_filter=True)
    return field


def test_choices_of_a_field_are_alternatives_and_fields_are_combined(browser, home, dana, severity):
    product = factories.ticket_field("Product", choices=[("Web", ""), ("App", "")])
    designate(home, product, as_filter=True)
    high = factories.ticket(dana, values={"severity": "high", "product": "web"})
    low = factories.ticket(dana, values={"severity": "low", "product": "web"})
    factories.ticket(dana)
    assert numbers(browser.get("/support/?f-severity=high")) == [high.number]
    both = browser.get("/support/?f-severity=high&f-severity=low&f-product=web")
    assert numbers(both) == [low.number, high.number]
    assert active_filters(both) == ["Severity: High", "Severity: Low", "Product: Web"]
    assert numbers(browser.get("/support/?f-severity=high&f-product=app")) == []


def test_tag_removes_only_its_own_filter(browser, home, dana, severity):
    query = "tab=open&f-severity=high&f-severity=low&period=all&sort=subject"
    response = browser.get(f"/support/?{query}")
    list_ = response.context["list"]
    high, low = list_.active_filters
    assert low.url == "?tab=open&f-severity=high&period=all&sort=subject"
    assert high.url == "?tab=open&f-severity=low&period=all&sort=subject"
    assert list_.clear_url == "?tab=open&period=all&sort=subject"
    html = response.content.decode()
    assert 'href="?tab=open&amp;f-severity=high&amp;period=all&amp;sort=subject"' in html
    # The filter form keeps all other parameters.
    for name, value in (("tab", "open"), ("period", "all"), ("sort", "subject")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in html


@pytest.mark.parametrize(
    "query",
    [
        *("f-severity=urgent", "f-severity=%00", "f-severity=", "f-severity=high%00"),
        *("f-hidden=x", "hidden=x", "field:hidden=x", "values__hidden=x", "requester__user=1"),
        *("status=nothing", "status=1", "urgency=low", "opened_from=2026-01-01", "assignee=1"),
        *("sort=f-hidden", "sort=requester__user__password", "sort=--updated", "sort=%00"),
        *("active_from=x", "active_to=2026-13-45", "active_from=" + "9" * 10_000),
        *("form=x", "requester=me", "requester=-1", "requester=" + "9" * 40, "requester=٣"),
        "f-severity=" + "high" * 2_500,
    ],
)
def test_undesignated_fields_and_invalid_values_are_ignored(browser, home, dana, severity, query):
    hidden = factories.ticket_field("Hidden", type="text")
    ticket = factories.ticket(dana, values={hidden.key: "y"})
    response = browser.get(f"/support/?{query}")
    assert numbers(response) == [ticket.number]
    assert not active_filters(response)
    assert str(response.context["list"].url) == "?"


def test_statuses_with_the_same_label_are_one_choice(browser, home, dana):
    Status.objects.filter(key__in=["in-progress", "on-hold"]).update(label="In progress")
    agent = Actor.for_agent(factories.agent())
    found = []
    for key in ("in-progress", "on-hold"):
        ticket = factories.ticket(dana)
        actions.change_status(ticket, by=agent, status=factories.status(key))
        found.append(ticket.number)
    factories.ticket(dana)
    page = browser.get("/support/")
    labels = [label for _key, label in page.context["list"].form.fields["status"].choices]
    assert labels.count("In progress") == 1
    for key in ("in-progress", "on-hold"):
        response = browser.get(f"/support/?status={key}")
        assert set(numbers(response)) == set(found)
        assert active_filters(response) == ["Status: In progress"]


def test_designated_built_in_filters_are_available(browser, home, dana):
    designate(home, "urgency", "opened", "assignee", as_filter=True)
    agent = factories.agent(name="Kim Able")
    urgent = factories.ticket(dana, urgency="urgent", assignee=agent)
    old = factories.ticket(dana, at=months_ago(3))
    assert numbers(browser.get("/support/?urgency=urgent&urgency=high")) == [urgent.number]
    day = timezone.localdate() - timedelta(days=30)
    assert numbers(browser.get(f"/support/?opened_to={day}")) == [old.number]
    response = browser.get(f"/support/?assignee={agent.pk}")
    assert numbers(response) == [urgent.number]
    assert active_filters(response) == ["Assigned to: Kim Able"]


def test_dates_replace_the_default_period(browser, home, dana):
    old = factories.ticket(dana, at=months_ago(20))
    new = factories.ticket(dana)
    day = timezone.localdate(old.opened_at)
    response = browser.get(f"/support/?active_from={day}&active_to={day}")
    assert numbers(response) == [old.number]
    assert response.context["period"]["label"] == "Custom dates"
    assert numbers(browser.get(f"/support/?active_from={day}")) == [new.number, old.number]
    assert numbers(browser.get(f"/support/?active_to={day - timedelta(days=1)}")) == []
    # Choosing a period again drops the dates.
    usual, every = response.context["period"]["options"]
    assert (usual["url"], every["url"]) == ("?", "?period=all")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_first_and_last_days_of_the_calendar_cause_no_error(browser, home, dana, day):
    ticket = factories.ticket(dana)
    assert browser.get(f"/support/?active_from={day}").status_code == 200
    assert browser.get(f"/support/?active_to={day}").status_code == 200
    assert numbers(browser.get("/support/?active_from=0001-01-01&active_to=9999-12-31")) == [
        ticket.number
    ]


def test_form_filter_offers_forms_that_were_used(browser, home, dana):
    report = factories.form_page(home)
    factories.form_page(home, title="Never used", slug="unused")
    ticket = factories.ticket(dana, form=report)
    factories.ticket(dana)
    page = browser.get("/support/")
    assert page.context["list"].form.fields["form"].choices == [
        (str(report.pk), "Report a problem")
    ]
    response = browser.get(f"/support/?form={report.pk}")
    assert numbers(response) == [ticket.number]
    assert active_filters(response) == ["Form: Report a problem"]


#: Differs on every page.
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


def main(response) -> str:
    """Return the page's main part without the CSRF tokens in its forms."""
    html = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r'(csrfmiddlewaretoken" value=)"\w+"', r"\1", html)


def test_requester_filter_offers_requesters_of_visible_tickets(as_member, home, acme, dana):
    theo, quiet = factories.member(acme, name="Theo Brandt"), factories.member(acme)
    hidden = factories.member(acme, name="Private Person")
    outsider = factories.member(factories.organization(), name="Outsider")
    own, theirs = factories.ticket(dana), factories.ticket(theo)
    private = factories.ticket(hidden)
    private.private = True
    private.save()
    foreign = factories.ticket(outsider)
    admin = as_member(factories.member(acme, role=Role.ADMIN))

    page = admin.get("/support/")
    assert [name for _pk, name in page.context["list"].form.fields["requester"].choices] == [
        "Dana Reyes",
        "Theo Brandt",
    ]
    response = admin.get(f"/support/?requester={theo.pk}")
    assert numbers(response) == [theirs.number]
    assert active_filters(response) == ["Requester: Theo Brandt"]

    # Nothing is revealed about others: neither that they exist nor their names.
    nobody = admin.get("/support/?requester=999999")
    for pk in (quiet.pk, hidden.pk, outsider.pk):
        response = admin.get(f"/support/?requester={pk}")
        assert numbers(response) == []
        assert active_filters(response) == active_filters(nobody) == ["Requester: Unknown"]
        page = main(response).replace(f"requester={pk}", "requester=999999")
        assert TOKEN.sub("", page) == TOKEN.sub("", main(nobody))

    # Members who only see their own tickets have no choice, except requesters of tickets they
    # follow.
    mine = as_member(dana)
    assert "requester" not in mine.get("/support/").context["list"].form.fields
    Follower.objects.create(ticket=theirs, member=dana)
    names = mine.get("/support/").context["list"].form.fields["requester"].choices
    assert [name for _pk, name in names] == ["Theo Brandt", "You"]
    assert numbers(mine.get(f"/support/?requester={dana.pk}")) == [own.number]
    assert foreign.number not in numbers(mine.get(f"/support/?requester={outsider.pk}"))


def test_many_requesters_are_found_by_name(as_member, home, acme, monkeypatch):
    monkeypatch.setattr("wagtail_portal.pages.ticket_list.choices.NAMES_SHOWN", 2)
    admin = as_member(factories.member(acme, role=Role.ADMIN))
    made = {
        name: factories.ticket(factories.member(acme, name=name)).number
        for name in ("Ada Byron", "Grace Hopper", "Ada Lovelace")
    }
    page = admin.get("/support/")
    assert len(page.context["list"].form.fields["requester"].choices) == 2
    assert 'name="requester_name"' in page.content.decode()
    response = admin.get("/support/?requester_name=ada+LOVE")
    assert numbers(response) == [made["Ada Lovelace"]]
    assert active_filters(response) == ["Name of the requester: “ada LOVE”"]
    # Addresses don't match, or people could find out which ones exist.
    assert numbers(admin.get("/support/?requester_name=customer.example")) == []


def test_list_can_be_limited_to_own_or_followed_tickets(as_member, home, acme, dana):
    admin = factories.member(acme, role=Role.ADMIN)
    mine, theirs, followed = (factories.ticket(who) for who in (admin, dana, dana))
    Follower.objects.create(ticket=followed, member=admin)
    browser = as_member(admin)
    everyones = browser.get("/support/")
    assert set(numbers(everyones)) == {mine.number, theirs.number, followed.number}
    assert [row["key"] for row in everyones.context["scopes"]] == [
        "",
        "mine",
        "followed",
    ]
    assert numbers(browser.get("/support/?scope=mine")) == [mine.number]
    assert numbers(browser.get("/support/?scope=followed&tab=open")) == [followed.number]
    assert len(numbers(browser.get("/support/?scope=others"))) == 3
    # Members who only see their own tickets don't get the choice.
    plain = as_member(dana).get("/support/?scope=followed")
    assert set(numbers(plain)) == {theirs.number, followed.number}
    assert plain.context["scopes"] == []


def test_number_that_could_be_misread_is_said_at_its_filter(browser, home, dana):
    designate(home, factories.ticket_field("Price", type="decimal"), as_filter=True)
    ticket = factories.ticket(dana, values={"price": "1.5"})
    factories.ticket(dana, values={"price": "15"})
    assert numbers(browser.get("/support/?f-price_from=1%2C5&f-price_to=1.50")) == [ticket.number]
    response = browser.get("/support/?f-price_from=1.000&f-price_to=2")
    assert len(numbers(response)) == 2
    html = response.content.decode()
    assert "“1.000” can be read in two ways. Enter 1000 or 1, whichever you mean." in html
    assert 'portal-filters" open>' in html and 'value="1.000"' in html
    assert 'portal-filters" open>' not in browser.get("/support/?status=x").content.decode()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            "active_from=2026-03-02&active_to=2026-03-01",
            "Last updated: The end date is before the start date.",
        ),
        ("f-amount_from=5&f-amount_to=4", "Amount: The minimum is greater than the maximum."),
        (
            "f-due_from=2026-03-02&f-due_to=2026-03-01",
            "Due: The end date is before the start date.",
        ),
    ],
)
def test_range_with_its_ends_in_the_wrong_order_says_so(browser, home, dana, query, words):
    fields = [
        factories.ticket_field("Amount", type="number"),
        factories.ticket_field("Due", type="date"),
    ]
    designate(home, *fields, as_filter=True)
    factories.ticket(dana)
    response = browser.get(f"/support/?{query}")
    page = response.content.decode()
    assert not response.context["rows"]
    assert f'role="alert">{words}</p>' in page
    assert page.count(words.partition(": ")[2]) == 2
    # What was typed is still there, and the filter can be removed.
    assert 'value="2026-03-02"' in page or 'value="5"' in page
    assert response.context["list"].active_filters
    right = query.replace("_from", "_x").replace("_to", "_from").replace("_x", "_to")
    page = browser.get(f"/support/?{right}").content.decode()
    assert words.partition(": ")[2] not in page
