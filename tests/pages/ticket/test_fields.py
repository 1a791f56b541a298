"""Fields that customers can edit next to the conversation."""

import re

import pytest
from django.core import signing

from tests import factories
from tests.pages.ticket.ticket_pages import designate, lock, page, send, url
from wagtail_portal import actions
from wagtail_portal.models import DesignatedField, Role, TicketLogEntry
from wagtail_portal.permissions import Actor


@pytest.fixture
def ticket(home, dana):
    factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
    factories.ticket_field("Plan", type="text", set_by="team")
    return factories.ticket(dana, values={"severity": "low"})


@pytest.fixture
def editable(ticket):
    from wagtail_portal.models import TicketField

    severity = TicketField.objects.get(key="severity")
    designate(ticket, severity, editable=True)
    designate(ticket, "urgency", editable=True)
    designate(ticket, TicketField.objects.get(key="plan"))
    designate(ticket, "assignee")


def original(browser, ticket) -> str:
    """Return the original values that the form on the page remembers."""
    found = re.search(r'name="fields-original" value="([^"]*)"', page(browser, ticket))
    return found.group(1)


def inputs(html: str) -> set[str]:
    return set(re.findall(r'name="fields-([^"]+)"', html)) - {"original"}


def test_designated_fields_are_changed_in_one_form(browser, ticket, editable):
    assert inputs(page(browser, ticket)) == {"field-severity", "urgency"}
    values = {"fields-field-severity": "high", "fields-urgency": "urgent"}
    response = send(
        browser, ticket, "fields/", **values, **{"fields-original": original(browser, ticket)}
    )
    assert response.url == url(ticket)
    ticket.refresh_from_db()
    assert (ticket.values, ticket.urgency) == ({"severity": "high"}, "urgent")
    html = page(browser, ticket)
    assert "Details saved." in html
    assert "Severity changed from Low to High" in html
    assert "Urgency changed from Normal to Urgent" in html
    entry = TicketLogEntry.objects.get(action="wagtail_portal.change_fields")
    assert entry.data["changes"] == {"severity": ["low", "high"]}
    assert entry.data["urgency"] == ["normal", "urgent"]


def test_nothing_is_editable_until_it_is_designated(browser, ticket):
    designate(ticket, "urgency")
    assert inputs(page(browser, ticket)) == set()
    values = {"fields-urgency": "urgent", "fields-field-severity": "high"}
    send(browser, ticket, "fields/", **values)
    ticket.refresh_from_db()
    assert (ticket.values, ticket.urgency) == ({"severity": "low"}, "normal")


def test_fields_missing_from_the_form_are_ignored(browser, ticket, editable, team):
    send(
        browser,
        ticket,
        "fields/",
        **{
            "fields-urgency": "high",
            "fields-field-severity": "low",
            "fields-field-plan": "Gold",
            "fields-assignee": team.user.pk,
            "fields-status": factories.status("closed").pk,
            "private": "on",
            "urgency": "urgent",
            "requester": "1",
        },
    )
    ticket.refresh_from_db()
    assert (ticket.values, ticket.urgency) == ({"severity": "low"}, "high")
    assert (ticket.assignee, ticket.status.key, ticket.private) == (None, "new", False)


def test_invalid_value_is_rejected_and_kept_in_the_form(browser, ticket, editable):
    number = factories.ticket_field("Seats", type="number")
    designate(ticket, number, editable=True)
    response = send(
        browser,
        ticket,
        "fields/",
        **{
            "fields-field-seats": "many",
            "fields-urgency": "extreme",
            "fields-field-severity": "high",
        },
    )
    html = response.content.decode()
    assert response.status_code == 200
    assert "Enter a whole number." in html
    assert 'value="many"' in html
    assert '<details class="portal-details" open>' in html
    assert '<details class="portal-edit" open>' in html
    ticket.refresh_from_db()
    assert (ticket.values, ticket.urgency) == ({"severity": "low"}, "normal")


