"""Find or create the user with an email address."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import AutoField
from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import find_owner, user_name_fields
from wagtail_portal.utils import markup
from wagtail_portal.utils.email_addresses import parse_address
from wagtail_portal.utils.typing import User


def provision_user(email: str, *, name: str = "") -> Any:
    """Return the user with this address, creating one without a password if there is none. Works
    with any user model that has an email field.

    A new user can't do anything before they verify the address at sign-in.

    :param name: ignored for an existing user.
    :raises Invalid: with the key ``email`` for an invalid address.
    """
    email = normalize_email(email)
    with transaction.atomic():
        if user := find_owner(email):
            return user
        user = new_user(email, name=name)
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            # Another request created the user at this very moment.
            if user := find_owner(email):
                return user
            raise
        return user


def new_user(email: str, *, name: str = "", is_unique: bool = False) -> Any:
    """Return an unsaved user with this normalized address and without a password.

    :param is_unique: whether it's known that no one has the address as their username.
    :raises Invalid: with the key ``email`` if the user model doesn't accept the address.
    """
    User = get_user_model()
    email_field = User.get_email_field_name()
    user = User(**{email_field: email})
    if email_field != User.USERNAME_FIELD:
        set_username(user, email, is_unique=is_unique)
    check_address(user, email_field)
    set_name(user, name)
    user.set_unusable_password()
    return user


def check_address(user: User, email_field: str) -> None:
    """Check a user's address by the user model's own rules, such as a shorter column.

    :raises Invalid: with the key ``email``.
    """
    try:
        user._meta.get_field(email_field).run_validators(getattr(user, email_field))
    except ValidationError as error:
        raise Invalid({"email": error.messages}) from error


def normalize_email(email: str) -> str:
    """Return an address, typed or pasted in any form, as it's stored and compared.

    :raises Invalid: with the key ``email`` for an invalid address.
    """
    try:
        return parse_address(email)
    except ValidationError as error:
        raise Invalid({"email": error.messages}) from error


def set_name(user: User, name: str) -> list[str]:
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


def set_username(user: User, wanted: str, *, is_unique: bool = False) -> None:
    """Give a user a username that no one has and the user model accepts, without saving: ``wanted``
    if possible. One that the model generates, such as a UUID, stays.

    :param is_unique: whether it's known that no one has ``wanted``.
    :raises Invalid: with the key ``email`` if the model accepts none.
    """
    field = user._meta.get_field(user.USERNAME_FIELD)
    is_generated = field.has_default() and callable(field.default)
    # Another primary key would be another user.
    if is_generated or isinstance(field, AutoField) or (field.primary_key and user.pk):
        return
    others = type(user)._default_manager.exclude(pk=user.pk)
    for name in _usernames(wanted, field.max_length or 150):
        name = user.normalize_username(name)
        try:
            field.run_validators(field.to_python(name))
        except ValidationError:
            continue
        is_known_to_be_free = is_unique and name == wanted
        if is_known_to_be_free or not others.filter(**{f"{field.name}__iexact": name}).exists():
            setattr(user, field.name, name)
            return
    raise Invalid({"email": gettext("This email address can’t be used.")})


def _usernames(wanted: str, max_length: int) -> Iterator[str]:
    """Yield usernames to try, each simpler than the one before."""
    yield wanted
    yield re.sub(r"[^\w.@+-]", "", wanted)
    number = uuid.uuid4()
    yield number.hex[:max_length]
    yield f"user{number.hex}"[:max_length]
    yield "".join(chr(ord("a") + int(digit, 16)) for digit in number.hex)[:max_length]
    yield str(number.int)[:max_length]
