"""A member gets in no more, and perhaps again later."""

from wagtail_portal.models import Member, Role

from ._roles import give_role


def revoke_access(member: Member, *, by, at=None, notify: bool = True) -> Member:
    """Keep ``member`` out of their organization's portal, at once and in every browser.

    What they wrote stays, and they can be let in again. An open invitation of theirs ends.

    :raises NotAllowed: unless ``by`` may manage this member.
    :raises Invalid: with the key ``role`` for the last admin.
    """
    if member.role.gives_access:
        role = Role.objects.get(key=Role.NO_ACCESS)
        give_role(member, role, by=by, action="revoke_access", at=at, notify=notify)
    return member


def restore_access(member: Member, *, by, at=None, notify: bool = True) -> Member:
    """Let ``member`` in again, with the role of before.

    If that one is above a customer who lets them in, or nobody knows it, they get the role of new
    members. Who has access keeps the role that they have.

    :raises NotAllowed: unless ``by`` may manage this member.
    :raises Invalid: with the key ``role`` for visitors.
    """
    give_role(member, None, by=by, action="restore_access", at=at, notify=notify)
    return member
