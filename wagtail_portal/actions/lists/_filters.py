"""Whose a saved filter is, and who may do what with it."""

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import MembersAccess
from wagtail_portal.permissions import Verb


def require_member(by) -> None:
    by.require(Verb.VIEW)
    if by.member is None:
        raise NotAllowed(Verb.VIEW)


def is_own(saved, by) -> bool:
    return by.member is not None and by.member.pk == saved.member_id


def require_own(saved, by) -> None:
    require_member(by)
    if not is_own(saved, by):
        raise NotAllowed("save_filter")


def manages(saved, by) -> bool:
    """Whether ``by`` may manage the members of the organization that the filter belongs to."""
    return (
        by.member is not None
        and by.may(Verb.VIEW)
        and by.member.organization_id == saved.member.organization_id
        and by.member.role.members == MembersAccess.MANAGE
    )
