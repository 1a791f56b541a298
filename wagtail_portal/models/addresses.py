"""Who has which email addresses. A user's own is in the user model; others that they have verified
belong to the package for sign-in, which answers the signals below."""

from django.contrib.auth import get_user_model
from django.dispatch import Signal

from .members import Member

#: Sent with ``addresses``, normalized; the receiver returns the primary keys of users by each
#: address that they have verified.
owners_requested = Signal()
#: Sent with ``user``; the receiver returns the addresses that the user has verified.
addresses_requested = Signal()


def owners_by_address(addresses) -> dict[str, object]:
    """Return the primary keys of the users who have verified these addresses, by address."""
    found = {}
    for _receiver, owners in owners_requested.send(sender=get_user_model(), addresses=addresses):
        found |= owners
    return found


def addresses_of(user) -> list[str]:
    """Return a user's own email address, and others that they have verified."""
    found = {getattr(user, user.get_email_field_name()).lower(): None}
    for _receiver, addresses in addresses_requested.send(sender=type(user), user=user):
        found |= dict.fromkeys(addresses)
    return [address for address in found if address]


def find_owner(email: str):
    """Return the user to whom a normalized address belongs, or None.

    The address can be the own one of one user and a verified one of another, if it was changed
    outside the portal. Whoever has access goes first, so that an account left over from an earlier
    attempt to sign in locks nobody out.
    """
    User = get_user_model()
    verified = owners_by_address([email]).get(email)
    own = User.objects.filter(**{f"{User.get_email_field_name()}__iexact": email})
    users = {*own, *User.objects.filter(pk=verified)}
    if len(users) < 2:
        return next(iter(users), None)
    members = Member.objects.filter(user__in=users)
    with_access = set(members.with_access().values_list("user", flat=True))

    def rank(user):
        return (
            not user.is_active,
            user.pk not in with_access,
            user.pk != verified,
            str(user.pk),
        )

    return min(users, key=rank)


def members_by_address(members, addresses) -> list[tuple[str, Member]]:
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
    others = {}
    for member in members.filter(user__in=set(owners.values())).select_related("user"):
        others.setdefault(member.user_id, []).append(member)
    for address, user in owners.items():
        for member in others.get(user, ()):
            found[address, member.pk] = member
    return [(address, member) for (address, _pk), member in found.items()]
