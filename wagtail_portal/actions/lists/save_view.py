"""Save, share and delete an agent's views of the inbox."""

from django.utils.translation import gettext, ngettext

from wagtail_portal import conf
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import SavedView
from wagtail_portal.permissions import Verb

from ._saved import clean_name, clean_query, find_by_name, save


def save_view(*, by, name: str, tab: str, query: str = "", shared: bool = False) -> SavedView:
    """Save a tab of the inbox with its filters, and return the view. It replaces the agent's own
    view of the same name.

    :param query: the query string of the inbox.
    :raises NotAllowed: unless ``by`` is an agent who may see tickets.
    :raises Invalid: with the key ``name`` or ``query``.
    """
    _require_agent(by)
    name = clean_name(name, SavedView, missing=gettext("Give the view a name."))
    query = clean_query(query)
    own = list(SavedView.objects.filter(user=by.user))
    saved, limit = find_by_name(own, name), conf.SAVED_FILTERS_PER_MEMBER
    if saved is None and limit and len(own) >= limit:
        words = ngettext(
            "You can keep %(limit)d view. Delete it first.",
            "You can keep %(limit)d views. Delete one first.",
            limit,
        )
        raise Invalid({"name": words % {"limit": limit}})
    saved = saved or SavedView(user=by.user)
    saved.name, saved.tab, saved.query, saved.shared = name, tab[:30], query, shared
    return save(saved, taken=gettext("You have a view of this name already."))


def share_view(saved: SavedView, *, by, shared: bool = True) -> None:
    """Share one's own view with all agents, or stop sharing a view.

    :raises NotAllowed: for somebody else's view, unless ``by`` stops sharing it and may delete
        tickets.
    """
    _require_agent(by)
    is_own = saved.user_id == by.user.pk
    if not is_own and (shared or not by.may(Verb.DELETE)):
        raise NotAllowed("share_view")
    SavedView.objects.filter(pk=saved.pk).update(shared=shared)
    saved.shared = shared


def delete_view(saved: SavedView, *, by) -> None:
    """Delete one's own view.

    :raises NotAllowed: for somebody else's view.
    """
    _require_agent(by)
    if saved.user_id != by.user.pk:
        raise NotAllowed("delete_view")
    SavedView.objects.filter(pk=saved.pk).delete()


def _require_agent(by) -> None:
    by.require_team(Verb.VIEW)
    if by.user is None:
        raise NotAllowed(Verb.VIEW)
