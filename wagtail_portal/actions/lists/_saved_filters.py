"""Who owns a saved filter, and who can change it."""

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import MembersAccess, SavedFilter
from wagtail_portal.permissions import Verb


def owner_of_new(by) -> dict:
    """Return the owner of what ``by`` saves: ``{"member": …}`` or ``{"user": …}``.

    :raises NotAllowed: unless ``by`` is a person who can view tickets.
    """
    by.require(Verb.VIEW)
    if by.user is None:
        raise NotAllowed(Verb.VIEW)
    return {"user": by.user} if by.is_team else {"member": by.member}


def require_own(saved: SavedFilter, by) -> None:
    """:raises NotAllowed: unless ``saved`` belongs to ``by``."""
    owner_of_new(by)
    if not is_own(saved, by):
        raise NotAllowed("save_filter")


def is_own(saved: SavedFilter, by) -> bool:
    if by.is_team:
        return by.user is not None and by.user.pk == saved.user_id
    return by.member.pk == saved.member_id


def manages(saved: SavedFilter, by) -> bool:
    """Return whether ``by`` moderates those with whom ``saved`` is shared: an agent who can delete
    tickets, or a member who manages the members of the organization."""
    if by.is_team:
        return bool(by.user and saved.user_id) and by.may(Verb.VIEW) and by.may(Verb.DELETE)
    return (
        saved.member_id is not None
        and by.may(Verb.VIEW)
        and by.member.organization_id == saved.member.organization_id
        and by.member.role.members == MembersAccess.MANAGE
    )