def test_text_in_a_field_that_has_become_read_only_is_given_back(browser, ticket, editable):
    notes = factories.ticket_field("Notes", type="text")
    designate(ticket, notes, editable=True)
    sent = {"fields-original": original(browser, ticket), "fields-field-severity": "high"}
    sent |= {"fields-urgency": "normal", "fields-field-notes": "A <long> story"}
    factories.change(DesignatedField.objects.filter(ticket_field=notes), editable=False)
    html = send(browser, ticket, "fields/", **sent).content.decode()
    assert "entered “A &lt;long&gt; story” can no longer be changed" in html
    ticket.refresh_from_db()
    assert ticket.values == {"severity": "low"}
    del sent["fields-field-notes"]
    assert send(browser, ticket, "fields/", **sent).url == url(ticket)
    ticket.refresh_from_db()
    assert ticket.values == {"severity": "high"}


def test_field_can_be_cleared(browser, ticket, editable):
    send(browser, ticket, "fields/", **{"fields-field-severity": "", "fields-urgency": "normal"})
    ticket.refresh_from_db()
    assert ticket.values == {}
    assert "Severity cleared" in page(browser, ticket)


class TestTwoTabs:
    """Someone else changes the same fields while the form is open."""

    @pytest.fixture
    def late(self, browser, ticket, editable, team):
        """Return ``late(**values)``, which submits a form opened before the team cleared the
        severity.

        Values that aren't given stay as they were shown.
        """
        remembered = original(browser, ticket)
        actions.change_fields(ticket, by=team, values={"severity": None})

        def late(**values):
            data = {"field-severity": "low", "urgency": "normal", "original": remembered, **values}
            data = {f"fields-{name}": value for name, value in data.items()}
            return send(browser, ticket, "fields/", **data)

        return late

    def test_untouched_fields_keep_the_new_value(self, late, ticket):
        assert late(urgency="high").status_code == 302
        ticket.refresh_from_db()
        assert (ticket.values, ticket.urgency) == ({}, "high")

    def test_conflict_shows_both_values_and_saves_nothing(self, late, ticket):
        response = late(**{"field-severity": "high", "urgency": "high"})
        html = response.content.decode()
        assert response.status_code == 200
        assert "Someone else changed this too." in html
        theirs, mine = re.findall(
            r"<span>(\w+) <span class=\"portal-help\">(?:current|your) value", html
        )
        assert (theirs, mine) == ("Empty", "High")
        # The customer's other change waits for the decision and isn't lost.
        assert '<option value="high" selected>High</option>' in html
        ticket.refresh_from_db()
        assert (ticket.values, ticket.urgency) == ({}, "normal")

    @pytest.mark.parametrize(
        ("choice", "value"), [("mine", {"severity": "high"}), ("theirs", {}), ("", None)]
    )
    def test_customer_resolves_the_conflict(self, late, ticket, choice, value):
        html = late(**{"field-severity": "high", "urgency": "high"}).content.decode()
        now = re.search(r'name="fields-original" value="([^"]*)"', html).group(1)
        again = {"field-severity": "high", "urgency": "high", "original": now}
        response = late(**again, **({"use-field-severity": choice} if choice else {}))
        ticket.refresh_from_db()
        assert response.status_code == 302
        # A form without the choice comes from a customer who has seen both values.
        assert ticket.values == ({"severity": "high"} if value is None else value)
        assert ticket.urgency == "high"

    def test_another_change_is_a_new_conflict(self, late, ticket, team):
        html = late(**{"field-severity": "high"}).content.decode()
        now = re.search(r'name="fields-original" value="([^"]*)"', html).group(1)
        actions.change_fields(ticket, by=team, values={"severity": "low"})
        again = {"field-severity": "high", "original": now, "use-field-severity": "mine"}
        html = late(**again).content.decode()
        theirs, mine = re.findall(
            r"<span>(\w+) <span class=\"portal-help\">(?:current|your) value", html
        )
        assert (theirs, mine) == ("Low", "High")

    def test_same_change_by_both_is_no_conflict(self, late, ticket):
        assert late(**{"field-severity": ""}).status_code == 302

    def test_submitting_twice_changes_once(self, late, ticket):
        for _time in range(2):
            assert late(urgency="high").status_code == 302
        assert ticket.log_entries.filter(action="wagtail_portal.change_fields").count() == 2

    @pytest.mark.parametrize("kind", ["missing", "nonsense", "of something else"])
    def test_forged_original_values_are_ignored(self, late, ticket, kind):
        other = signing.dumps({"urgency": []}, salt="other")
        forged = {"missing": "", "nonsense": "x", "of something else": other}[kind]
        assert late(original=forged, urgency="high").status_code == 302
        ticket.refresh_from_db()
        assert ticket.urgency == "high"


