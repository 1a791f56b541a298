"""What became of the emails about a message, as far as that's known."""

from collections.abc import Iterable
from typing import cast

from django.utils.translation import pgettext

from wagtail_portal.models import Delivery, Feedback, Message, Notification
from wagtail_portal.utils.humanize import comma_list, labelled

#: Recipients who are named per outcome.
_NAMED = 10


def deliveries(messages: Iterable[Message]) -> dict[int, list[str]]:
    """Return a line for each outcome by the primary key of the message: "Delivered to: Ada, Kim".
    One query. Emails to the team aren't listed, and old ones have been deleted."""
    rows = Notification.objects.filter(message__in=[row.pk for row in messages], to_team=False)
    rows = rows.select_related("recipient", "member__user").order_by("pk")
    found: dict[int, dict[tuple, list[str]]] = {}
    for row in rows:
        outcome = (_label(row), row.feedback_reason if row.feedback != Feedback.DELIVERED else "")
        name = row.member.name if row.member else row.to
        found.setdefault(cast(int, row.message_id), {}).setdefault(outcome, []).append(name)
    return {
        pk: [_line(label, names, reason) for (label, reason), names in outcomes.items()]
        for pk, outcomes in found.items()
    }


def _line(label: str, names: list[str], reason: str) -> str:
    shown = comma_list(names[:_NAMED])
    if len(names) > _NAMED:
        shown = f"{shown} (+{len(names) - _NAMED})"
    return labelled(label, f"{shown} ({reason})" if reason else shown)


def _label(row: Notification) -> str:
    by_feedback: dict[str, str] = {
        Feedback.DELIVERED: pgettext("email", "Delivered to"),
        Feedback.DELAYED: pgettext("email", "Delayed on the way to"),
        Feedback.BOUNCED: pgettext("email", "Couldn’t be delivered to"),
        Feedback.COMPLAINED: pgettext("email", "Reported as spam by"),
    }
    by_state: dict[str, str] = {
        Delivery.DUE: pgettext("email", "Waiting to be emailed to"),
        Delivery.DIGEST: pgettext("email", "In the next daily digest of"),
        Delivery.SENT: pgettext("email", "Emailed to"),
        Delivery.FAILED: pgettext("email", "Couldn’t be emailed to"),
    }
    return by_feedback.get(row.feedback) or by_state[row.state]
