"""Create users for people who are expected, so that they can get a code."""

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
from wagtail_portal.models import Invitation, PortalSettings

from . import allauth_internals


def prepare(email: str, *, site=None) -> None:
    """Before a code is asked for: make sure that an invited person has a user, and that allauth
    knows the address of a user, still unproven.

    :param site: at whose portal a code is asked for; then people of a known domain are expected,
        too, and perhaps strangers.

    Does nothing for an address that isn't expected. The response is the same.
    """
    with transaction.atomic():
        _forget_former(email)
        user = _expected_user(email, site)
        if user is None:
            return
        # Without a row, allauth would ask for a second code to verify the address.
        if not EmailAddress.objects.filter(user=user, email__iexact=email).exists():
            primary = not EmailAddress.objects.filter(user=user, primary=True).exists()
            # Two simultaneous requests both find none.
            EmailAddress.objects.get_or_create(
                user=user, email=email, defaults={"primary": primary, "verified": False}
            )


def _expected_user(email: str, site=None):
    welcome = site is not None and PortalSettings.for_site(site).strangers_may_join
    invited = Invitation.objects.open().filter(email=email).exists()
    if invited or welcome or (site is not None and organization_of_domain(email)):
        try:
            return provision_user(email)
        except Invalid:
            return None
    User = get_user_model()
    found = User.objects.filter(**{f"{User.get_email_field_name()}__iexact": email})
    return found.filter(is_active=True).order_by("pk").first()


def _forget_former(email: str) -> None:
    """Forget an email address that was changed outside of allauth: the former mailbox may belong to
    someone else by now.

    allauth keeps the primary address equal to the user's own; if it differs, it is outdated.
    """
    User = get_user_model()
    field = User.get_email_field_name()
    users = User.objects.filter(**{f"{field}__iexact": email})
    rows = EmailAddress.objects.filter(Q(email__iexact=email) | Q(user__in=users), primary=True)
    for row in rows.select_related("user"):
        if _is_former(row.email, row.user):
            withdraw_invitations_of(row.email)
            row.delete()


def _is_former(primary: str, user) -> bool:
    own = getattr(user, user.get_email_field_name())
    return bool(own) and own.lower() != primary.lower()


def code_recipients(user) -> list[str]:
    """Return where a signed-in user can get a verification code, without a primary address that
    was changed outside of allauth (threat 6)."""
    primary = EmailAddress.objects.filter(user=user, primary=True).values_list("email", flat=True)
    former = {email for email in primary if _is_former(email, user)}
    return [found for found in allauth_internals.code_recipients(user) if found not in former]
