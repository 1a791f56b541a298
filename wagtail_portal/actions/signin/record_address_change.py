"""Log that a member changed their email addresses, and tell them at the addresses they had."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from wagtail.models import Site

from wagtail_portal.actions._log import record
from wagtail_portal.models import Member
from wagtail_portal.permissions import Actor, Verb

from .send_sign_in_code import send_sign_in_code

#: Minutes for which a notice is sent again if the email server is down.
NOTICE_MINUTES = 3 * 24 * 60


class AddressChange(StrEnum):
    """What a member can do with an email address, as the name of the log entry."""

    ADD = "add_address"
    REMOVE = "remove_address"
    MAKE_PRIMARY = "change_address"


def record_address_change(
    change: AddressChange,
    *,
    by: Actor,
    address: str,
    notify_addresses: Any,
    site: Site,
    at: datetime | None = None,
) -> None:
    """Log in the member's organizations that they changed their addresses, and send a notice.

    :param address: the address that was added or removed, or is the primary one now.
    :param notify_addresses: where the notice goes, so that no one's account changes unnoticed.
    :raises NotAllowed: unless ``by`` is a member with access.
    """
    by.require_member(Verb.VIEW)
    with transaction.atomic():
        memberships = Member.objects.with_access().filter(user=by.user)
        for member in memberships.select_related("organization"):
            record(member.organization, str(change), by=by, at=at, member=member.pk)
        for recipient in notify_addresses:
            send_sign_in_code(
                site,
                address=recipient,
                template="wagtail_portal/signin/email/address_changed",
                context={"change": str(change), "address": address, "email": recipient},
                minutes=NOTICE_MINUTES,
            )
