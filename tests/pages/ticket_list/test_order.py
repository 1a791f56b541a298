"""Ordering the ticket list, and its column headings."""

import pytest

from tests import factories
from tests.pages.ticket_list.lists import designate, months_ago, numbers
from wagtail_portal import actions
from wagtail_portal.models import Role, Ticket
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


def test_pages_are_linked_by_their_last_ticket(browser, home, dana, settings):
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_PAGE": 2}
    # Two of them changed at the same time.
    times = [months_ago(months) for months in (5, 4, 3, 3, 2, 1, 0.5)]
    oldest_first = [factories.ticket(dana, at=at).number for at in times]
    for query, made in (("", oldest_first[::-1]), ("?sort=updated", oldest_first)):
        pages = [browser.get(f"/support/{query}")]
        while url := pages[-1].context["next_url"]:
            pages.append(browser.get(f"/support/{url}"))
        forwards = [numbers(page) for page in pages]
        assert forwards == [made[:2], made[2:4], made[4:6], made[6:]]
        # Tickets that are opened or updated meanwhile move nothing.
        page, new = pages[-1], factories.ticket(dana).number
        for wanted in (made[4:6], made[2:4]):
            page = browser.get(f"/support/{page.context['previous_url']}")
            assert numbers(page) == wanted
            following = browser.get(f"/support/{page.context['next_url']}")
            assert numbers(following)[0] == made[made.index(wanted[1]) + 1]
        first = browser.get(f"/support/{page.context['previous_url']}")
        assert numbers(first) == ([new, made[0]] if query == "" else made[:2])
        # A URL without a place still works, as does one with a malformed place.
        for odd in ("", "&after=x", "&before=99999999999999999-1", "&after=1-2-3"):
            start = "&" if query else "?"
            found = numbers(browser.get(f"/support/{query}{start}page=2{odd}"))
            assert found == ([made[1], made[2]] if query == "" else made[2:4])
        Ticket.objects.filter(number=new).delete()
    # So few are left before this page that it's the first.
    gone = browser.get("/support/?page=2&before=9000000000000000-1")
    assert numbers(gone) == oldest_first[::-1][:2]
    assert gone.context["previous_url"] is None


def test_only_the_newest_tickets_of_a_long_list_are_sorted(browser, home, dana, monkeypatch):
    monkeypatch.setattr("wagtail_portal.pages.ticket_list.order.SORTED_AT_MOST", 3)
    monkeypatch.setattr("wagtail_portal.pages.ticket_list.listing.SORTED_AT_MOST", 3)
    made = {
        name: factories.ticket(dana, subject=name, at=months_ago(months)).number
        for name, months in (("a", 4), ("c", 3), ("d", 2), ("b", 1))
    }
    note = "Only the 3 most recently updated tickets are shown in this order."
    page = browser.get("/support/?sort=subject")
    assert numbers(page) == [made["b"], made["c"], made["d"]]
    assert note in page.content.decode()
    narrowed = browser.get(f"/support/?sort=subject&active_to={months_ago(1.5):%Y-%m-%d}")
    assert numbers(narrowed) == [made["a"], made["c"], made["d"]]
    assert note not in narrowed.content.decode()
    assert note not in browser.get("/support/").content.decode()
    # Files contain all of them.
    rows = browser.get("/support/export/csv/?sort=subject").getvalue().decode()
    assert len(rows.strip().splitlines()) == 5
