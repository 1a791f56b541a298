"""Send a visitor a code that verifies their address."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from wagtail_portal import conf, signals
from wagtail_portal.actions.people.provision_user import normalize_email
from wagtail_portal.models import PendingRequest
from wagtail_portal.utils.rate_limits import DAY, limit

from ._visitors import digest, lock, mailbox, new_code


def request_code(request: PendingRequest, *, address: str, client: str) -> None:
    """Send a code for the request to ``address``. An earlier code stops working.

    Whoever the address belongs to isn't looked up, so the answer never tells whether somebody is a
    customer.

    :param client: a digest of the visitor's IP address.
    :raises Invalid: with the key ``email`` for an invalid address.
    :raises RateLimited: after too many codes to the address, from the client, or on the site.
    """
    address = normalize_email(address)
    limit("VISITOR_CODES_PER_CLIENT", client)
    limit("VISITOR_CODES_PER_ADDRESS", mailbox(address))
    limit("VISITOR_CODES_PER_ADDRESS_A_DAY", mailbox(address), period=DAY)
    limit("VISITOR_CODES_PER_SITE", request.site_id)
    now, code = timezone.now(), new_code()
    with transaction.atomic():
        lock(request)
        request.address, request.code_digest = address, digest(request, code)
        request.code_expires_at = now + timedelta(minutes=conf.VISITOR_CODE_MINUTES)
        request.tries, request.proven_at, request.updated_at = 0, None, now
        request.save()
        signals.code_requested.send(sender=PendingRequest, request=request, code=code)
