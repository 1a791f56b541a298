"""Who has which email addresses. A user's own is in the user model; others that they have verified
belong to the package for sign-in, which answers the signals below."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib.auth import get_user_model
from django.db.models.functions import Lower
from django.dispatch import Signal

from wagtail_portal.utils.typing import User

from .members import Member

#: Sent with ``addresses``, normalized; the receiver returns the primary keys of users by each
#: address that they have verified.
owners_requested = Signal()
#: Sent with ``user``; the receiver returns the addresses that the user has verified.
addresses_requested = Signal()
#: Sent with ``user``; the receiver returns how the user signs in, as a list of texts.
sign_in_methods_requested = Signal()


def owners_by_address(addresses: Iterable[str]) -> dict[str, Any]:
    """Return the primary keys of the users who have verified these addresses, by address."""
    found: dict = {}
    for _receiver, owners in owners_requested.send(sender=get_user_model(), addresses=addresses):
        found |= cast(dict, owners)
    return found


def addresses_of(user: User) -> list[str]:
    """Return a user's own email address, and others that they have verified."""
    found = {getattr(user, user.get_email_field_name()).lower(): None}
    for _receiver, addresses in addresses_requested.send(sender=type(user), user=user):
        found |= dict.fromkeys(cast(list[str], addresses))
    return [address for address in found if address]


def sign_in_methods(user: User) -> list[str]:
    """Return how a user signs in, in words."""
    answers = sign_in_methods_requested.send(sender=type(user), user=user)
    return [text for _receiver, texts in answers for text in cast(list[str], texts)]


def find_owner(email: str) -> Any:
    """Return the user to whom a normalized address belongs, or None.

    The address can be the own one of one user and a verified one of another, if it was changed
    outside the portal. A user with access goes first, so that an account left over from an earlier
    attempt to sign in locks no one out.
    """
    User = get_user_model()
    verified = owners_by_address([email]).get(email)
    own = User.objects.filter(**{f"{User.get_email_field_name()}__iexact": email})
    users = {*own, *User.objects.filter(pk=cast(Any, verified))}
    if len(users) < 2:
        return next(iter(users), None)
    members = Member.objects.filter(user__in=users)
    with_access = set(members.with_access().values_list("user", flat=True))

    def rank(user: Any) -> tuple:
        return (
            not user.is_active,
            user.pk not in with_access,
            user.pk != verified,
            str(user.pk),
        )

    return min(users, key=rank)


def find_owners(emails: Iterable[str]) -> dict[str, Any]:
    """Return the users to whom normalized addresses belong, by address, as :func:`find_owner`
    does."""
    User = get_user_model()
    field, wanted = User.get_email_field_name(), set(emails)
    verified = owners_by_address(wanted)
    own = User.objects.alias(portal_address=Lower(field)).filter(portal_address__in=wanted)
    pairs: list[tuple[str, Any]] = [(getattr(user, field).lower(), user) for user in own]
    others = User.objects.in_bulk(set(verified.values()))
    pairs += [(email, others[pk]) for email, pk in verified.items() if pk in others]
    found: dict[str, set] = {}
    for email, user in pairs:
        found.setdefault(email, set()).add(user)
    return {
        email: find_owner(email) if len(users) > 1 else users.pop()
        for email, users in found.items()
    }


def members_by_address(members: Any, addresses: Iterable[str]) -> list[tuple[str, Member]]:
    """Return ``(address, member)`` for those of ``members`` who have one of the addresses.

    :param members: a queryset.
    :param addresses: normalized email addresses.
    """
    if not addresses:
        return []
    owners = owners_by_address(addresses)
    found = {
        (member.address, member.pk): member
        for member in members.with_addresses(addresses).select_related("user")
    }
    others: dict = {}
    for member in members.filter(user__in=set(owners.values())).select_related("user"):
        others.setdefault(member.user_id, []).append(member)
    for address, user in owners.items():
        for member in others.get(user, ()):
            found[address, member.pk] = member
    return [(address, member) for (address, _pk), member in found.items()]
