"""Save, rename, share or delete a filter of the list of tickets."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext, ngettext

from wagtail_portal import conf, search
from wagtail_portal.actions._locks import lock_row, lock_rows, reload_actor
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Member, SavedFilter
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup

NAME_MAX_LENGTH = SavedFilter._meta.get_field("name").max_length or 0
#: Characters of a query string that every browser and server accepts.
QUERY_MAX_LENGTH = 4000


def save_filter(
    *, by: Actor, name: str, query: str = "", shared: bool = False, replace: bool = False
) -> SavedFilter:
    """Save the query string of a list for the member or agent ``by``, and return the filter.

    :param query: without the question mark.
    :param shared: with the team; members share with :func:`share_filter`.
    :param replace: overwrite a filter of the same name instead of refusing it.
    :raises NotAllowed: unless ``by`` is a person who can view tickets.
    :raises Invalid: with the key ``name`` or ``query``.
    """
    name, query = _clean_name(name), markup.clean_line(query)
    if len(query) > QUERY_MAX_LENGTH:
        raise Invalid({"query": gettext("This filter is too long to save. Use fewer filters.")})
    owner = {"user": by.user} if by.is_team else {"member": by.member}
    with transaction.atomic():
        _lock_owner(by)
        by.require_user(Verb.VIEW)
        if shared and not by.is_team:
            raise NotAllowed("share_filter")
        own = list(SavedFilter.objects.filter(**owner))
        saved = _named(name, own)
        if saved is not None and not replace:
            raise Invalid({"name": _taken()})
        limit = conf.SAVED_FILTERS_PER_MEMBER
        if saved is None and limit and len(own) >= limit:
            raise Invalid({"name": _too_many(limit, by)})
        saved = saved or SavedFilter(**owner)
        saved.name, saved.query, saved.shared = name, query, shared
        _write(saved)
    return saved


def rename_filter(saved: SavedFilter, *, by: Actor, name: str) -> SavedFilter:
    """Rename a filter of ``by`` and return it.

    :raises NotAllowed: for someone else's filter.
    :raises Invalid: with the key ``name``.
    """
    name = _clean_name(name)
    with transaction.atomic():
        _lock_owner(by, saved)
        _require_own(saved, by)
        others = SavedFilter.objects.filter(member=saved.member_id, user=saved.user_id)
        if _named(name, others.exclude(pk=saved.pk)):
            raise Invalid({"name": _taken()})
        saved.name = name
        _write(saved)
    return saved


def share_filter(saved: SavedFilter, *, by: Actor, shared: bool = True) -> None:
    """Share a filter of ``by`` with the team or the organization, or stop sharing any filter that
    ``by`` moderates.

    :raises NotAllowed: for someone else's filter, and for members who share without managing the
        members of their organization.
    """
    with transaction.atomic():
        _lock_owner(by, saved)
        if shared:
            _require_own(saved, by)
        may_decide = by.owns(saved) and (by.is_team or not shared)
        if not (may_decide or by.may_moderate(saved)):
            raise NotAllowed("share_filter")
        changed = SavedFilter.objects.filter(pk=saved.pk, shared=not shared).update(shared=shared)
        if changed and saved.member:
            action = "share_filter" if shared else "unshare_filter"
            record(saved.member.organization, action, by=by, filter=saved.pk)
    saved.shared = shared


def delete_filter(saved: SavedFilter, *, by: Actor) -> None:
    """Delete a filter of ``by``, or one that is shared in an organization whose members ``by``
    manages.

    :raises NotAllowed: for the filters of others.
    """
    with transaction.atomic():
        _lock_owner(by, saved)
        if by.is_team or not (saved.shared and by.may_moderate(saved)):
            _require_own(saved, by)
        saved.delete()


def _lock_owner(by: Actor, saved: SavedFilter | None = None) -> None:
    """Let one process at a time change which filters ``by`` has, or ``saved``, which others may
    moderate."""
    if by.member is not None:
        lock_rows(Member.objects.filter(pk=by.member.pk))
    elif by.user is not None:
        lock_rows(get_user_model()._default_manager.filter(pk=by.user.pk))
    if saved is None:
        reload_actor(by)
    else:
        lock_row(saved, by=by)


def _require_own(saved: SavedFilter, by: Actor) -> None:
    by.require_user(Verb.VIEW)
    if not by.owns(saved):
        raise NotAllowed("save_filter")


def _clean_name(name: str) -> str:
    name = markup.clean_line(name)
    if not name:
        raise Invalid({"name": gettext("Enter a name for the filter.")})
    if len(name) > NAME_MAX_LENGTH:
        text = gettext("The name can be up to %(limit)d characters long.")
        raise Invalid({"name": text % {"limit": NAME_MAX_LENGTH}})
    return name


def _named(name: str, rows: Iterable) -> SavedFilter | None:
    # Databases disagree about which names are equal.
    return next((row for row in rows if search.fold(row.name) == search.fold(name)), None)


def _write(saved: SavedFilter) -> None:
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise Invalid({"name": _taken()}) from error


def _taken() -> str:
    return gettext("You already have a filter with this name.")


def _too_many(limit: int, by: Actor) -> str:
    if by.is_team:
        text = ngettext(
            "You can save %(limit)d view. Delete it first.",
            "You can save up to %(limit)d views. Delete one first.",
            limit,
        )
    else:
        text = ngettext(
            "You can save %(limit)d filter. Delete it first.",
            "You can save up to %(limit)d filters. Delete one first.",
            limit,
        )
    return text % {"limit": limit}
