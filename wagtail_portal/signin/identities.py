"""Find the user of an email address that another system has verified."""

from allauth.account.utils import filter_users_by_email
from django.contrib.auth import get_user_model

from wagtail_portal.models import find_owner

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
    return find_owner(email) or min(active, key=lambda user: str(user.pk), default=None)
