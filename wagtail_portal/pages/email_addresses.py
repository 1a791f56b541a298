"""Several e-mail addresses in one line, as editors type them."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext

from wagtail_portal.utils.markup import split_list


def split_addresses(typed: str) -> list[str]:
    """The addresses in a text, separated by commas, semicolons or blanks, each once."""
    return list({address.lower(): address for address in split_list(typed)}.values())


def validate_addresses(typed: str) -> None:
    """:raises ValidationError: naming what is no address."""
    for address in split_addresses(typed):
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValidationError(
                gettext("“%(address)s” is not an e-mail address.") % {"address": address}
            ) from error
