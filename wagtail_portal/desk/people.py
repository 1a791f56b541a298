"""Where the name and the address of a person are kept."""

from django.contrib.auth import get_user_model

from wagtail_portal.models import user_name_fields


def user_fields(prefix: str = "user__") -> list[str]:
    """Where the address and the name of a user are, in whatever user model the site has."""
    names = [get_user_model().get_email_field_name(), *user_name_fields()]
    return [f"{prefix}{name}" for name in names]
