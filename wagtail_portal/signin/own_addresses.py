"""People add email addresses to sign in with, verify them, choose the primary one, and remove them.

The address that's being added is in the session until its code is entered.
"""

import time
from dataclasses import dataclass
from functools import wraps

from allauth.account.decorators import reauthentication_required as allauth_requires
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.actions import record_address_change, send_sign_in_code
from wagtail_portal.actions.anonymous.verification import CODE_LETTERS
from wagtail_portal.actions.rate_limits import count, limit, use
from wagtail_portal.actions.signin.record_address_change import AddressChange
from wagtail_portal.exceptions import Invalid, NotAllowed, RateLimited
from wagtail_portal.metrics import REFUSALS
from wagtail_portal.models import Member, addresses_of, find_owner
from wagtail_portal.permissions import Verb

from .adapter import is_staff
from .addresses import verified_rows
from .scope import enter_scope, leave_scope
from .settings import code_minutes, portal_settings

__all__ = [
    "add_address",
    "addresses_to_show",
    "can_change_addresses",
    "make_primary",
    "pending_address",
    "reauthentication_required",
    "remove_address",
    "request_code",
    "sent_address",
]

SESSION_KEY = "wagtail_portal_new_address"


@dataclass(frozen=True)
class Address:
    """One of a person's email addresses."""

    email: str
    is_primary: bool


def addresses_to_show(user) -> list[Address]:
    """Return a user's email addresses, the primary one first."""
    own = getattr(user, user.get_email_field_name()).lower()
    return [Address(email, email == own) for email in addresses_of(user)]


def can_change_addresses(user) -> bool:
    """Return whether a user changes their own addresses: the team's are changed in the admin."""
    return conf.ADDRESSES_PER_PERSON != 1 and not is_staff(user)


def pending_address(request) -> str:
    """Return the address that a code was sent to which hasn't expired, or ""."""
    state = _state(request)
    return state.get("email", "") if state.get("expires_at", 0) >= time.time() else ""


def sent_address(request) -> str:
    """Return the address that a code was sent to, even if it has expired, or ""."""
    return _state(request).get("email", "")


def _state(request) -> dict:
    state = request.session.get(SESSION_KEY) or {}
    return state if state.get("user") == str(request.user.pk) else {}


def request_code(request, *, by, email: str, site) -> None:
    """Send a code to an address that the person wants to add.

    Other people aren't looked up, so the answer doesn't tell who has an account.

    :raises NotAllowed: for team members.
    :raises Invalid: with the key ``email`` for an address of their own, or too many.
    :raises RateLimited: after too many codes.
    """
    _require(by)
    own = addresses_of(by.user)
    if email in own:
        raise Invalid({"email": gettext("You already use this email address.")})
    if conf.ADDRESSES_PER_PERSON and len(own) >= conf.ADDRESSES_PER_PERSON:
        raise Invalid({"email": gettext("You can’t add more addresses. Remove one first.")})
    count(by, "ADDRESS_CODES_PER_HOUR")
    limit("ADDRESS_CODES_PER_HOUR", f"to {email}")
    code = get_random_string(8, CODE_LETTERS)
    request.session[SESSION_KEY] = {
        "user": str(by.user.pk),
        "email": email,
        "digest": _digest(by.user, email, code),
        "expires_at": time.time() + code_minutes() * 60,
    }
    minutes = code_minutes()
    send_sign_in_code(
        site,
        address=email,
        template="wagtail_portal/signin/email/add_address_code",
        context={"code": f"{code[:4]}-{code[4:]}", "email": email, "minutes": minutes},
        minutes=minutes,
    )


def reauthentication_required(view):
    """Let users of a view confirm that it's them first, on the portal's pages."""
    ask = allauth_requires(lambda request: None)

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        # If it asks, allauth's middleware redirects to the portal's pages.
        enter_scope(request)
        ask(request)
        leave_scope(request)
        return view(request, *args, **kwargs)

    return wrapper


def cancel(request) -> None:
    """Forget the address that was being added."""
    request.session.pop(SESSION_KEY, None)


