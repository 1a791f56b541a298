"""A person who is expected gets a user, without a password."""

import uuid

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.utils import markup

from ._names import set_name


def provision_user(email: str, *, name: str = ""):
    """The user with this address, a new one if there is none. Works with any user model that
    has an e-mail field.

    The new user can do nothing before they prove the address at sign-in. An existing user's
    name is left alone.

    :raises Invalid: with the key ``email`` for something that is no address.
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
            # Somebody provisioned them at this very moment.
            if user := found.all().first():
                return user
            raise
        return user


def normalize_email(email: str) -> str:
    """An address as it is kept and compared: without blanks, lower case, in ASCII.

    :raises Invalid: with the key ``email``.
    """
    email = markup.clean_line(email).lower()
    local, at, domain = email.rpartition("@")
    try:
        # One way of writing each domain, and nothing but ASCII: some databases take letters for
        # equal that are not, and a look-alike address would be somebody's.
        email = f"{local}{at}{domain.encode('idna').decode()}"
        email.encode("ascii")
        validate_email(email)
    except (ValidationError, UnicodeError) as error:
        raise Invalid({"email": gettext("Enter a valid e-mail address.")}) from error
    return email


def _free_username(User, email: str) -> str:
    max_length = User._meta.get_field(User.USERNAME_FIELD).max_length or 150
    if (
        len(email) <= max_length
        and not User.objects.filter(**{User.USERNAME_FIELD: email}).exists()
    ):
        return email
    return uuid.uuid4().hex[:max_length]
