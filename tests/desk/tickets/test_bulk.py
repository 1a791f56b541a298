"""Bulk actions on selected tickets or on every ticket in the listing."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.desk.tickets import bulk
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import BulkChange, GroupScope, Ticket, TicketLogEntry
from wagtail_portal.permissions import Actor

SYSTEM = Actor.system()


def bulk_url(action: str, *ids, next=None, **query) -> str:
    found = QueryDict(mutable=True)
    found.setlist("id", [str(pk) for pk in ids])
    found.update(query)
    found["next"] = next or ticket_url("list")
    address = reverse("wagtail_bulk_action", args=["wagtail_portal", "ticket", action])
    return f"{address}?{found.urlencode()}"


@pytest.fixture
def tickets(dana):
    """Two of Acme, one of them urgent, and one of Birk."""
    toni = factories.member(factories.organization("Birk"), name="Toni Ek")
    return [
        factories.ticket(dana, subject="First light", urgency="urgent"),
        factories.ticket(dana, subject="Second thoughts"),
        factories.ticket(toni, subject="Birk asks", urgency="urgent"),
    ]


def assigned() -> set[str]:
    return set(Ticket.objects.exclude(assignee=None).values_list("subject", flat=True))


def assign_to(user) -> dict:
    return {"to": "someone", "assignee": user.pk}


def test_selected_tickets_are_assigned(desk, tickets, colleague):
    url = bulk_url("assign", tickets[0].pk, tickets[1].pk)
    page = desk.get(url).content.decode()
    assert "This will change 2 tickets" in page and "Birk asks" not in page
    response = desk.post(url, assign_to(colleague), follow=True)
    assert assigned() == {"First light", "Second thoughts"}
    assert "2 tickets updated." in response.content.decode()
    # Each ticket is changed by the same action as a single one, and has it in its history.
    assert TicketLogEntry.objects.filter(action="wagtail_portal.assign").count() == 2


def test_selected_tickets_are_assigned_to_oneself(desk, agent, tickets):
    url = bulk_url("assign", tickets[0].pk, tickets[1].pk)
    assert "Me" in [label for _key, label in desk.get(url).context["form"].fields["to"].choices]
    desk.post(url, {"to": "me"})
    assert set(Ticket.objects.filter(assignee=agent)) == {tickets[0], tickets[1]}


def test_who_is_no_agent_cannot_assign_tickets_to_themselves(tickets):
    group("Dispatchers", "view_ticket", "assign_ticket")
    url, browser = bulk_url("assign", tickets[0].pk), signed_in(factories.staff("Dispatchers"))
    assert "me" not in dict(browser.get(url).context["form"].fields["to"].choices)
    assert "to" in browser.post(url, {"to": "me"}).context["form"].errors
    assert not assigned()


def test_submitting_twice_changes_once(desk, tickets, colleague):
    for _time in range(2):
        response = desk.post(bulk_url("assign", tickets[0].pk), assign_to(colleague))
        assert response.status_code == 302
    assert TicketLogEntry.objects.filter(action="wagtail_portal.assign").count() == 1


@pytest.mark.parametrize(
    ("query", "next", "found"),
    [
        ({}, "list", {"First light", "Second thoughts", "Birk asks"}),
        ({"urgency": "urgent"}, "list", {"First light", "Birk asks"}),
        ({"q": "second"}, "list", {"Second thoughts"}),
        ({"q": "thuoghts"}, "list", {"Second thoughts"}),
        ({}, "closed", set()),
        ({"urgency": "urgent"}, "unassigned", {"First light", "Birk asks"}),
    ],
)
def test_all_tickets_in_the_filtered_listing_are_changed(
    desk, tickets, colleague, query, next, found
):
    back = ticket_url("list") if next == "list" else ticket_url("view", next)
    url = bulk_url("assign", "all", next=back, **query)
    page = desk.get(url).content.decode()
    for ticket in tickets:
        assert (ticket.subject in page) == (ticket.subject in found)
    desk.post(url, assign_to(colleague))
    assert assigned() == found


def test_tickets_opened_after_the_confirmation_page_are_left_out(desk, tickets, colleague, dana):
    url = bulk_url("assign", "all")
    asked_at = desk.get(url).context["asked_at"]
    factories.ticket(dana, subject="Just now")
    desk.post(url, {**assign_to(colleague), "asked_at": asked_at})
    assert "Just now" not in assigned() and len(assigned()) == 3


def test_tickets_out_of_scope_are_neither_shown_nor_changed(tickets, acme, colleague):
    limited = group("Acme team", "view_ticket", "assign_ticket", "change_ticket", "export_ticket")
    actions.limit_group(limited, by=SYSTEM, organizations=[acme])
    browser = signed_in(factories.staff("Acme team"))
    for ids in (["all"], [ticket.pk for ticket in tickets]):
        url = bulk_url("close", *ids)
        assert "Birk" not in browser.get(url).content.decode()
        browser.post(url)
    closed = Ticket.objects.closed().values_list("subject", flat=True)
    assert set(closed) == {"First light", "Second thoughts"}


@pytest.mark.parametrize("action", ["assign", "status", "field", "close", "export"])
@pytest.mark.parametrize("person", ["editor", "viewer"])
def test_bulk_actions_require_permission(request, tickets, action, person):
    browser = signed_in(request.getfixturevalue(person))
    for ids in (["all"], [tickets[0].pk]):
        for send in (browser.get, browser.post):
            response = send(bulk_url(action, *ids, field="urgency"), {"value": "low"})
            assert response.status_code == 302 and response.url == "/admin/"
    assert not BulkChange.objects.exists()


def test_buttons_depend_on_permissions(desk, viewer, tickets):
    page = desk.get(ticket_url("list")).content.decode()
    assert all(f'{bulk_url(name).partition("?")[0]}"' in page for name in ("assign", "close"))
    assert "/bulk/wagtail_portal/ticket/delete/" not in page
    assert "/bulk/" not in signed_in(viewer).get(ticket_url("list")).content.decode()


def test_change_status_and_close(desk, tickets):
    hold = factories.status("on-hold")
    desk.post(bulk_url("status", tickets[0].pk), {"status": hold.pk})
    assert Ticket.objects.get(pk=tickets[0].pk).status == hold
    desk.post(bulk_url("close", tickets[0].pk, tickets[1].pk))
    assert set(Ticket.objects.closed()) == set(tickets[:2])


def test_change_a_field(desk, tickets):
    field = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
    member = factories.ticket_field("Contact", type="member")
    chosen = desk.get(bulk_url("field", "all")).content.decode()
    assert "Severity" in chosen and "Urgency" in chosen and member.label not in chosen
    url = bulk_url("field", tickets[0].pk, field=f"field:{field.key}")
    assert "High" in desk.get(url).content.decode()
    desk.post(url, {"value": "high"})
    desk.post(bulk_url("field", tickets[1].pk, field="urgency"), {"value": "low"})
    assert Ticket.objects.get(pk=tickets[0].pk).values == {field.key: "high"}
    assert Ticket.objects.get(pk=tickets[1].pk).urgency == "low"
    assert desk.post(url, {"value": "blue"}).context["form"].errors
    desk.post(url, {"value": ""})
    assert Ticket.objects.get(pk=tickets[0].pk).values.get(field.key) is None
    desk.post(bulk_url("field", tickets[0].pk, field="status"), {"value": "closed"})
    assert not Ticket.objects.closed()


def test_invalid_assignee_is_rejected_with_a_message(desk, tickets, viewer):
    response = desk.post(bulk_url("assign", tickets[0].pk), assign_to(viewer))
    assert "Select a valid choice" in response.content.decode()
    response = desk.post(bulk_url("assign", tickets[0].pk), {"to": "someone"})
    assert "Select a person or a group." in response.content.decode()
    assert not assigned()


def test_tickets_the_assignee_cannot_see_are_reported(desk, tickets, acme):
    limited = group("Acme team", "view_ticket", "reply_ticket")
    actions.limit_group(limited, by=SYSTEM, organizations=[acme])
    url = bulk_url("assign", "all")
    response = desk.post(url, assign_to(factories.staff("Acme team")), follow=True)
    assert assigned() == {"First light", "Second thoughts"}
    words = f"#{tickets[2].number}: This person isn’t allowed to reply to the ticket."
    assert words in response.content.decode()


def test_export_selected_and_filtered_tickets(desk, tickets):
    response = desk.post(bulk_url("export", tickets[0].pk), {"format": "csv"}, follow=True)
    file = b"".join(response.streaming_content).decode()
    assert "First light" in file and "Second" not in file
    back = ticket_url("view", "unassigned")
    url = bulk_url("export", "all", next=back, urgency="urgent")
    file = b"".join(desk.post(url, {"format": "csv"}, follow=True).streaming_content).decode()
    assert "First light" in file and "Birk asks" in file and "Second" not in file


class TestInTheBackground:
    @pytest.fixture(autouse=True)
    def _few_at_once(self, monkeypatch):
        monkeypatch.setattr(bulk, "AT_ONCE", 1)

    def test_change_runs_in_the_background_and_shows_progress(
        self, desk, tickets, colleague, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=False) as waiting:
            response = desk.post(bulk_url("assign", "all"), assign_to(colleague))
        run = BulkChange.objects.get()
        assert response.url == reverse("wagtail_portal_bulk", args=[run.pk])
        assert not assigned()
        actions.continue_bulk_change(run, most=1)
        assert "1</span> / 3" in desk.get(response.url).content.decode()
        progress = desk.get(response.url, headers={"Accept": "application/json"}).json()
        assert progress == {"position": 1, "total": 3, "finished": False}
        for callback in waiting:
            callback()
        assert len(assigned()) == 3
        assert "Finished." in desk.get(response.url).content.decode()

    def test_interrupted_change_can_be_continued(
        self, desk, tickets, colleague, django_capture_on_commit_callbacks
    ):
        desk.post(bulk_url("assign", "all"), assign_to(colleague))
        run = BulkChange.objects.get()
        with django_capture_on_commit_callbacks(execute=True):
            desk.post(reverse("wagtail_portal_bulk", args=[run.pk]))
        assert len(assigned()) == 3

    def test_agents_who_could_not_make_a_change_do_not_see_it(
        self, desk, tickets, colleague, editor
    ):
        desk.post(bulk_url("close", "all"))
        url = reverse("wagtail_portal_bulk", args=[BulkChange.objects.get().pk])
        assert signed_in(editor).get(url).url == "/admin/"
        limited = factories.agent()
        group = Group.objects.create(name="Support for Acme")
        group.permissions.set(limited.groups.get().permissions.all())
        GroupScope.objects.create(group=group).organizations.add(tickets[0].organization)
        limited.groups.set([group])
        assert signed_in(limited).get(url).status_code == 404

    def test_agents_can_continue_the_change_of_someone_else(
        self, desk, tickets, colleague, django_capture_on_commit_callbacks
    ):
        desk.post(bulk_url("close", "all"))
        url = reverse("wagtail_portal_bulk", args=[BulkChange.objects.get().pk])
        browser = signed_in(colleague)
        assert "Continue if it has stopped" in browser.get(url).content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            browser.post(url)
        assert Ticket.objects.closed().count() == 3

    def test_permissions_are_checked_when_the_change_runs(self, desk, agent, tickets):
        desk.post(bulk_url("close", "all"))
        agent.groups.clear()
        run = actions.continue_bulk_change(BulkChange.objects.get())
        assert run.failed == 3 and not Ticket.objects.closed()


def test_old_changes_are_deleted(desk, tickets):
    for _time in range(2):
        desk.post(bulk_url("close", "all"))
    BulkChange.objects.filter(pk=BulkChange.objects.last().pk).update(
        created_at=timezone.now() - timedelta(days=31)
    )
    actions.run_sweeps()
    assert BulkChange.objects.count() == 1


def test_number_of_tickets_is_limited(desk, tickets, settings):
    settings.WAGTAIL_PORTAL = {**getattr(settings, "WAGTAIL_PORTAL", {}), "BULK_MAX_TICKETS": 2}
    assert "more than 2 tickets" in desk.get(bulk_url("close", "all")).content.decode()
    desk.post(bulk_url("close", "all"))
    assert not Ticket.objects.closed()


def test_users_without_permission_cannot_start_a_change(tickets, dana, editor):
    for by in (Actor.for_member(dana), Actor.for_agent(editor)):
        with pytest.raises(NotAllowed):
            actions.begin_bulk_change(by=by, verb="close", tickets=[tickets[0].pk])


@pytest.mark.parametrize("codenames", [("change_ticket",), ("change_ticket", "view_ticket")])
def test_nothing_is_recorded_for_nothing(ticket, codenames):
    found = group("Changers", *codenames)
    actions.limit_group(found, by=Actor.system(), organizations=[factories.organization()])
    by = Actor.for_agent(factories.staff("Changers"))
    with pytest.raises(NotAllowed if len(codenames) == 1 else Invalid):
        actions.begin_bulk_change(by=by, verb="close", tickets=[ticket.pk])
    assert not BulkChange.objects.exists()
