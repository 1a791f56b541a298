"""What agents are told about an address to which emails can't be delivered."""

from collections.abc import Iterable

from django.utils.translation import gettext

from wagtail_portal.models import FailingAddress
from wagtail_portal.utils.humanize import exact_day


def failing_notes(addresses: Iterable[str]) -> list[str]:
    """Return a sentence for each of the addresses from which emails came back. One query."""
    rows = FailingAddress.objects.filter(email__in=[address.lower() for address in addresses])
    return [_note(row) for row in rows]


def _note(row: FailingAddress) -> str:
    since = exact_day(row.since)
    values = {"email": row.email, "since": since, "reason": row.reason}
    if row.is_stopped and row.reason:
        text = gettext(
            "Emails to %(email)s have failed since %(since)s, and aren’t sent for now. The email "
            "server said: %(reason)s"
        )
    elif row.is_stopped:
        text = gettext("Emails to %(email)s have failed since %(since)s, and aren’t sent for now.")
    elif row.reason:
        text = gettext(
            "Emails to %(email)s have failed since %(since)s. The email server said: %(reason)s"
        )
    else:
        text = gettext("Emails to %(email)s have failed since %(since)s.")
    return text % values
