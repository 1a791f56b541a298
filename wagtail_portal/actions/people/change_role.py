"""A member may do more, or less, than before."""

from wagtail_portal.models import Member, Role

from ._roles import give_role


def change_role(member: Member, *, by, role: Role, at=None, notify: bool = True) -> Member:
    """Give ``member`` another role; to give them the one that they have does nothing.

    A customer raises nobody above themselves, changes nobody who is above them, and does not take
    away the last admin. A role without access is as good as :func:`revoke_access`.

    :raises NotAllowed: unless ``by`` may manage this member, and give this role.
    :raises Invalid: with the key ``role`` for the last admin, and for visitors.
    """
    give_role(member, role, by=by, action="change_role", at=at, notify=notify)
    return member
