"""Users' names, for any user model."""

import re
from collections.abc import Iterable
from functools import cache, reduce
from operator import or_

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import gettext

from .text import clean_line

#: The domain of erased users' addresses, which can't receive email (RFC 2606, section 2).
ERASED_DOMAIN = "erased.invalid"
#: What stands between names and addresses.
_SEPARATORS = re.compile('[,;<>"]')
#: Modules whose ways to name users read nothing but the columns of names.
NAMING = {"django.contrib.auth.models", __name__}


def is_erased(user) -> bool:
    """Return whether ``user`` was erased."""
    return getattr(user, user.get_email_field_name()).endswith(f"@{ERASED_DOMAIN}")


def user_name_fields() -> list[str]:
    """Return the database columns that contain a user's name."""
    concrete = {field.name for field in get_user_model()._meta.concrete_fields}
    known = ("first_name", "last_name", "full_name", "name")
    return [name for name in known if name in concrete]


@cache
def named_by() -> list[str]:
    """Return the columns of users that must be loaded to show their names, in the model's order."""
    model = get_user_model()
    fields = [field.attname for field in model._meta.concrete_fields]
    if getattr(model, "get_full_name", user_name_fields).__module__ not in NAMING:
        # The model's own way to name people may read anything.
        return fields
    read = {model._meta.pk.attname, model.get_email_field_name(), *user_name_fields()}
    return [name for name in fields if name in read]


def full_name(user) -> str:
    """Return the name of a user, or "" for none. User models needn't have ``get_full_name()``."""
    if hasattr(user, "get_full_name"):
        return clean_line(user.get_full_name() or "")
    columns = user_name_fields()
    whole = [name for name in columns if name in ("full_name", "name")]
    return clean_line(" ".join(getattr(user, name) or "" for name in whole[:1] or columns))


def user_lookups(prefix: str) -> list[str]:
    """Return the lookups of a user's name and email address, after ``prefix``."""
    names = [*user_name_fields(), get_user_model().get_email_field_name()]
    return [f"{prefix}{name}" for name in names]


def contains_words(text: str, lookups: Iterable[str]) -> Q:
    """Return the condition that each of the first words of ``text`` is in one of ``lookups``.

    :param text: names and addresses as people paste them: ``"Reyes, Dana" <dana@example.com>``.
    """
    words = Q()
    for word in _SEPARATORS.sub(" ", clean_line(text)).split()[:8]:
        words &= reduce(or_, [Q(**{f"{lookup}__icontains": word}) for lookup in lookups], Q())
    return words


def display_name(user, *, from_team: bool = False) -> str:
    """Return the full name of ``user``, or a substitute that doesn't reveal the username or email
    address of a team member. ``user`` is None if it was deleted."""
    name = full_name(user) if user else ""
    if name:
        return name
    if from_team:
        return gettext("Support team")
    if user is None or is_erased(user):
        return gettext("Former member")
    return getattr(user, user.get_email_field_name()).partition("@")[0]


def known_name(user) -> str:
    """Return the name of a customer as :func:`display_name` does, or "" where that's a stand-in."""
    return full_name(user) or ("" if is_erased(user) else display_name(user))
