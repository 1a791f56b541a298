"""Remember how an agent likes to see the inbox."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext

from wagtail_portal.actions._locks import lock_row, lock_rows, reload_actor
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Density, InboxPreferences, SavedFilter
from wagtail_portal.permissions import Actor, Verb

#: More columns than any screen can show.
COLUMNS = 30


def change_inbox_preferences(
    *, by: Actor, density: str | None = None, columns: list[str] | None = None
) -> InboxPreferences:
    """Change how an agent sees the inbox, and return the preferences. None changes nothing.

    :param density: one of :class:`~wagtail_portal.models.Density`.
    :param columns: names of columns in their order; empty for the team's usual ones.
    :raises NotAllowed: unless ``by`` is an agent who may see tickets.
    :raises Invalid: with the key ``density`` for anything else.
    """
    by.require_team(Verb.VIEW)
    if density is not None and density not in Density.values:
        raise Invalid({"density": gettext("Select how tickets are shown.")})
    with transaction.atomic():
        found = _locked(by)
        if density is not None:
            found.density = density
        if columns is not None:
            found.columns = _clean(columns)
        found.save()
    return found


def change_view_columns(saved: SavedFilter, *, by: Actor, columns: list[str]) -> SavedFilter:
    """Change the columns of a saved view of ``by``, and return it.

    :param columns: names of columns in their order; empty for each agent's own ones.
    :raises NotAllowed: for someone else's view.
    """
    with transaction.atomic():
        _lock(by)
        lock_row(saved, by=by)
        if not by.owns(saved):
            raise NotAllowed("save_filter")
        saved.columns = _clean(columns)
        saved.save(update_fields=["columns"])
    return saved


def pin_view(saved: SavedFilter, *, by: Actor, pinned: bool) -> None:
    """Show a saved view that ``by`` can see as a tab, or no longer.

    :raises NotAllowed: for a view that ``by`` can't see.
    """
    with transaction.atomic():
        found = _locked(by)
        _require_visible(saved, by)
        others = [pk for pk in found.pinned_views if pk != saved.pk]
        found.pinned_views = [*others, saved.pk] if pinned else others
        found.save()


def move_view(saved: SavedFilter, *, by: Actor, step: int) -> None:
    """Move a saved view that ``by`` can see up (-1) or down (1) in their order.

    :raises NotAllowed: for a view that ``by`` can't see.
    """
    with transaction.atomic():
        found = _locked(by)
        _require_visible(saved, by)
        views = found.arrange(SavedFilter.objects.visible_to_agent(by.user))
        order = [view.pk for view in views]
        place = order.index(saved.pk)
        order.insert(min(max(place + step, 0), len(order) - 1), order.pop(place))
        found.view_order = order
        found.save()


def _lock(by: Actor) -> None:
    by.require_team(Verb.VIEW)
    lock_rows(get_user_model()._default_manager.filter(pk=by.user.pk))
    reload_actor(by)
    by.require_team(Verb.VIEW)


def _locked(by: Actor) -> InboxPreferences:
    _lock(by)
    return InboxPreferences.of(by.user)


def _require_visible(saved: SavedFilter, by: Actor) -> None:
    if not SavedFilter.objects.visible_to_agent(by.user).filter(pk=saved.pk).exists():
        raise NotAllowed("save_filter")


def _clean(columns: Any) -> list[str]:
    return list(dict.fromkeys(str(name)[:100] for name in columns))[:COLUMNS]
