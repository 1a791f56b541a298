"""Merge organizations in the background: one of them may have very many tickets."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.actions._locks import CHUNK
from wagtail_portal.actions.background._runs import continue_run
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Organization, OrganizationMerge, Role, Ticket
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.rows import delete_some

from .merge_organizations import (
    VERBS,
    index_tickets,
    merge_organizations,
    require_roles,
    why_organizations_stay,
)

#: The first step, which merges them. All others are lists of tickets to index.
MERGE = "merge"


def begin_organization_merge(
    source: Organization, *, into: Organization, by: Actor, roles: Any = None
) -> OrganizationMerge:
    """Store which organizations are to be merged, for :func:`continue_organization_merge`. If it
    has been stored before and isn't finished, that one is returned.

    :param roles: as for :func:`merge_organizations`.
    :raises NotAllowed: as :func:`merge_organizations` does.
    :raises Invalid: likewise.
    """
    for verb in VERBS:
        by.require_team(verb)
    by.require_user(Verb.DELETE_ORGANIZATION)
    if not (by.acts_for(source) and by.acts_for(into)):
        raise NotAllowed(Verb.DELETE_ORGANIZATION)
    if refusal := why_organizations_stay(source, into):
        raise Invalid({"organization": refusal})
    require_roles(source, into, roles or {})
    pks = {"source_pk": source.pk, "target_pk": into.pk}
    if found := OrganizationMerge.objects.filter(finished_at=None, **pks).first():
        return found
    tickets = Ticket.objects.filter(organization=source).order_by("pk")
    keys = list(tickets.values_list("pk", flat=True))
    work = [MERGE, *(keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))]
    return OrganizationMerge.objects.create(
        user=by.user,
        **pks,
        roles={str(pk): role.pk for pk, role in (roles or {}).items()},
        work=work,
        total=len(work),
    )


def continue_organization_merge(
    merge: OrganizationMerge, *, most: int | None = None
) -> OrganizationMerge:
    """Merge the organizations if that's still to be done, index what hasn't been indexed, and
    return the merge. The organizations are merged in one transaction, so that no one ever sees a
    part of the tickets.

    :param most: how many steps to make now; None for all.
    """

    def step(by: Actor, item: Any) -> Any:
        if item == MERGE:
            return None, partial(_merge, merge, by)
        # Nothing has moved if the first step failed.
        return None, partial(index_tickets, [] if merge.failed else item)

    return continue_run(merge, step, most=most)


def _merge(merge: OrganizationMerge, by: Actor) -> None:
    source = Organization.objects.filter(pk=merge.source_pk).first()
    # It may have been merged itself in the meantime.
    target = Organization.objects.current(merge.target_pk)
    if source is None or target is None:
        raise Invalid({"organization": gettext("This organization no longer exists.")})
    known = Role.objects.in_bulk(merge.roles.values())
    roles = {int(pk): known[role] for pk, role in merge.roles.items() if role in known}
    later = {pk for keys in merge.work[1:] for pk in keys}
    merge_organizations(source, into=target, by=by, roles=roles, indexed_later=later)


def discard_organization_merges(*, older_than: timedelta, most: int | None = None) -> int:
    """Delete the records of merges that began that long ago, and return how many. The history of
    the organization stays.

    :param most: how many to delete now; None for all.
    """
    old = OrganizationMerge.objects.filter(created_at__lt=timezone.now() - older_than)
    return delete_some(old, most)
