"""The requesters, agents and forms that a member can filter by: those of their newest tickets.

The same query counts other rows, such as the tickets of each tab, and the older ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, repeat
from types import MappingProxyType

from django.contrib.auth import get_user_model
from django.utils.translation import gettext

from wagtail_portal.models import Member, display_name
from wagtail_portal.portal_urls import titles_in_one_language
from wagtail_portal.utils.expressions import CountOf

#: How many tickets are read. Other requesters are found by name.
NEWEST = 300
#: Longer lists aren't useful.
NAMES_SHOWN = 25
EMPTY: Mapping = MappingProxyType({})


@dataclass
class Choices:
    """``(id, name)`` pairs, and the other results of the query."""

    requester: list[tuple[str, str]] = field(default_factory=list)
    form: list[tuple[str, str]] = field(default_factory=list)
    assignee: list[tuple[str, str]] = field(default_factory=list)
    #: Whether there may be other requesters.
    more_requesters: bool = False
    #: The numbers of rows, by what was asked for.
    counts: dict[str, int] = field(default_factory=dict)
    #: The primary key, revision and time of the ticket that changed last; None if the member can't
    #: see any.
    newest: tuple[int, int, datetime] | None = None


def load_choices(member: Member, visible, *, assignees=False, counted: Mapping = EMPTY) -> Choices:
    """Return the choices among ``visible`` tickets.

    :param assignees: whether to load the agents, too.
    :param counted: limited queries whose rows are counted, by name.
    """
    aliases = {f"count_{place}": name for place, name in enumerate(counted)}
    user_fields = [field.attname for field in get_user_model()._meta.concrete_fields]
    people = ["requester__user", *(["assignee"] if assignees else [])]
    # Tuples, because hundreds of objects would take longer than the rest of the list.
    newest = list(
        visible.annotate(
            **{alias: CountOf(counted[name].values("pk")) for alias, name in aliases.items()}
        )
        .order_by("-updated_at", "-id")
        .values_list(
            *("pk", "shared_revision", "updated_at"),
            *("requester_id", "form_id", "form_title", "assignee_id"),
            *(f"{person}__{name}" for person in people for name in user_fields),
            *aliases,
        )[:NEWEST]
    )
    requesters: dict = {}
    forms: dict = {}
    agents: dict = {}
    width = len(user_fields)
    for _pk, _revision, _at, requester, form, title, agent, *row in newest:
        requesters.setdefault(requester, row[:width])
        if form:
            forms.setdefault(form, title)
        if assignees and agent:
            agents.setdefault(agent, row[width : 2 * width])

    def user(row):
        return get_user_model().from_db(visible.db, user_fields, row)

    # Those who wrote last.
    shown = dict(islice(requesters.items(), NAMES_SHOWN))
    names = {
        pk: gettext("You") if pk == member.pk else Member(user=user(row)).name
        for pk, row in shown.items()
    }
    counts = newest[0][-len(counted) :] if newest else repeat(0)
    return Choices(
        requester=_pairs(names),
        form=_pairs(titles_in_one_language(forms)),
        assignee=_pairs(
            {pk: display_name(user(row), from_team=True) for pk, row in agents.items()}
        ),
        more_requesters=len(newest) == NEWEST or len(requesters) > NAMES_SHOWN,
        counts=dict(zip(counted, counts, strict=False)),
        newest=newest[0][:3] if newest else None,
    )


def _pairs(names: dict) -> list[tuple[str, str]]:
    return sorted(((str(pk), name) for pk, name in names.items()), key=lambda pair: pair[1].lower())
