"""One of the team keeps a view of the inbox, shares it with colleagues, or throws it away."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, ngettext

from wagtail_portal import conf, search
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import SavedView
from wagtail_portal.permissions import Verb
from wagtail_portal.utils import markup

NAME_MAX_LENGTH = SavedView._meta.get_field("name").max_length
#: Characters of an address that every browser and server takes.
QUERY_MAX_LENGTH = 4000


def save_view(*, by, name: str, tab: str, query: str = "", shared: bool = False) -> SavedView:
    """Keep a tab of the inbox with its filters under a name. A view of one's own with the same
    name is replaced.

    :param query: the parameters of its address.
    :raises NotAllowed: for everybody but those of the team who may see tickets.
    :raises Invalid: with the key ``name`` or ``query``.
    """
    _require_team(by)
    name, query = markup.clean_line(name), markup.clean_line(query)
    if not name:
        raise Invalid({"name": gettext("Give the view a name.")})
    if len(name) > NAME_MAX_LENGTH:
        words = gettext("The name can have up to %(limit)d characters.")
        raise Invalid({"name": words % {"limit": NAME_MAX_LENGTH}})
    if len(query) > QUERY_MAX_LENGTH:
        raise Invalid({"query": gettext("This is too much to be saved. Use fewer filters.")})
    own = list(SavedView.objects.filter(user=by.user))
    # Databases differ in which names are the same to them.
    saved = next((row for row in own if search.fold(row.name) == search.fold(name)), None)
    limit = conf.SAVED_FILTERS_PER_MEMBER
    if saved is None and limit and len(own) >= limit:
        words = ngettext(
            "You can keep %(limit)d view. Delete it first.",
            "You can keep %(limit)d views. Delete one first.",
            limit,
        )
        raise Invalid({"name": words % {"limit": limit}})
    saved = saved or SavedView(user=by.user)
    saved.name, saved.tab, saved.query, saved.shared = name, tab[:30], query, shared
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise Invalid({"name": gettext("You have a view of this name already.")}) from error
    return saved


def share_view(saved: SavedView, *, by, shared: bool = True) -> None:
    """Show one's own view to all colleagues, or end that with ``shared=False``.

    :raises NotAllowed: for the views of others; but who may delete tickets can end that, too.
    """
    _require_team(by)
    is_own = saved.user_id == by.user.pk
    if not is_own and (shared or not by.may(Verb.DELETE)):
        raise NotAllowed("share_view")
    SavedView.objects.filter(pk=saved.pk).update(shared=shared)
    saved.shared = shared


def delete_view(saved: SavedView, *, by) -> None:
    """Throw one's own view away.

    :raises NotAllowed: for the views of others.
    """
    _require_team(by)
    if saved.user_id != by.user.pk:
        raise NotAllowed("delete_view")
    SavedView.objects.filter(pk=saved.pk).delete()


def _require_team(by) -> None:
    by.require(Verb.VIEW)
    if by.user is None or not by.is_team:
        raise NotAllowed(Verb.VIEW)
