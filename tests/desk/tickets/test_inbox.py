"""The inbox: tabs with counts, unread markers, columns, filters, live updates and saved views."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.desk.tickets import tabs
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Message, Rating, SavedFilter, TicketReadState
from wagtail_portal.permissions import Actor

SYSTEM = Actor.system()


def subjects(response) -> list[str]:
    return [ticket.subject for ticket in response.context["object_list"]]


def newest_message() -> int:
    return Message.objects.latest("pk").pk


def counts(response) -> dict[str, str]:
    return {str(tab["label"]): tab["count"] for tab in response.context["tabs"]}


@pytest.fixture
def tickets(dana, agent):
    """One ticket per tab, oldest first."""
    keys = ["new", "in-progress", "waiting-on-customer", "on-hold", "closed"]
    found = {key: factories.ticket(dana, subject=f"Is {key}") for key in keys}
    for key, ticket in found.items():
        actions.change_status(ticket, by=SYSTEM, status=factories.status(key))
    actions.assign(found["in-progress"], by=SYSTEM, assignee=agent)
    actions.assign(found["closed"], by=SYSTEM, assignee=agent)
    return found


class TestTabs:
    @pytest.mark.parametrize(
        ("tab", "found"),
        [
            ("mine", ["Is in-progress"]),
            ("unassigned", ["Is new"]),
            ("waiting-on-us", ["Is in-progress", "Is new"]),
            ("waiting-on-customer", ["Is waiting-on-customer"]),
            ("on-hold", ["Is on-hold"]),
            ("closed", ["Is closed"]),
        ],
    )
    def test_tab_shows_its_tickets(self, desk, tickets, tab, found):
        for name in ("view", "view_results"):
            assert set(subjects(desk.get(ticket_url(name, tab)))) == set(found)

    def test_tabs_show_counts(self, desk, tickets):
        found = desk.get(ticket_url("view", "mine"))
        assert counts(found) == {
            "Mine": "1",
            "Unassigned": "1",
            "Waiting on us": "2",
            "Waiting on customer": "1",
            "On hold": "1",
            "Snoozed": "0",
            "Closed": "1",
            "All": "5",
        }
        current = [tab["label"] for tab in found.context["tabs"] if tab["is_current"]]
        assert current == ["Mine"]

    def test_counts_stop_at_the_limit(self, desk, tickets, monkeypatch):
        monkeypatch.setattr(tabs, "COUNTED", 2)
        found = counts(desk.get(ticket_url("list")))
        assert found["All"] == "2+" and found["Mine"] == "1"

    def test_menu_opens_the_last_tab(self, desk, tickets):
        start = ticket_url("start")
        assert f'"url": "{start}"' in desk.get("/admin/").content.decode()
        assert desk.get(start).url == ticket_url("view", "waiting-on-us")
        desk.get(ticket_url("view", "mine"))
        assert desk.get(start).url == ticket_url("view", "mine")

    def test_unknown_tab_is_not_found(self, desk):
        assert desk.get(ticket_url("view", "everything")).status_code == 404

    def test_counts_include_visible_tickets_only(self, tickets, birk_agent):
        assert counts(signed_in(birk_agent).get(ticket_url("list")))["All"] == "1"

    def test_filters_and_search_stay_in_the_tab(self, desk, tickets, dana):
        url = ticket_url("view", "closed")
        assert subjects(desk.get(url, {"requester": dana.pk, "q": "is"})) == ["Is closed"]
        html = desk.get(url, {"urgency": "normal"}).content.decode()
        assert f"{ticket_url('view_results', 'closed')}?" in html


@pytest.fixture
def birk_agent(db):
    birk = factories.organization("Birk")
    toni = factories.member(birk, "toni@birk.example", name="Toni Ek")
    factories.ticket(toni, subject="Birk asks")
    actions.limit_group(
        group("Birk team", "view_ticket", "reply_ticket"), by=SYSTEM, organizations=[birk]
    )
    return factories.staff("Birk team", name="Bo Limited")


class TestOrder:
    def test_sort_by_waiting_time(self, desk, dana):
        now = timezone.now()
        for number in (2, 1, 3):
            at = now - timedelta(hours=number)
            factories.ticket(dana, subject=f"Waits {number} h", by=SYSTEM, at=at)
        url = ticket_url("view", "waiting-on-us")
        found = subjects(desk.get(url, {"ordering": "waiting_since"}))
        assert found == ["Waits 3 h", "Waits 2 h", "Waits 1 h"]
        assert subjects(desk.get(url, {"ordering": "-waiting_since"})) == found[::-1]

    def test_waiting_time_ordering_is_only_offered_with_an_index(self, desk, tickets):
        html = desk.get(ticket_url("list")).content.decode()
        assert "ordering=waiting_since" not in html
        assert "ordering=waiting_since" in desk.get(ticket_url("view", "mine")).content.decode()


class TestUnread:
    def unread(self, browser):
        return [
            t.subject for t in browser.get(ticket_url("list")).context["object_list"] if t.is_unread
        ]

    def test_ticket_is_unread_until_opened_in_a_browser(self, desk, tickets, colleague, dana):
        assert set(self.unread(desk)) == {f"Is {key}" for key in tickets if key != "closed"}
        seen = tickets["new"]
        assert desk.get(ticket_url("edit", seen.pk)).status_code == 200
        # Loading the page isn't enough, because something may merely have prefetched it.
        assert "Is new" in self.unread(desk)
        desk.post(ticket_url("presence", seen.pk), {"state": "looking"})
        assert "Is new" not in self.unread(desk)
        assert "Is new" in self.unread(signed_in(colleague))
        actions.reply(seen, by=Actor.for_member(dana), body="One more thing.")
        assert "Is new" in self.unread(desk)

    def test_ticket_is_not_unread_after_a_reply_of_the_team(self, desk, tickets, colleague):
        actions.reply(tickets["new"], by=Actor.for_agent(colleague), body="Hello!")
        assert "Is new" not in self.unread(desk)

    def test_unread_marker_has_a_text(self, desk, tickets):
        assert 'title="Unread"' in desk.get(ticket_url("list")).content.decode()

    def test_read_state_is_personal(self, desk, tickets, dana, editor):
        message = tickets["new"].last_reply
        for by in (Actor.for_agent(editor), SYSTEM):
            with pytest.raises(NotAllowed):
                actions.mark_read(tickets["new"], by=by, message=message)
        assert not TicketReadState.objects.exists()
        actions.mark_read(tickets["new"], by=Actor.for_member(dana), message=message)
        assert "Is new" in self.unread(desk)


class TestTicketFields:
    @pytest.fixture
    def severity(self, tickets):
        field = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
        actions.change_fields(tickets["new"], by=SYSTEM, values={field.key: "high"})
        return field

    def columns(self, browser) -> dict[str, str]:
        """Return the heading and text of each cell for the ticket that has a value."""
        html = browser.get(ticket_url("list"), {"q": "Is new"}).content
        table = BeautifulSoup(html, "html.parser").select_one("table.listing")
        heads = [cell.get_text(" ", strip=True) for cell in table.select("thead th")]
        cells = [
            cell.get_text(" ", strip=True) for cell in table.select_one("tbody tr").select("td")
        ]
        return dict(zip(heads, cells, strict=True))

    def test_selected_fields_are_columns(self, desk, severity):
        assert "Severity" not in self.columns(desk)
        factories.change([severity], in_inbox=True)
        assert self.columns(desk)["Severity"] == "High"

    def test_archived_fields_are_not_columns(self, desk, severity):
        factories.change([severity], in_inbox=True, archived=True)
        assert "Severity" not in desk.get(ticket_url("list")).content.decode()

    def test_exports_contain_all_fields(self, desk, severity):
        response = desk.get(ticket_url("list"), {"export": "csv"})
        text = b"".join(response.streaming_content).decode()
        assert "Severity" in text.splitlines()[0] and "High" in text

    @pytest.mark.parametrize(
        ("type", "kept", "fitting", "other"),
        [
            ("text", "Blue moon", {"": "moon"}, {"": "sun"}),
            ("number", 7, {"_from": "5", "_to": "9"}, {"_from": "8"}),
            ("yes_no", True, {"": "yes"}, {"": "no"}),
            ("date", "2026-03-04", {"_from": "2026-03-01"}, {"_to": "2026-03-01"}),
        ],
    )
    def test_filters_by_type(self, desk, tickets, type, kept, fitting, other):
        field = factories.ticket_field("Own", type=type)
        form = desk.get(ticket_url("list")).context["filters"].form
        if isinstance(kept, bool):
            choices = [key for key, _label in form.fields[f"f-{field.key}"].choices]
            fitting, other = {"": choices[0]}, {"": choices[1]}
        actions.change_fields(tickets["new"], by=SYSTEM, values={field.key: kept})
        for end, found in ((fitting, ["Is new"]), (other, [])):
            query = {f"f-{field.key}{name}": value for name, value in end.items()}
            response = desk.get(ticket_url("list"), query)
            assert subjects(response) == found
            assert [active.field_label for active in response.context["view"].active_filters] == [
                "Own"
            ]

    def test_filters_by_choice_and_member(self, desk, tickets, severity, dana):
        key = f"f-{severity.key}"
        assert subjects(desk.get(ticket_url("list"), {key: "high"})) == ["Is new"]
        assert subjects(desk.get(ticket_url("list"), {key: "low"})) == []
        field = factories.ticket_field("Contact", type="member")
        actions.change_fields(tickets["closed"], by=SYSTEM, values={field.key: dana.pk})
        found = desk.get(ticket_url("list"), {f"f-{field.key}": dana.pk})
        assert subjects(found) == ["Is closed"]
        assert "Dana Reyes (Acme)" in found.content.decode()


class TestUpdates:
    def ask(self, browser, tab="all", after=None, **query):
        query["after"] = newest_message() if after is None else after
        response = browser.get(reverse("wagtail_portal_updates", args=[tab]), query)
        assert "no-store" in response["Cache-Control"]
        return response.json()

    def test_new_tickets_and_replies_of_others_are_counted(self, desk, agent, tickets, dana):
        after = newest_message()
        assert self.ask(desk, after=after) == {"count": 0, "text": ""}
        actions.reply(tickets["new"], by=Actor.for_member(dana), body="Hello?")
        factories.ticket(dana, subject="Brand new")
        # Own replies and notes don't count.
        actions.reply(tickets["on-hold"], by=Actor.for_agent(agent), body="Yes.")
        actions.add_note(tickets["in-progress"], by=SYSTEM, body="Hm.")
        assert self.ask(desk, after=after) == {"count": 2, "text": "2 new"}
        assert self.ask(desk, after=after, q="brand")["count"] == 1
        assert self.ask(desk, "closed", after=after)["count"] == 0

    @pytest.mark.parametrize("after", ["", "yesterday", "-1", "9" * 40])
    def test_invalid_keys_count_nothing(self, desk, tickets, after):
        response = desk.get(reverse("wagtail_portal_updates", args=["all"]), {"after": after})
        assert response.json()["count"] == 0

    def test_only_visible_tickets_are_counted(self, tickets, birk_agent, editor, dana):
        assert self.ask(signed_in(birk_agent), after=0)["count"] == 1
        refused = signed_in(editor).get(reverse("wagtail_portal_updates", args=["all"]))
        assert refused.status_code == 302 and refused.url == "/admin/"

    def test_polling_takes_few_queries(self, desk, tickets, django_assert_max_num_queries):
        self.ask(desk)
        with django_assert_max_num_queries(12):
            self.ask(desk)


class TestSavedViews:
    def save(self, browser, name="Urgent", **data):
        data = {"name": name, "tab": "mine", "query": "urgency=high", **data}
        return browser.post(reverse("wagtail_portal_view_add"), data)

    def test_view_can_be_saved_and_opened(self, desk, tickets):
        html = desk.get(ticket_url("view", "mine"), {"urgency": "high", "p": "1"}).content.decode()
        assert "?tab=mine&amp;query=urgency%3Dhigh" in html
        assert "Save this view" not in desk.get(ticket_url("view", "mine")).content.decode()
        response = self.save(desk)
        assert response.url == f"{ticket_url('view', 'mine')}?urgency=high"
        html = desk.get(ticket_url("list")).content.decode()
        assert "Urgent" in html and response.url in html

    def test_saving_twice_creates_one_view(self, desk, agent):
        self.save(desk)
        self.save(desk, name="URGENT", query="urgency=low")
        assert SavedFilter.objects.get(user=agent).query == "tab=mine&urgency=low"

    def test_invalid_views_are_rejected(self, desk, agent):
        assert "This field is required" in self.save(desk, name=" ").content.decode()
        assert not SavedFilter.objects.exists()

    def test_view_can_be_shared_with_the_team(self, desk, colleague, manager):
        self.save(desk, shared="on")
        self.save(desk, name="My own")
        theirs = signed_in(colleague)
        html = theirs.get(ticket_url("list")).content.decode()
        assert "Urgent" in html and "My own" not in html
        pk = SavedFilter.objects.get(name="Urgent").pk
        for change in ("delete", "unshare"):
            response = theirs.post(reverse("wagtail_portal_view_change", args=[pk, change]))
            assert response.status_code == 302 and SavedFilter.objects.get(pk=pk).shared
        signed_in(manager).post(reverse("wagtail_portal_view_change", args=[pk, "unshare"]))
        assert not SavedFilter.objects.get(pk=pk).shared
        # Neither a view that was shared nor one that never was can be changed by others.
        own = SavedFilter.objects.get(name="My own").pk
        for change in ("pin", "share"):
            for key in (own, pk):
                url = reverse("wagtail_portal_view_change", args=[key, change])
                assert theirs.post(url).url == reverse("wagtail_portal_views")
        assert not SavedFilter.objects.filter(shared=True).exists()

    def test_deleting_requires_post_and_can_be_repeated(self, desk):
        self.save(desk)
        url = reverse("wagtail_portal_view_change", args=[SavedFilter.objects.get().pk, "delete"])
        assert desk.get(url).status_code == 405 and SavedFilter.objects.exists()
        for _time in range(2):
            assert desk.post(url).url == reverse("wagtail_portal_views")
        assert not SavedFilter.objects.exists()

    def test_view_can_be_renamed(self, desk):
        self.save(desk)
        saved = SavedFilter.objects.get()
        url = reverse("wagtail_portal_view_change", args=[saved.pk, "rename"])
        page = desk.post(url, {"name": "On fire"}, follow=True)
        assert "On fire" in page.content.decode()
        page = desk.post(url, {"name": " "}, follow=True)
        assert "Enter a name for the filter" in page.content.decode()
        saved.refresh_from_db()
        assert saved.name == "On fire"

    def test_editors_without_ticket_access_cannot_use_views(self, editor):
        browser = signed_in(editor)
        for name in ("wagtail_portal_views", "wagtail_portal_view_add"):
            for send in (browser.get, browser.post):
                assert send(reverse(name)).url == "/admin/"

    def test_view_gives_no_access_to_tickets(self, desk, tickets, birk_agent):
        self.save(desk, tab="all", query="", name="Everything", shared="on")
        theirs = signed_in(birk_agent)
        url = next(v["url"] for v in theirs.get(ticket_url("list")).context["saved_views"])
        assert subjects(theirs.get(url)) == ["Birk asks"]


@pytest.mark.parametrize("query", [{}, {"q": "ticket", "urgency": "normal", "f-f0": "x"}])
def test_number_of_queries_does_not_depend_on_rows_and_fields(
    desk, dana, query, django_assert_max_num_queries
):
    def add(number):
        member = factories.member(factories.organization())
        ticket = factories.ticket(member, subject=f"Ticket {number}")
        actions.assign(ticket, by=SYSTEM, assignee=factories.agent(name=f"Agent {number}"))
        if number < 8:
            factories.ticket_field(f"F{number}", type="choice", choices=[("x", "")], in_inbox=True)
        SavedFilter.objects.create(
            user=factories.agent(), name=f"View {number}", shared=True, query="tab=mine"
        )
        actions.change_fields(ticket, by=SYSTEM, values={"f0": "x"})

    add(0)
    url = ticket_url("view", "waiting-on-us")
    desk.get(url, query)
    with django_assert_max_num_queries(19) as one:
        assert len(subjects(desk.get(url, query))) == 1
    for number in range(1, 25):
        add(number)
    desk.get(url, query)
    with django_assert_max_num_queries(19) as many:
        assert len(subjects(desk.get(url, query))) == 25
    assert len(many) == len(one)


def test_inbox_filters_by_what_the_report_counts(desk, dana, agent):
    """Former agents and groups stay in the filters as long as tickets are assigned to them."""
    now = timezone.now()
    old = factories.ticket(dana, by=SYSTEM, at=now - timedelta(days=9))
    new = factories.ticket(dana, by=SYSTEM, at=now - timedelta(days=1))
    former = factories.agent(name="Former Agent")
    actions.assign(old, by=SYSTEM, assignee=former)
    actions.reply(old, by=SYSTEM, body="Yes", at=now - timedelta(days=8))
    actions.close_ticket(old, by=SYSTEM, at=now - timedelta(days=3))
    Rating.objects.create(ticket=old, score="bad", created_at=now - timedelta(days=2))
    former.groups.clear()
    day = timezone.localdate()
    for query, expected in (
        ({"open_on": day - timedelta(days=5)}, [old]),
        ({"open_on": day}, [new]),
        ({"replied": "true"}, [old]),
        ({"replied": "false"}, [new]),
        ({"rating": "bad"}, [old]),
        ({"rating": "good"}, []),
        ({"rated_from": day - timedelta(days=3), "rated_to": day}, [old]),
        ({"assignee": former.pk}, [old]),
        ({"form": "null"}, [new, old]),
        ({"open_on": "9999-12-31"}, [new]),
    ):
        response = desk.get(ticket_url("list"), query)
        assert {*response.context["object_list"]} == {*expected}, query
    page = BeautifulSoup(desk.get(ticket_url("list"), {"replied": "true"}).content, "html.parser")
    assert page.select_one(".w-active-filters b").get_text() == "Yes"
