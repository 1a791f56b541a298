"""Verify a visitor's address with the code from the email."""

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import PendingRequest
from wagtail_portal.utils.rate_limits import limit

from ._visitors import digest, lock, mailbox


def confirm_request(request: PendingRequest, *, code: str) -> None:
    """Mark the address of the request as verified, and use up the code.

    :raises Invalid: with the key ``code`` for a wrong code, and for one that has expired, was
        replaced by a new one, or was attempted too often.
    :raises RateLimited: after too many attempts at the codes of one address.
    """
    if request.proven_at is None:
        limit("VISITOR_TRIES_PER_ADDRESS", mailbox(request.address))
    with transaction.atomic():
        lock(request)
        if request.proven_at is not None:
            return
        now = timezone.now()
        ended = (
            not request.code_digest
            or request.code_expires_at < now
            or request.tries >= conf.VISITOR_CODE_TRIES
        )
        right = constant_time_compare(request.code_digest, digest(request, code)) and not ended
        request.tries = min(request.tries + 1, 1000)
        if right:
            request.proven_at, request.code_digest, request.updated_at = now, "", now
        request.save()
    # After the transaction, which would roll back the count of attempts.
    if ended:
        raise Invalid({"code": gettext("This code has expired. Request a new one.")})
    if not right:
        raise Invalid(
            {
                "code": gettext(
                    "That code isn’t correct. Check it and try again, or request a new one."
                )
            }
        )
