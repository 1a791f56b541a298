"""The requesters, agents and forms that a member can filter by: those of their newest tickets.

The same query counts the tickets that need a reply and, for an empty list, checks for older ones.
"""

from dataclasses import dataclass, field

from django.db.models import Exists, IntegerField, Subquery, Value
from django.utils.translation import gettext

from wagtail_portal.models import Member, display_name

#: How many tickets are read. Other requesters are found by name.
NEWEST = 300
#: Longer lists aren't useful.
NAMES_SHOWN = 25


class CountOf(Subquery):
    """The number of rows of a limited query, as a value of another query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) _counted)"
    output_field = IntegerField()


@dataclass
class Choices:
    """``(id, name)`` pairs, and the other results of the query."""

    requester: list[tuple[str, str]] = field(default_factory=list)
    form: list[tuple[str, str]] = field(default_factory=list)
    assignee: list[tuple[str, str]] = field(default_factory=list)
    #: Whether there may be other requesters.
    more_requesters: bool = False
    waiting: int = 0
    has_older: bool = False
    #: Whether the member can see any ticket at all.
    any_ticket: bool = False


def load_choices(member: Member, visible, *, assignees=False, waiting=None, older=None) -> Choices:
    """Return the choices among ``visible`` tickets.

    :param assignees: whether to load the agents, too.
    :param waiting: a limited query whose rows are counted.
    :param older: a query that is checked for rows.
    """
    newest = (
        visible.annotate(
            waiting=Value(0) if waiting is None else CountOf(waiting.values("pk")),
            has_older=Value(False) if older is None else Exists(older),
        )
        .select_related("requester__user", *(["assignee"] if assignees else []))
        .only("form_id", "form_title", "requester__user", "assignee")
        .order_by("-updated_at", "-id")[:NEWEST]
    )
    requesters, forms, agents = {}, {}, {}
    tickets = list(newest)
    for ticket in tickets:
        requesters[ticket.requester_id] = ticket.requester
        if ticket.form_id:
            forms.setdefault(ticket.form_id, ticket.form_title)
        if assignees and ticket.assignee_id:
            agents[ticket.assignee_id] = display_name(ticket.assignee, from_team=True)
    names = {pk: gettext("You") if pk == member.pk else row.name for pk, row in requesters.items()}
    return Choices(
        requester=_pairs(names)[:NAMES_SHOWN],
        form=_pairs(forms),
        assignee=_pairs(agents),
        more_requesters=len(tickets) == NEWEST or len(names) > NAMES_SHOWN,
        waiting=tickets[0].waiting if tickets else 0,
        has_older=bool(tickets) and bool(tickets[0].has_older),
        any_ticket=bool(tickets),
    )


def _pairs(names: dict) -> list[tuple[str, str]]:
    return sorted(((str(pk), name) for pk, name in names.items()), key=lambda pair: pair[1].lower())
