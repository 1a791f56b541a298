"""Delete a saved filter."""

from wagtail_portal.models import SavedFilter

from ._saved_filters import manages, require_own


def delete_filter(saved: SavedFilter, *, by) -> None:
    """Delete a filter of ``by``, or one that is shared in an organization whose members ``by``
    manages.

    :raises NotAllowed: for the filters of others.
    """
    if by.is_team or not (saved.shared and manages(saved, by)):
        require_own(saved, by)
    saved.delete()