def add_address(request, *, by, code: str, site) -> str:
    """Add the address that a code was sent to, and return it.

    :raises NotAllowed: for team members.
    :raises Invalid: with the key ``code`` for a wrong or expired code, or an address of someone
        else.
    :raises RateLimited: after too many attempts.
    """
    _require(by)
    email = pending_address(request)
    if not email:
        raise Invalid({"code": _expired()})
    digest = request.session[SESSION_KEY]["digest"]
    limit("CODE_TRIES_PER_ADDRESS", f"{by.user.pk} {email}")
    allowed = portal_settings("ACCOUNT_")["LOGIN_BY_CODE_MAX_ATTEMPTS"]
    try:
        use("attempts at a code", digest, allowed=allowed, period=code_minutes() * 60)
    except RateLimited as error:
        raise Invalid({"code": _expired()}) from error
    if not constant_time_compare(digest, _digest(by.user, email, code)):
        REFUSALS.labels(reason="incorrect_code").inc()
        text = gettext("That code isn’t correct. Check it and try again, or request a new one.")
        raise Invalid({"code": text})
    cancel(request)
    others = addresses_of(by.user)
    try:
        with transaction.atomic():
            _take(by.user, email)
            record_address_change(
                AddressChange.ADD, by=by, address=email, notify_addresses=others, site=site
            )
    except IntegrityError as error:
        # Someone else verified it at this very moment.
        raise Invalid({"code": _belongs_to_another()}) from error
    return email


def make_primary(*, by, email: str, site) -> None:
    """Send emails to another one of the person's verified addresses from now on.

    :raises NotAllowed: for team members, and unless the address is theirs.
    :raises Invalid: if another account has the address.
    """
    _require(by)
    user = by.user
    row = verified_rows(user).filter(email=email).first()
    if row is None:
        raise NotAllowed(Verb.VIEW)
    own = getattr(user, user.get_email_field_name()).lower()
    if email == own:
        return
    try:
        with transaction.atomic():
            row.set_as_primary()
            record_address_change(
                AddressChange.MAKE_PRIMARY,
                by=by,
                address=email,
                notify_addresses=[own, email] if own else [email],
                site=site,
            )
    except IntegrityError as error:
        raise Invalid(_belongs_to_another()) from error


def remove_address(*, by, email: str, site) -> None:
    """Remove an address that isn't the primary one.

    :raises NotAllowed: for team members, and for the primary address.
    """
    _require(by)
    user = by.user
    own = getattr(user, user.get_email_field_name()).lower()
    if email == own:
        raise NotAllowed(Verb.VIEW)
    with transaction.atomic():
        if EmailAddress.objects.filter(user=user, email=email).delete()[0]:
            record_address_change(
                AddressChange.REMOVE,
                by=by,
                address=email,
                notify_addresses=[own, email],
                site=site,
            )


def _require(by) -> None:
    by.require_member(Verb.VIEW)
    if not can_change_addresses(by.user):
        raise NotAllowed(Verb.VIEW)


def _take(user, email: str) -> None:
    """Store that ``user`` has verified an address, unless it belongs to another account in use.

    An account without access, left over from an attempt to sign in, gives it up.
    """
    User = get_user_model()
    # Two requests at once don't both see room for one more.
    User.objects.select_for_update().get(pk=user.pk)
    owner = find_owner(email)
    if owner is not None and owner != user and _is_in_use(owner, email):
        raise Invalid({"code": _belongs_to_another()})
    if conf.ADDRESSES_PER_PERSON and len(addresses_of(user)) >= conf.ADDRESSES_PER_PERSON:
        raise Invalid({"code": gettext("You can’t add more addresses. Remove one first.")})
    EmailAddress.objects.filter(email=email).exclude(user=user).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": False}
    )


def _is_in_use(owner, email: str) -> bool:
    """Return whether an account keeps its address: one with a membership, even without access, a
    team member's, or where no two users can have the same address."""
    email_field = owner._meta.get_field(owner.get_email_field_name())
    return (
        is_staff(owner)
        or email_field.unique
        or owner.has_usable_password()
        or Member.objects.filter(user=owner).exists()
    )


def _expired() -> str:
    return gettext("This code has expired. Request a new one.")


def _belongs_to_another() -> str:
    return gettext(
        "This email address belongs to another account. If both are yours, ask the support team to "
        "merge them."
    )


def _digest(user, email: str, code: str) -> str:
    typed = "".join(filter(str.isalnum, code.upper()))
    value = f"{user.pk}:{email}:{typed}"
    return salted_hmac("wagtail_portal.address", value, algorithm="sha256").hexdigest()
