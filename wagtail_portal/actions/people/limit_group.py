"""Limit which tickets a group of the team sees, or remove the limit."""

from django.db import transaction

from wagtail_portal.actions._log import record
from wagtail_portal.models import GroupScope
from wagtail_portal.permissions import Verb


def limit_group(group, *, by, sites=(), forms=(), organizations=()) -> GroupScope:
    """Show the group only the tickets of these sites, forms and organizations, and return the
    scope. Without any, the group sees no tickets.

    :raises NotAllowed: unless ``by`` may add or change groups.
    """
    by.require_any(Verb.ADD_GROUP, Verb.LIMIT_GROUP)
    wanted = {"sites": sites, "forms": forms, "organizations": organizations}
    with transaction.atomic():
        scope, changed = GroupScope.objects.get_or_create(group=group)
        for name, rows in wanted.items():
            chosen = getattr(scope, name)
            old, new = set(chosen.values_list("pk", flat=True)), {row.pk for row in rows}
            if old != new:
                chosen.set(rows)
                changed = True
        if changed:
            keys = {name: sorted(row.pk for row in rows) for name, rows in wanted.items()}
            record(group, "limit_group", by=by, **keys)
    return scope


def unlimit_group(group, *, by) -> None:
    """Show the group all tickets again.

    :raises NotAllowed: unless ``by`` may add or change groups.
    """
    by.require_any(Verb.ADD_GROUP, Verb.LIMIT_GROUP)
    with transaction.atomic():
        deleted, _rows = GroupScope.objects.filter(group=group).delete()
        if deleted:
            record(group, "unlimit_group", by=by)
