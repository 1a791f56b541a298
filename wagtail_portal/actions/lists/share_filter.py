"""A saved filter is shown to teammates, or is not any more."""

from django.db import transaction

from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import SavedFilter

from ._filters import is_own, manages, require_own


def share_filter(saved: SavedFilter, *, by, shared: bool = True) -> None:
    """Show one's own filter to everybody in the organization, or end that with
    ``shared=False``, also for somebody else's.

    :raises NotAllowed: unless ``by`` may manage the members of the organization.
    """
    if shared:
        require_own(saved, by)
    if not (manages(saved, by) or (not shared and is_own(saved, by))):
        raise NotAllowed("share_filter")
    with transaction.atomic():
        changed = SavedFilter.objects.filter(pk=saved.pk, shared=not shared).update(shared=shared)
        if changed:
            organization = saved.member.organization
            action = "share_filter" if shared else "unshare_filter"
            record(organization, action, by=by, filter=saved.pk)
    saved.shared = shared
