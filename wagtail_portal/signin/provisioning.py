"""Create users for expected people, so that they can request a code."""

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from wagtail_portal.actions import (
    organization_of_domain,
    provision_user,
    withdraw_invitations_of,
)
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Guest, Invitation, PortalSettings, find_owner

from . import allauth_internals


def provision_if_expected(email: str, *, site=None, name: str = "") -> None:
    """Create a user for an expected email address, and tell allauth the (unverified) address.

    :param site: the site where they sign in, where users of a known domain, or even anyone, can be
        expected; None for invited people only.
    :param name: the name of a new user.
    """
    with transaction.atomic():
        _delete_outdated(email)
        user = _expected_user(email, site, name)
        if user is None:
            return
        # Without this row, allauth would send a second code to verify the address.
        if not EmailAddress.objects.filter(user=user, email__iexact=email).exists():
            primary = not EmailAddress.objects.filter(user=user, primary=True).exists()
            # A simultaneous request may have created it.
            EmailAddress.objects.get_or_create(
                user=user, email=email, defaults={"primary": primary, "verified": False}
            )


def find_active_owner(email: str):
    """Return the active user to whom an address belongs, or None."""
    user = find_owner(email)
    return user if user is not None and user.is_active else None


def _expected_user(email: str, site=None, name: str = ""):
    if user := find_active_owner(email):
        return user
    is_invited = Invitation.objects.open().filter(email=email).exists()
    is_invited = is_invited or Guest.objects.of_address(email).exists()
    anyone_may_join = site is not None and PortalSettings.for_site(site).strangers_may_join
    if is_invited or anyone_may_join or (site is not None and organization_of_domain(email)):
        try:
            return provision_user(email, name=name)
        except Invalid:
            return None
    return None


def _delete_outdated(email: str) -> None:
    """Delete allauth's primary address of users whose email address was changed elsewhere: the old
    mailbox may belong to someone else by now."""
    User = get_user_model()
    field = User.get_email_field_name()
    users = User.objects.filter(**{f"{field}__iexact": email})
    rows = EmailAddress.objects.filter(Q(email__iexact=email) | Q(user__in=users), primary=True)
    for row in rows.select_related("user"):
        if _is_outdated(row.email, row.user):
            withdraw_invitations_of(row.email)
            row.delete()


def _is_outdated(primary: str, user) -> bool:
    own = getattr(user, user.get_email_field_name())
    return bool(own) and own.lower() != primary.lower()


def code_recipients(user) -> list[str]:
    """Return where a signed-in user can receive a verification code. Leaves out a primary address
    that was changed elsewhere, as its mailbox may belong to someone else by now."""
    primary = EmailAddress.objects.filter(user=user, primary=True).values_list("email", flat=True)
    outdated = {email for email in primary if _is_outdated(email, user)}
    return [row for row in allauth_internals.code_recipients(user) if row not in outdated]
