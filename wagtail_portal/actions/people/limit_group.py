"""Limit which tickets a group of the team sees, or remove the limit."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from wagtail_portal.actions._log import record
from wagtail_portal.models import GroupScope
from wagtail_portal.permissions import Actor, Verb


def limit_group(
    group: Group, *, by: Actor, sites: Any = (), forms: Any = (), organizations: Iterable = ()
) -> GroupScope:
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
            keys: dict[str, Any] = {
                name: sorted(row.pk for row in rows) for name, rows in wanted.items()
            }
            record(group, "limit_group", by=by, **keys)
    return scope


def unlimit_group(group: Group, *, by: Actor) -> None:
    """Show the group all tickets again.

    :raises NotAllowed: unless ``by`` may add or change groups.
    """
    by.require_any(Verb.ADD_GROUP, Verb.LIMIT_GROUP)
    with transaction.atomic():
        deleted, _rows = GroupScope.objects.filter(group=group).delete()
        if deleted:
            record(group, "unlimit_group", by=by)
