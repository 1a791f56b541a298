"""Ordering the ticket list, and its column headings."""

import pytest

from tests import factories
from tests.pages.ticket_list.lists import designate, months_ago, numbers
from wagtail_portal import actions
from wagtail_portal.models import Role
from wagtail_portal.permissions import Actor


@pytest.fixture
def browser(as_member, acme):
    return as_member(factories.member(acme, role=Role.ADMIN))


def test_choices_are_sorted_in_the_editors_order(browser, home, dana):
    field = factories.ticket_field("Severity", choices=[("High", ""), ("Low", ""), ("Any", "")])
    designate(home, field)
    none = factories.ticket(dana).number
    made = {
        key: factories.ticket(dana, values={"severity": key}).number
        for key in ("low", "any", "high")
    }
    wanted = [made["high"], made["low"], made["any"]]
    assert numbers(browser.get("/support/?sort=f-severity")) == [*wanted, none]
    # Unanswered tickets come last in both directions.
    assert numbers(browser.get("/support/?sort=-f-severity")) == [*wanted[::-1], none]


def test_equal_values_are_sorted_newest_first(browser, home, dana):
    made = [factories.ticket(dana, subject="Same").number for _ in range(3)]
    assert numbers(browser.get("/support/?sort=subject")) == made[::-1]
    assert numbers(browser.get("/support/?sort=-subject")) == made[::-1]


@pytest.mark.parametrize("sort", ["status", "urgency", "assignee", "opened", "form", "updated"])
def test_built_in_fields_can_be_sorted(browser, home, dana, sort):
    designate(home, "status", "urgency", "assignee", "opened", "form")
    kim, lee = factories.agent(name="Kim Able"), factories.agent(name="Lee Berry")
    form = factories.form_page(home, title="A form")
    other = factories.form_page(home, title="B form", slug="b")
    first = factories.ticket(dana, urgency="low", assignee=kim, form=form, at=months_ago(2))
    second = factories.ticket(dana, urgency="high", assignee=lee, form=other, at=months_ago(1))
    closed = factories.status("closed")
    actions.change_status(second, by=Actor.system(), status=closed, at=second.opened_at)
    assert numbers(browser.get(f"/support/?sort={sort}")) == [first.number, second.number]
    assert numbers(browser.get(f"/support/?sort=-{sort}")) == [second.number, first.number]


def test_headings_show_the_order_and_link_to_the_opposite_one(browser, home, dana):
    several = factories.ticket_field("Tags", type="choices", choices=[("A", "")])
    designate(home, "urgency", several)
    factories.ticket(dana)

    def headings(query):
        page = browser.get(f"/support/{query}")
        return {row["label"]: (row["state"], row["url"]) for row in page.context["headings"]}

    assert headings("?tab=open") == {
        "Ticket": ("", "?tab=open&sort=subject"),
        "Urgency": ("", "?tab=open&sort=-urgency"),
        "Tags": ("", ""),
        "Status": ("", "?tab=open&sort=status"),
        "Last updated": ("descending", "?tab=open&sort=updated"),
    }
    by_subject = headings("?sort=subject")
    assert by_subject["Ticket"] == ("ascending", "?sort=-subject")
    assert by_subject["Last updated"] == ("", "?")
    html = browser.get("/support/?sort=-subject").content.decode()
    assert html.count("aria-sort=") == 1
    assert 'aria-sort="descending"' in html


def test_order_applies_across_pages(browser, home, dana, settings):
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_PAGE": 2}
    made = {name: factories.ticket(dana, subject=name).number for name in "bacd"}
    first = browser.get("/support/?sort=subject")
    assert numbers(first) == [made["a"], made["b"]]
    assert first.context["next_url"] == "?sort=subject&page=2"
    assert numbers(browser.get("/support/?sort=subject&page=2")) == [made["c"], made["d"]]
