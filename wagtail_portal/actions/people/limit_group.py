"""Limit which tickets a group of the team sees, or remove the limit."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from wagtail_portal.actions._locks import reload_actor, share
from wagtail_portal.actions._log import record
from wagtail_portal.models import GroupScope, Organization
from wagtail_portal.permissions import Actor, Verb


def limit_group(
    group: Group, *, by: Actor, sites: Any = (), forms: Any = (), organizations: Iterable = ()
) -> GroupScope:
    """Show the group only the tickets of these sites, forms and organizations, and return the
    scope. Without any, the group sees no tickets. What has just been deleted is left out.

    :raises NotAllowed: unless ``by`` may add or change groups.
    """
    by.require_any(Verb.ADD_GROUP, Verb.LIMIT_GROUP)
    wanted = {"sites": sites, "forms": forms, "organizations": organizations}
    with transaction.atomic():
        keys: dict[str, Any] = {name: _locked(name, rows) for name, rows in wanted.items()}
        reload_actor(by)
        by.require_any(Verb.ADD_GROUP, Verb.LIMIT_GROUP)
        scope, changed = GroupScope.objects.get_or_create(group=group)
        for name, new in keys.items():
            chosen = getattr(scope, name)
            if set(chosen.values_list("pk", flat=True)) != set(new):
                chosen.set(new)
                changed = True
        if changed:
            record(group, "limit_group", by=by, **keys)
    return scope


def _locked(name: str, rows: Iterable) -> list:
    """Lock what a group is limited to until the transaction ends, and return the primary keys of
    what still exists: of a merged organization, that of the other one."""
    model: Any = GroupScope._meta.get_field(name).related_model
    existing = model._base_manager.values_list("pk", flat=True)
    wanted = {row.pk for row in rows}
    found = set(share(existing.filter(pk__in=wanted)))
    if model is Organization:
        merged = filter(None, map(Organization.objects.current, sorted(wanted - found)))
        found.update(share(existing.filter(pk__in=[row.pk for row in merged])))
    return sorted(found)


def unlimit_group(group: Group, *, by: Actor) -> None:
    """Show the group all tickets again.

    :raises NotAllowed: unless ``by`` may add or change groups.
    """
    by.require_any(Verb.ADD_GROUP, Verb.LIMIT_GROUP)
    with transaction.atomic():
        reload_actor(by)
        by.require_any(Verb.ADD_GROUP, Verb.LIMIT_GROUP)
        deleted, _rows = GroupScope.objects.filter(group=group).delete()
        if deleted:
            record(group, "unlimit_group", by=by)
