"""The requesters, agents and forms that a member can filter by: those of their newest tickets.

The same query counts other rows, such as the tickets of each tab, and the older ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, repeat

from django.contrib.auth import get_user_model
from django.utils.translation import gettext

from wagtail_portal.models import Member, display_name
from wagtail_portal.portal_urls import titles_in_one_language
from wagtail_portal.utils.expressions import CountOf
from wagtail_portal.utils.users import named_by

#: How many tickets are read. Other requesters are found by name.
NEWEST = 300
#: Longer lists aren't useful.
NAMES_SHOWN = 25


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


def choices_query(visible, *, assignees: bool, counted: Iterable):
    """Return the query whose rows :func:`read_choices` takes.

    :param visible: the tickets that the member can see.
    :param assignees: whether to load the agents, too.
    :param counted: limited queries whose rows are counted.
    """
    counts = {f"count_{place}": CountOf(rows.values("pk")) for place, rows in enumerate(counted)}
    people = ["requester__user", *(["assignee"] if assignees else [])]
    # Tuples, because hundreds of objects would take longer than the rest of the list.
    return (
        visible.annotate(**counts)
        .order_by("-updated_at", "-id")
        .values_list(
            *("pk", "shared_revision", "updated_at"),
            *("requester_id", "form_id", "form_title", "assignee_id"),
            *(f"{person}__{name}" for person in people for name in named_by()),
            *counts,
        )[:NEWEST]
    )


def read_choices(
    member: Member, newest: list[tuple], *, assignees: bool, counted: list[str]
) -> Choices:
    """Return the choices in the rows of :func:`choices_query`.

    :param counted: the names of the queries that were counted.
    """
    requesters: dict = {}
    forms: dict = {}
    agents: dict = {}
    user_fields = named_by()
    width = len(user_fields)
    for _pk, _revision, _at, requester, form, title, agent, *row in newest:
        requesters.setdefault(requester, row[:width])
        if form:
            forms.setdefault(form, title)
        if assignees and agent:
            agents.setdefault(agent, row[width : 2 * width])

    def user(row):
        return get_user_model().from_db(None, user_fields, row)

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
