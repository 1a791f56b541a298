"""The name of a user, in whatever columns the site's user model has for it."""

from wagtail_portal.models import user_name_fields
from wagtail_portal.utils import markup


def set_name(user, name: str) -> list[str]:
    """Call ``user`` by ``name``, and return the columns that hold it; they are not saved."""
    name = markup.clean_line(name)
    columns = user_name_fields()
    parts = dict.fromkeys(columns, name)
    if "first_name" in columns and "last_name" in columns:
        parts["first_name"], _space, parts["last_name"] = name.partition(" ")
    for column, value in parts.items():
        setattr(user, column, value[: user._meta.get_field(column).max_length])
    return columns
