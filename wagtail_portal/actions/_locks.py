"""Lock rows in one order, so that actions wait for each other but never in a circle.

An action locks everything it's going to change before it reads what it decides by, in the
:data:`ORDER` of tables; in each, by primary key. SQLite locks the whole database at the beginning
of a transaction instead (``transaction_mode``).
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Member, Organization, Role, Ticket
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import held_tickets

#: The tables in the order in which their rows are locked. What's being worked on comes first: it's
#: locked before anyone knows which tickets it changes. Rows of other tables come last, and are
#: locked by whoever has locked what they belong to.
ORDER = (
    *("Erasure", "CustomerImport", "BulkChange", "PendingRequest", "ReceivedEmail"),
    *("Ticket", "Organization", "Member", "User", "Notification"),
)
#: Rows that are locked by one query.
CHUNK = 500
#: What a query ends with that keeps others from changing the rows, by kind of database.
SHARED = {"postgresql": "FOR SHARE", "mysql": "LOCK IN SHARE MODE"}

#: Where Django's model backend and ``permissions.scope_of`` keep what a user may do.
CACHED_PERMISSIONS = (
    *("_perm_cache", "_user_perm_cache", "_group_perm_cache"),
    "_wagtail_portal_scope",
)

Result = TypeVar("Result")


def for_update(rows: QuerySet) -> QuerySet:
    """Return ``rows`` so that reading them locks them in the order of their primary keys, until the
    transaction ends.

    On PostgreSQL, others can still refer to a locked row by a foreign key. Otherwise, everything
    that mentions a user would wait for everything else that does.
    """
    features = connections[rows.db].features
    no_key = features.has_select_for_no_key_update
    return rows.order_by("pk").select_for_update(no_key=no_key)


def lock_rows(rows: QuerySet) -> list:
    """Lock ``rows`` as :func:`for_update` does, and return their primary keys."""
    return list(for_update(rows).values_list("pk", flat=True))


def lock_tickets(keys: Iterable[int]) -> list[int]:
    """Lock the tickets with these primary keys, and return the keys of those that exist."""
    if (held := held_tickets.current()) is not None:
        # What's done to them isn't done to the objects that are held.
        held.release()
    keys, found = sorted(keys), []
    for start in range(0, len(keys), CHUNK):
        found += lock_rows(Ticket.objects.filter(pk__in=keys[start : start + CHUNK]))
    return found


def with_locked_tickets(
    find: Callable[[], set[int]],
    act: Callable[[], Result],
    *,
    by: Actor,
    before: Callable[[], object] = lambda: None,
    after: Callable[[], object] = lambda: None,
) -> Result:
    """Lock the tickets that ``find`` returns, and return the result of ``act``, in one transaction.
    Then what ``by`` may do is read again, as by :func:`reload_actor`.

    ``find`` is called again once they're locked. If another one has been added since, or ``after``
    returns False, everything is unlocked first, or the order would be broken.

    :param find: returns primary keys.
    :param before: locks rows that come before tickets in the order.
    :param after: locks rows that come after them.
    """
    known = find()
    while True:
        with transaction.atomic():
            before()
            lock_tickets(known)
            is_locked = after() is not False
            found = find()
            if is_locked and found <= known:
                reload_actor(by)
                return act()
        known |= found


def lock_row(row: Any, *, by: Actor) -> None:
    """Lock a row that isn't a ticket until the transaction ends, and reload it and, as by
    :func:`reload_actor`, what ``by`` may do.

    :raises Invalid: when it has been deleted.
    """
    model = type(row)
    try:
        row.refresh_from_db(from_queryset=for_update(model._default_manager.all()))
    except model.DoesNotExist as error:
        raise Invalid(gettext("This no longer exists.")) from error
    reload_actor(by)


def share(rows: QuerySet) -> list:
    """Read ``rows`` so that no one changes them until the transaction ends, while others can read
    them in the same way."""
    connection = connections[rows.db]
    suffix = SHARED.get(connection.vendor, "")

    def lock(execute: Any, sql: Any, *args: Any) -> Any:
        return execute(f"{sql} {suffix}", *args)

    with connection.execute_wrapper(lock):
        return list(rows.order_by("pk"))


def share_organizations(keys: Iterable[int]) -> None:
    """Lock the organizations that changed rows refer to, where the database does so for each
    foreign key, in an order of its own: MariaDB and MySQL."""
    rows = Organization.objects.filter(pk__in=set(keys)).values_list("pk")
    if connections[rows.db].vendor == "mysql":
        share(rows)


def share_member(member: Member) -> None:
    """Lock a member as :func:`share` does, and load their organization again if it was merged."""
    found = share(Member.objects.filter(pk=member.pk).values_list("organization", flat=True))
    if found:
        _set_organization(member, found[0])


def _set_organization(member: Member, pk: Any) -> None:
    if pk != member.organization_id:
        member.organization = Organization.objects.get(pk=pk)


def reload_actor(by: Actor) -> None:
    """Load again what may have changed while the actor waited for a lock: whether they're active, a
    member's role and organization, and an agent's permissions. One query, and the next check of an
    agent's permissions reads them again. Until the transaction ends, the users, members and their
    roles stay as they are.
    """
    if by.member is not None:
        same = Member.objects.filter(pk=by.member.pk, user=by.user)
        # Nothing is found if the person's accounts were merged.
        found = share(same.values_list("role", "organization", "user__is_active"))
        role, organization, by.user.is_active = found[0] if found else (None, None, False)
        if role not in (None, by.member.role_id):
            by.member.role = Role.objects.get(pk=cast(int, role))
        if organization is not None:
            _set_organization(by.member, organization)
    elif by.user is not None:
        users = get_user_model()._default_manager.filter(pk=by.user.pk)
        found = share(users.values_list("is_active", "is_superuser"))
        by.user.is_active, by.user.is_superuser = found[0] if found else (False, False)
        for name in CACHED_PERMISSIONS:
            if hasattr(by.user, name):
                delattr(by.user, name)
