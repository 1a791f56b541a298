"""Find the user for an email address that another system has verified."""

from allauth.account.utils import filter_users_by_email
from django.contrib.auth import get_user_model

from wagtail_portal.models import Invitation, Member

from .adapter import is_staff
from .refusals import Refused


def find_person(email: str):
    """Return the user with this verified, lower-case email address, or None.

    :raises Refused: ``staff`` when one of the team has it, whoever else does; ``no_access`` when
        nobody who has it may sign in any more.
    """
    User = get_user_model()
    own = User.objects.filter(**{f"{User.get_email_field_name()}__iexact": email})
    everybody = {*own, *filter_users_by_email(email)}
    active = [user for user in everybody if user.is_active]
    # No other system may ever give access to what agents can do.
    if any(map(is_staff, active)):
        raise Refused("staff", email)
    if everybody and not active:
        raise Refused("no_access", email)
    found = filter_users_by_email(email, is_active=True, prefer_verified=True)
    return min(found or active, key=lambda user: str(user.pk), default=None)


def check_access(email: str, user, *, organization=None, organizations=(), new=False) -> None:
    """Check whether the person with this email address has access.

    :param organization: the one that they come in to; None for any.
    :param organizations: external ids of the only ones for which the other system speaks.
    :param new: whether they could become a member of ``organization``.
    :raises Refused: if not.
    """
    invited = Invitation.objects.open().filter(email=email)
    rows = Member.objects.filter(user=user) if user else Member.objects.none()
    if organizations:
        # It must not give access to what another organization shares with the same person.
        theirs = {"organization__external_id__in": organizations}
        if invited.exclude(**theirs).exists() or rows.with_access().exclude(**theirs).exists():
            raise Refused("other_organization", email)
    if organization is not None:
        rows, invited = (found.filter(organization=organization) for found in (rows, invited))
    if rows.with_access().exists() or invited.exists():
        return
    if rows.exists():
        raise Refused("no_access", email)
    if not (new and organization):
        raise Refused("unknown" if user is None else "no_access", email)
