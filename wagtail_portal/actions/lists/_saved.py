"""What saved filters and saved views have in common: a name, and the query string of a list."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from wagtail_portal import search
from wagtail_portal.exceptions import Invalid
from wagtail_portal.utils import markup

#: Characters of a query string that every browser and server accepts.
QUERY_MAX_LENGTH = 4000


def clean_name(name: str, model, *, missing: str) -> str:
    """Return a name as it's stored.

    :param missing: the message for an empty name.
    :raises Invalid: with the key ``name`` when it's empty or too long.
    """
    name, limit = markup.clean_line(name), model._meta.get_field("name").max_length
    if not name:
        raise Invalid({"name": missing})
    if len(name) > limit:
        words = gettext("The name can have up to %(limit)d characters.")
        raise Invalid({"name": words % {"limit": limit}})
    return name


def clean_query(query: str) -> str:
    """Return a query string as it's stored.

    :raises Invalid: with the key ``query`` when it's too long.
    """
    if len(query) > QUERY_MAX_LENGTH:
        raise Invalid({"query": gettext("This is too much to be saved. Use fewer filters.")})
    return markup.clean_line(query)


def find_by_name(rows, name: str):
    """Return the row with a name that a reader would take for ``name``. Databases differ in which
    names are equal."""
    return next((row for row in rows if search.fold(row.name) == search.fold(name)), None)


def save(saved, *, taken: str):
    """Save a filter or view, and return it.

    :param taken: the message if another request saved one of that name first.
    :raises Invalid: with the key ``name``.
    """
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise Invalid({"name": taken}) from error
    return saved
