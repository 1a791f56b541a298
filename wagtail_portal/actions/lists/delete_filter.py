"""A saved filter is thrown away."""

from wagtail_portal.models import SavedFilter

from ._filters import manages, require_own


def delete_filter(saved: SavedFilter, *, by) -> None:
    """Throw a filter away.

    :raises NotAllowed: for the filters of others, unless it is shared and ``by`` may manage the
        members of the organization.
    """
    if not (saved.shared and manages(saved, by)):
        require_own(saved, by)
    saved.delete()
