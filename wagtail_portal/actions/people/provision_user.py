"""Find or create the user with an email address."""

import uuid

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import user_name_fields
from wagtail_portal.utils import markup


def provision_user(email: str, *, name: str = ""):
    """Return the user with this address, creating one without a password if there is none. Works
    with any user model that has an email field.

    A new user can't do anything before they verify the address at sign-in.

    :param name: ignored for an existing user.
    :raises Invalid: with the key ``email`` for an invalid address.
    """
    email = normalize_email(email)
    User = get_user_model()
    email_field = User.get_email_field_name()
    with transaction.atomic():
        found = User.objects.filter(**{f"{email_field}__iexact": email}).order_by(
            "-is_active", "pk"
        )
        if user := found.first():
            return user
        user = User(**{email_field: email})
        if email_field != User.USERNAME_FIELD:
            setattr(user, User.USERNAME_FIELD, _free_username(User, email))
        set_name(user, name)
        user.set_unusable_password()
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            # Another request created the user at this very moment.
            if user := found.all().first():
                return user
            raise
        return user


def normalize_email(email: str) -> str:
    """Return an address as it's stored and compared: in lower case, ASCII, without spaces.

    :raises Invalid: with the key ``email`` for an invalid address.
    """
    email = markup.clean_line(email).lower()
    local, at, domain = email.rpartition("@")
    try:
        # ASCII only, with one spelling per domain: some databases treat different letters as equal,
        # so a look-alike address would find someone else's account.
        email = f"{local}{at}{domain.encode('idna').decode()}"
        email.encode("ascii")
        validate_email(email)
    except (ValidationError, UnicodeError) as error:
        raise Invalid({"email": gettext("Enter a valid email address.")}) from error
    return email


def set_name(user, name: str) -> list[str]:
    """Set a user's name in whatever columns the user model has for it, without saving.

    :return: the names of the columns.
    """
    name = markup.clean_line(name)
    columns = user_name_fields()
    parts = dict.fromkeys(columns, name)
    if "first_name" in columns and "last_name" in columns:
        parts["first_name"], _space, parts["last_name"] = name.partition(" ")
    for column, value in parts.items():
        setattr(user, column, value[: user._meta.get_field(column).max_length])
    return columns


def _free_username(User, email: str) -> str:
    max_length = User._meta.get_field(User.USERNAME_FIELD).max_length or 150
    if (
        len(email) <= max_length
        and not User.objects.filter(**{User.USERNAME_FIELD: email}).exists()
    ):
        return email
    return uuid.uuid4().hex[:max_length]
