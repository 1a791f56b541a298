"""Share a saved filter, or stop sharing it."""

from django.db import transaction

from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import SavedFilter

from ._saved_filters import is_own, manages, require_own


def share_filter(saved: SavedFilter, *, by, shared: bool = True) -> None:
    """Share a filter of ``by`` with the team or the organization, or stop sharing any filter that
    ``by`` moderates.

    :raises NotAllowed: for somebody else's filter, and for members who share without managing the
        members of their organization.
    """
    own = is_own(saved, by)
    if shared:
        require_own(saved, by)
    if not (manages(saved, by) or (own and (by.is_team or not shared))):
        raise NotAllowed("share_filter")
    with transaction.atomic():
        changed = SavedFilter.objects.filter(pk=saved.pk, shared=not shared).update(shared=shared)
        if changed and saved.member_id:
            action = "share_filter" if shared else "unshare_filter"
            record(saved.member.organization, action, by=by, filter=saved.pk)
    saved.shared = shared
