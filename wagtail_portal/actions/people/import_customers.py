"""Import organizations and members, each through the action for a single one and with the agent's
permissions of that moment."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.exceptions import ActionError, Invalid, NotAllowed
from wagtail_portal.models import CustomerImport, Organization, Role
from wagtail_portal.permissions import Actor, Verb

from .create_member import create_member
from .create_organization import create_organization

#: How many problems are stored in words.
PROBLEMS_STORED = 200


def _create_organization(by, given) -> None:
    name = given["name"]
    # The external ID identifies a customer; without one, the name has to.
    if not given["external_id"] and Organization.objects.filter(name=name).exists():
        raise Invalid({"name": gettext("There is already an organization with this name.")})
    create_organization(by=by, **given)


def _create_member(by, given) -> None:
    organization = Organization.objects.filter(pk=given["organization"]).first()
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


#: What can be imported: the permission it needs, and the function for one row.
KINDS = {
    "organizations": (Verb.ADD_ORGANIZATION, _create_organization),
    "members": (Verb.ADD_MEMBER, _create_member),
}


def begin_import(*, by, kind: str, rows) -> CustomerImport:
    """Store what's to be imported, for :func:`continue_import`, and return the import.

    :param kind: ``organizations`` or ``members``.
    :param rows: pairs of the number of a row and its arguments as plain values: ``name``,
        ``external_id`` and ``domains``, or ``organization`` and ``role`` (primary keys), ``email``
        and ``name``.
    :raises NotAllowed: unless ``by`` is an agent who may add them.
    """
    permission, _create = KINDS[kind]
    by.require_team(permission)
    by.require_user(permission)
    rows = [list(row) for row in rows]
    return CustomerImport.objects.create(user=by.user, kind=kind, rows=rows, total=len(rows))


def continue_import(customer_import: CustomerImport, *, most: int | None = None) -> CustomerImport:
    """Import the rows that are left, and return the import.

    Each row is imported in a transaction of its own together with the progress, so that none is
    imported twice when the process dies or two are at work.

    :param most: how many rows to import now; None for all.
    """
    user = get_user_model()._default_manager.get(pk=customer_import.user_id)
    by = Actor.for_agent(user)
    for number, given in customer_import.rows[customer_import.position :][:most]:
        with transaction.atomic():
            current = CustomerImport.objects.select_for_update().defer("rows")
            current = current.get(pk=customer_import.pk)
            if current.position != customer_import.position:
                # Another process is at work.
                return current
            _import_row(customer_import, number, given, by)
            customer_import.position += 1
            customer_import.save(update_fields=["position", "imported", "failed", "problems"])
    if customer_import.position >= customer_import.total and not customer_import.finished_at:
        # The file's personal data isn't needed any longer.
        customer_import.rows, customer_import.finished_at = [], timezone.now()
        customer_import.save(update_fields=["rows", "finished_at"])
    return customer_import


def _import_row(customer_import, number, given, by) -> None:
    _permission, create = KINDS[customer_import.kind]
    try:
        with transaction.atomic():
            create(by, given)
    except NotAllowed:
        problem = gettext("You don’t have permission to do this.")
    except Invalid as error:
        problem = " ".join(error.messages)
    except ActionError:
        problem = gettext("Something went wrong. Nothing was changed.")
    else:
        customer_import.imported += 1
        return
    customer_import.failed += 1
    if len(customer_import.problems) < PROBLEMS_STORED:
        customer_import.problems = [*customer_import.problems, [number, problem]]


def discard_imports(*, older_than: timedelta) -> int:
    """Delete the records of imports that began that long ago, and return how many. What they
    imported stays."""
    begun = CustomerImport.objects.filter(created_at__lt=timezone.now() - older_than)
    number, _by_model = begun.delete()
    return number
