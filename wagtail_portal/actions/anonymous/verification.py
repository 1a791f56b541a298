"""Verify a visitor's address with a code from an email."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac
from django.utils.translation import gettext

from wagtail_portal import conf, signals
from wagtail_portal.actions.people.provision_user import normalize_email
from wagtail_portal.actions.rate_limits import DAY, limit
from wagtail_portal.exceptions import Invalid
from wagtail_portal.metrics import REFUSALS
from wagtail_portal.models import PendingRequest

from .save_request import lock_request

#: Letters that can't be mistaken for one another, and don't make words.
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def request_code(request: PendingRequest, *, address: str, client: str, browser: str = "") -> None:
    """Send a code for the request to ``address``. An earlier code stops working.

    Members aren't looked up, so the answer doesn't reveal who is a customer.

    :param client: a digest of the visitor's IP address.
    :param browser: an ID of a browser that is known for the address, which others can't use up the
        limits of.
    :raises Invalid: with the key ``email`` for an invalid address.
    :raises RateLimited: after too many codes to the address, from the client, or on the site.
    """
    address = normalize_email(address)
    mailbox = _mailbox(address, browser)
    if not browser:
        limit("VISITOR_CODES_PER_CLIENT", client)
    limit("VISITOR_CODES_PER_ADDRESS", mailbox)
    limit("VISITOR_CODES_PER_ADDRESS_A_DAY", mailbox, period=DAY)
    if not browser:
        limit("VISITOR_CODES_PER_SITE", request.site_id)
    now, code = timezone.now(), get_random_string(8, CODE_LETTERS)
    # In the format of allauth's sign-in codes.
    code = f"{code[:4]}-{code[4:]}"
    with transaction.atomic():
        lock_request(request)
        request.address, request.code_digest = address, _digest(request, code)
        request.code_expires_at = now + timedelta(minutes=conf.VISITOR_CODE_MINUTES)
        request.tries, request.proven_at, request.updated_at = 0, None, now
        request.save()
        signals.code_requested.send(sender=PendingRequest, request=request, code=code)


def confirm_request(request: PendingRequest, *, code: str, browser: str = "") -> None:
    """Mark the address of the request as verified, and use up the code.

    :param browser: as for :func:`request_code`.
    :raises Invalid: with the key ``code`` for a wrong code, and for one that has expired, was
        replaced by a new one, or was attempted too often.
    :raises RateLimited: after too many attempts at the codes of one address.
    """
    if request.proven_at is None:
        limit("VISITOR_TRIES_PER_ADDRESS", _mailbox(request.address, browser))
    with transaction.atomic():
        lock_request(request)
        if request.proven_at is not None:
            return
        now = timezone.now()
        ended = (
            not request.code_digest
            or request.code_expires_at is None
            or request.code_expires_at < now
            or request.tries >= conf.VISITOR_CODE_TRIES
        )
        is_correct = (
            constant_time_compare(request.code_digest, _digest(request, code)) and not ended
        )
        request.tries = min(request.tries + 1, 1000)
        if is_correct:
            request.proven_at, request.code_digest, request.updated_at = now, "", now
        request.save()
    # After the transaction, which would roll back the count of attempts.
    if ended:
        REFUSALS.labels(reason="expired_code").inc()
        raise Invalid({"code": gettext("This code has expired. Request a new one.")})
    if not is_correct:
        REFUSALS.labels(reason="incorrect_code").inc()
        text = gettext("That code isn’t correct. Check it and try again, or request a new one.")
        raise Invalid({"code": text})


def _digest(request: PendingRequest, code: str) -> str:
    """Return the digest of a code as it's stored. It's useless for another request, and without the
    secret key."""
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    value = f"{request.pk}:{typed}"
    return salted_hmac("wagtail_portal.code", value, algorithm="sha256").hexdigest()


def _mailbox(address: str, browser: str) -> str:
    """Return an address without what follows a plus, so that all addresses of one mailbox count
    against the same limit, which is another one for each browser that is known for it."""
    local, _at, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain} {browser}".strip()
