"""The email addresses that users have verified: allauth's ``EmailAddress``."""

from allauth.account.models import EmailAddress
from django.apps import apps

from wagtail_portal import signals
from wagtail_portal.models import find_owner
from wagtail_portal.models.addresses import addresses_requested, owners_requested

from .adapter import is_staff
from .allauth_internals import verify_email_indirectly
from .sessions import end_sessions


def connect() -> None:
    """Connect the receivers that tell the models who has verified which address."""
    uid = "wagtail_portal.signin.addresses"
    owners_requested.connect(on_owners_requested, dispatch_uid=uid)
    addresses_requested.connect(on_addresses_requested, dispatch_uid=uid)
    signals.people_merged.connect(on_people_merged, dispatch_uid=uid)
    signals.address_changed.connect(on_address_changed, dispatch_uid=uid)


def on_owners_requested(*, addresses, **kwargs) -> dict:
    """Return the primary keys of users by the address that they have verified."""
    rows = EmailAddress.objects.filter(email__in=addresses, verified=True)
    wanted = set(addresses)
    # Some databases treat different letters as equal.
    found = {row.email.lower(): row.user_id for row in rows}
    return {email: user for email, user in found.items() if email in wanted}


def on_addresses_requested(*, user, **kwargs) -> list[str]:
    """Return the addresses that a user has verified, the primary one first."""
    return [row.email.lower() for row in verified_rows(user)]


def on_people_merged(*, user, into, addresses, **kwargs) -> None:
    """Let ``into`` sign in with the addresses and identities of ``user``, and sign ``user`` out.

    The team has decided that both are one person, and they still have to prove that they receive
    email at an address before they use it.
    """
    EmailAddress.objects.filter(user=user).delete()
    own = getattr(into, into.get_email_field_name()).lower()
    for email in addresses:
        taken = EmailAddress.objects.filter(email=email, verified=True).exclude(user=into)
        if email != own and not taken.exists():
            EmailAddress.objects.filter(user=into, email=email).delete()
            EmailAddress.objects.create(user=into, email=email, verified=True)
    if apps.is_installed("allauth.socialaccount"):
        apps.get_model("socialaccount.SocialAccount").objects.filter(user=user).update(user=into)
    if apps.is_installed("allauth.mfa"):
        apps.get_model("mfa.Authenticator").objects.filter(user=user).delete()
    end_sessions(user)


def on_address_changed(*, user, old, new, **kwargs) -> None:
    """Let the user sign in with the address that the team gave them, and not with the former one.
    They prove that they receive email at the new one when they sign in."""
    rows = EmailAddress.objects.filter(user=user)
    rows.filter(email=old).delete()
    rows.filter(email=new).update(primary=True)
    end_sessions(user)


def verified_rows(user):
    """Return the rows of the addresses that a user has verified, the primary one first."""
    return EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk")


def release_address(user, email: str) -> None:
    """Let ``user``, who has just proven that they receive email at this address, be the one who has
    verified it, if it's theirs by :func:`~wagtail_portal.models.addresses.find_owner`: an account
    left over from an earlier attempt to sign in gives it up."""
    if find_owner(email) != user:
        return
    others = EmailAddress.objects.filter(email__iexact=email, verified=True).exclude(user=user)
    for row in others.select_related("user"):
        if not is_staff(row.user):
            row.delete()


def verify_address(request, user, email: str) -> None:
    """Store that ``user`` has proven that they receive email at this address."""
    release_address(user, email)
    verify_email_indirectly(request, user, email)
