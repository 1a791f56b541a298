"""A member keeps what they filter the list of tickets by."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, ngettext

from wagtail_portal import conf, search
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import SavedFilter
from wagtail_portal.utils import markup

from ._filters import require_member, require_own

NAME_MAX_LENGTH = SavedFilter._meta.get_field("name").max_length
#: Characters of an address that every browser and server takes.
QUERY_MAX_LENGTH = 4000


def save_filter(*, by, name: str, query: str) -> SavedFilter:
    """Keep ``query``, the parameters of a list, for the member ``by`` under a name.

    :raises NotAllowed: for everybody but members who may see tickets.
    :raises Invalid: with the key ``name`` or ``query``.
    """
    require_member(by)
    name = _clean_name(name, by.member)
    if len(query) > QUERY_MAX_LENGTH:
        raise Invalid({"query": gettext("This is too much to be saved. Use fewer filters.")})
    limit = conf.SAVED_FILTERS_PER_MEMBER
    if limit and by.member.saved_filters.count() >= limit:
        raise Invalid(
            {
                "name": ngettext(
                    "You can keep %(limit)d filter. Delete it first.",
                    "You can keep %(limit)d filters. Delete one first.",
                    limit,
                )
                % {"limit": limit}
            }
        )
    return _write(SavedFilter(member=by.member, name=name, query=markup.clean_line(query)))


def rename_filter(saved: SavedFilter, *, by, name: str) -> SavedFilter:
    """Give one's own filter another name.

    :raises NotAllowed: for the filters of others.
    :raises Invalid: with the key ``name``.
    """
    require_own(saved, by)
    saved.name = _clean_name(name, by.member, but=saved)
    return _write(saved)


def _clean_name(name, member, but=None) -> str:
    name = markup.clean_line(name)
    if not name:
        raise Invalid({"name": gettext("Give the filter a name.")})
    if len(name) > NAME_MAX_LENGTH:
        raise Invalid(
            {
                "name": gettext("The name can have up to %(limit)d characters.")
                % {"limit": NAME_MAX_LENGTH}
            }
        )
    # Databases differ in which names are the same to them.
    taken = {search.fold(row.name) for row in member.saved_filters.all() if row != but}
    if search.fold(name) in taken:
        raise Invalid({"name": _taken()})
    return name


def _write(saved) -> SavedFilter:
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise Invalid({"name": _taken()}) from error
    return saved


def _taken() -> str:
    return gettext("You have a filter of this name already.")
