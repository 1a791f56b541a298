"""Save, rename, share and delete a member's filters of the ticket list."""

from django.db import transaction
from django.utils.translation import gettext, ngettext

from wagtail_portal import conf
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import SavedFilter
from wagtail_portal.permissions import Verb

from ._saved import clean_name, clean_query, find_by_name, save


def save_filter(*, by, name: str, query: str) -> SavedFilter:
    """Save a filter for the member ``by``, and return it.

    :param query: the query string of the list.
    :raises NotAllowed: unless ``by`` is a member who may see tickets.
    :raises Invalid: with the key ``name`` or ``query``.
    """
    _require_member(by)
    name, query = _clean_name(name, by.member), clean_query(query)
    limit = conf.SAVED_FILTERS_PER_MEMBER
    if limit and by.member.saved_filters.count() >= limit:
        words = ngettext(
            "You can keep %(limit)d filter. Delete it first.",
            "You can keep %(limit)d filters. Delete one first.",
            limit,
        )
        raise Invalid({"name": words % {"limit": limit}})
    return save(SavedFilter(member=by.member, name=name, query=query), taken=_taken())


def rename_filter(saved: SavedFilter, *, by, name: str) -> SavedFilter:
    """Rename one's own filter, and return it.

    :raises NotAllowed: for somebody else's filter.
    :raises Invalid: with the key ``name``.
    """
    _require_own(saved, by)
    saved.name = _clean_name(name, by.member, renamed=saved)
    return save(saved, taken=_taken())


def share_filter(saved: SavedFilter, *, by, shared: bool = True) -> None:
    """Share one's own filter with the organization, or stop sharing a filter.

    :raises NotAllowed: unless ``by`` manages the organization's members, or stops sharing their
        own filter.
    """
    if shared:
        _require_own(saved, by)
    if not (_manages(saved, by) or (not shared and _is_own(saved, by))):
        raise NotAllowed("share_filter")
    with transaction.atomic():
        changed = SavedFilter.objects.filter(pk=saved.pk, shared=not shared).update(shared=shared)
        if changed:
            organization = saved.member.organization
            action = "share_filter" if shared else "unshare_filter"
            record(organization, action, by=by, filter=saved.pk)
    saved.shared = shared


def delete_filter(saved: SavedFilter, *, by) -> None:
    """Delete a filter.

    :raises NotAllowed: for somebody else's filter, unless it's shared and ``by`` manages the
        organization's members.
    """
    if not (saved.shared and _manages(saved, by)):
        _require_own(saved, by)
    saved.delete()


def _require_member(by) -> None:
    by.require(Verb.VIEW)
    if by.member is None:
        raise NotAllowed(Verb.VIEW)


def _is_own(saved, by) -> bool:
    return by.member is not None and by.member.pk == saved.member_id


def _require_own(saved, by) -> None:
    _require_member(by)
    if not _is_own(saved, by):
        raise NotAllowed("save_filter")


def _manages(saved, by) -> bool:
    return by.member is not None and by.may_manage(saved.member.organization)


def _clean_name(name, member, renamed=None) -> str:
    name = clean_name(name, SavedFilter, missing=gettext("Give the filter a name."))
    others = [row for row in member.saved_filters.all() if row != renamed]
    if find_by_name(others, name):
        raise Invalid({"name": _taken()})
    return name


def _taken() -> str:
    return gettext("You have a filter of this name already.")
