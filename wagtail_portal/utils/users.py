"""Users' names, for any user model."""

from django.contrib.auth import get_user_model
from django.utils.translation import gettext

#: The domain of erased users' addresses, which can't receive email (RFC 2606, section 2).
ERASED_DOMAIN = "erased.invalid"


def is_erased(user) -> bool:
    """Return whether ``user`` was erased."""
    return getattr(user, user.get_email_field_name()).endswith(f"@{ERASED_DOMAIN}")


def user_name_fields() -> list[str]:
    """Return the database columns that contain a user's name."""
    concrete = {field.name for field in get_user_model()._meta.concrete_fields}
    known = ("first_name", "last_name", "full_name", "name")
    return [name for name in known if name in concrete]


def display_name(user, *, from_team: bool = False) -> str:
    """Return the full name of ``user``, or a substitute that doesn't reveal the username or email
    address of a team member. ``user`` is None if it was deleted."""
    name = user.get_full_name().strip() if user else ""
    if name:
        return name
    if from_team:
        return gettext("Support team")
    if user is None or is_erased(user):
        return gettext("Former member")
    return getattr(user, user.get_email_field_name()).partition("@")[0]