@pytest.mark.parametrize(
    ("type", "stored"),
    [
        ("datetime", "2026-01-02T03:04:05.678901+00:00"),
        ("decimal", "1.50"),
        ("yes_no", False),
        ("text", "two  spaces "),
    ],
)
def test_imported_value_is_not_changed_by_saving_another_field(
    browser, ticket, editable, type, stored
):
    designate(ticket, factories.ticket_field("Odd", type=type), editable=True)
    ticket.values = {**ticket.values, "odd": stored}
    ticket.save()
    html = page(browser, ticket)
    shown = re.search(r'name="fields-field-odd" value="([^"]*)"', html).group(1)
    data = {"fields-original": original(browser, ticket), "fields-urgency": "high"}
    data |= {
        "fields-field-severity": "low",
        "fields-field-odd": "no" if type == "yes_no" else shown,
    }
    assert send(browser, ticket, "fields/", **data).status_code == 302
    ticket.refresh_from_db()
    assert ticket.values["odd"] == stored
    assert ticket.urgency == "high"


def test_archived_choice_can_be_kept(browser, ticket, editable):
    from wagtail_portal.models import TicketFieldChoice

    factories.change(TicketFieldChoice.objects.filter(key="low"), archived=True)
    data = {"fields-original": original(browser, ticket), "fields-urgency": "high"}
    data |= {"fields-field-severity": "low"}
    assert send(browser, ticket, "fields/", **data).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.values, ticket.urgency) == ({"severity": "low"}, "high")


class TestNotAllowed:
    DATA = {"fields-urgency": "high", "fields-field-severity": "high"}

    def test_read_only_role(self, as_member, ticket, editable, acme):
        Role.objects.create(key="reader", name="R", can_edit_tickets=False, tickets="organization")
        reader = as_member(factories.member(acme, role="reader"))
        assert inputs(page(reader, ticket)) == set()
        response = reader.post(url(ticket, "fields/"), self.DATA, follow=True)
        assert "Your role in this organization doesn’t allow this." in response.content.decode()
        ticket.refresh_from_db()
        assert ticket.urgency == "normal"

    def test_locked_ticket(self, browser, ticket, editable, dana):
        actions.close_ticket(ticket, by=Actor.for_member(dana))
        lock(ticket)
        assert inputs(page(browser, ticket)) == set()
        html = send(browser, ticket, "fields/", **self.DATA).content.decode()
        assert "is locked" in html
        ticket.refresh_from_db()
        assert ticket.urgency == "normal"

    def test_get_changes_nothing(self, browser, ticket, editable):
        assert browser.get(url(ticket, "fields/"), self.DATA).url == url(ticket)
        ticket.refresh_from_db()
        assert ticket.urgency == "normal"


def test_changes_survive_an_expired_session(client, ticket, editable, dana):
    response = send(client, ticket, "fields/", **{"fields-urgency": "urgent"})
    assert response.url == f"/accounts/login/?next={url(ticket)}"
    client.force_login(dana.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    html = page(client, ticket)
    assert '<details class="portal-edit" open>' in html
    assert '<option value="urgent" selected>' in html
    data = {"fields-urgency": "urgent", "fields-field-severity": "low"}
    assert send(client, ticket, "fields/", **data).status_code == 302
    assert '<details class="portal-edit" open>' not in page(client, ticket)


def test_team_fields_cannot_be_designated_as_editable(ticket):
    from django.core.exceptions import ValidationError

    from wagtail_portal.models import TicketField

    for row in (
        DesignatedField(ticket_field=TicketField.objects.get(key="plan"), editable=True),
        DesignatedField(builtin="status", editable=True),
    ):
        with pytest.raises(ValidationError) as error:
            row.clean()
        assert "editable" in error.value.message_dict
