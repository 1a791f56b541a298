"""What happens next: who looks after a ticket, and when to expect the first reply."""

from datetime import UTC, datetime, time, timedelta

import pytest

from tests.pages.ticket.ticket_pages import designate, page, settings_of
from tests.pages.ticket_list.test_queries import multiply
from wagtail_portal import actions
from wagtail_portal.models import SupportHours, Ticket, expected_first_reply
from wagtail_portal.models.first_replies import NEEDED

#: A Friday.
NOW = datetime(2026, 11, 6, 16, 0, tzinfo=UTC)


@pytest.fixture
def answered(ticket, dana):
    """Return ``answered(*waited)``: opens tickets, each answered after so much time; None for one
    that still waits."""

    def answer(*waited, opened=NOW - timedelta(days=3)):
        multiply(ticket, len(waited))
        rows = Ticket.objects.exclude(pk=ticket.pk).order_by("-pk")[: len(waited)]
        for row, duration in zip(rows, waited, strict=True):
            row.opened_at = opened
            row.first_answered_at = duration and opened + duration
            row.save()

    return answer


@pytest.fixture
def fresh(ticket):
    Ticket.objects.filter(pk=ticket.pk).update(opened_at=NOW)
    ticket.refresh_from_db()
    return ticket


HOUR = timedelta(hours=1)


def test_eight_of_ten_tickets_were_answered_as_fast(fresh, answered):
    answered(*[HOUR] * 15, *[3 * HOUR] * 2, *[9 * HOUR] * 3)
    assert expected_first_reply(fresh, settings_of(fresh), NOW) == NOW + 3 * HOUR


def test_only_support_hours_count(fresh, answered):
    settings = settings_of(fresh)
    settings.support_hours.add(SupportHours(days="01234", opens=time(9), closes=time(17)))
    settings.support_zone = "UTC"
    settings.save()
    # Opened on a Tuesday at 16:00, and answered on Wednesday at 11:00: three hours.
    answered(*[19 * HOUR] * NEEDED)
    monday = datetime(2026, 11, 9, 11, 0, tzinfo=UTC)
    assert expected_first_reply(fresh, settings_of(fresh), NOW) == monday


@pytest.mark.parametrize(
    ("waited", "days_ago"),
    [
        ([HOUR] * (NEEDED - 1), 3),
        ([HOUR] * NEEDED, 91),
        # Many still wait, so no one knows how long it takes.
        ([HOUR] * NEEDED + [None] * 10, 3),
        ([timedelta(days=7)] * NEEDED, 30),
    ],
)
def test_nothing_is_said_without_good_reason(fresh, answered, waited, days_ago):
    answered(*waited, opened=NOW - timedelta(days=days_ago))
    assert expected_first_reply(fresh, settings_of(fresh), NOW) is None


def test_ticket_says_what_happens_next_until_there_is_a_reply(browser, ticket, answered, team):
    answered(*[HOUR] * NEEDED, opened=datetime.now(UTC) - timedelta(days=2))
    assert "Judging by recent tickets, you can expect our first reply" in page(browser, ticket)
    designate(ticket, "assignee")
    actions.assign(ticket, by=team, assignee=team.user)
    assert "Robin Vale is looking after this ticket." in page(browser, ticket)
    Ticket.objects.filter(pk=ticket.pk).update(opened_at=datetime.now(UTC) - timedelta(days=1))
    assert "Our first reply is taking longer than usual." in page(browser, ticket)
    actions.reply(ticket, by=team, body="Hello")
    assert "What happens next" not in page(browser, ticket)
