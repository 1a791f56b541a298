"""Import organizations and members, each through the action for a single one and with the agent's
permissions of that moment."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.actions.background._runs import continue_run
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import CustomerImport, Organization, Role
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.rows import delete_some

from ._import_slices import (
    ImportSlice,
    MemberSlice,
    OrganizationSlice,
    create_named_organization,
)
from .create_member import create_member


def _create_member(by: Actor, given: Any) -> None:
    organization = Organization.objects.current(given["organization"])
    role = Role.objects.filter(pk=given["role"]).first() if given["role"] else None
    if organization is None or (given["role"] and role is None):
        raise Invalid({"organization": gettext("This no longer exists.")})
    create_member(
        organization,
        by=by,
        email=given["email"],
        name=given["name"],
        role=role,
        # Thousands of people needn't hear of an import.
        notify=False,
    )


#: How many rows are imported in one transaction.
SIZE = 20
#: What can be imported: the permission it needs, and what imports one row, and several.
KINDS: dict[str, tuple[Verb, Callable, type[ImportSlice]]] = {
    "organizations": (Verb.ADD_ORGANIZATION, create_named_organization, OrganizationSlice),
    "members": (Verb.ADD_MEMBER, _create_member, MemberSlice),
}


def begin_import(*, by: Actor, kind: str, rows: Iterable) -> CustomerImport:
    """Store what's to be imported, for :func:`continue_import`, and return the import.

    :param kind: ``organizations`` or ``members``.
    :param rows: pairs of the number of a row and its arguments as plain values: ``name``,
        ``external_id`` and ``domains``, or ``organization`` and ``role`` (primary keys), ``email``
        and ``name``.
    :raises NotAllowed: unless ``by`` is an agent who may add them.
    """
    permission, *_functions = KINDS[kind]
    by.require_team(permission)
    by.require_user(permission)
    rows = [list(row) for row in rows]
    return CustomerImport.objects.create(user=by.user, kind=kind, rows=rows, total=len(rows))


def continue_import(customer_import: CustomerImport, *, most: int | None = None) -> CustomerImport:
    """Import the rows that are left, and return the import. No row is imported twice when the
    process dies or two are at work.

    :param most: how many rows to import now; None for all.
    """
    _permission, create_one, slice_class = KINDS[customer_import.kind]
    create: Callable = create_one

    @contextmanager
    def together(by: Actor, rows: list) -> Iterator[None]:
        nonlocal create
        create = partial(create_one, by)
        if len(rows) == 1:
            yield
        else:
            several = slice_class(by, [given for _number, given in rows])
            create = several.create
            yield
            several.finish()

    def step(by: Actor, row: Any) -> Any:
        number, given = row
        return number, partial(create, given)

    return continue_run(customer_import, step, most=most, size=SIZE, together=together)


def discard_imports(*, older_than: timedelta, most: int | None = None) -> int:
    """Delete the records of imports that began that long ago, and return how many. What they
    imported stays.

    :param most: how many to delete now; None for all.
    """
    old = CustomerImport.objects.filter(created_at__lt=timezone.now() - older_than)
    return delete_some(old, most)
