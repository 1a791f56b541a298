"""Find the user of an email address that another system has verified."""

from allauth.account.utils import filter_users_by_email
from django.contrib.auth import get_user_model

from wagtail_portal.models import Invitation, Member

from .adapter import is_staff
from .refusals import Refused


def find_user(email: str):
    """Return the user with this verified, lower-case email address, or None.

    :raises Refused: ``staff`` if any of its users is a team member; ``no_access`` if all of them
        are deactivated.
    """
    User = get_user_model()
    own = User.objects.filter(**{f"{User.get_email_field_name()}__iexact": email})
    users = {*own, *filter_users_by_email(email)}
    active = [user for user in users if user.is_active]
    # Another system must never give access to the admin.
    if any(map(is_staff, active)):
        raise Refused("staff", email)
    if users and not active:
        raise Refused("no_access", email)
    found = filter_users_by_email(email, is_active=True, prefer_verified=True)
    return min(found or active, key=lambda user: str(user.pk), default=None)


def check_access(email: str, user, *, organization=None, organizations=(), new=False) -> None:
    """Check that a user, or someone who isn't a user yet, has access.

    :param organization: the organization to sign in to; None for any.
    :param organizations: external IDs of the organizations whose members the other system may sign
        in; empty for all.
    :param new: whether the system may add members to ``organization``.
    :raises Refused: if they have no access.
    """
    invited = Invitation.objects.open().filter(email=email)
    rows = Member.objects.filter(user=user) if user else Member.objects.none()
    if organizations:
        # The user may be a member of other organizations, which the system must not give access to.
        allowed = {"organization__external_id__in": organizations}
        if invited.exclude(**allowed).exists() or rows.with_access().exclude(**allowed).exists():
            raise Refused("other_organization", email)
    if organization is not None:
        rows, invited = (found.filter(organization=organization) for found in (rows, invited))
    if rows.with_access().exists() or invited.exists():
        return
    if rows.exists():
        raise Refused("no_access", email)
    if not (new and organization):
        raise Refused("unknown" if user is None else "no_access", email)
