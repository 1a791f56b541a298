"""By whom and by what one can filter, from the member's newest tickets.

One query, however many tickets, members and forms there are: it also says how many tickets wait for
a reply, and, where the list is empty, whether there are older ones.
"""

from dataclasses import dataclass, field

from django.db.models import Exists, IntegerField, Subquery, Value
from django.utils.translation import gettext

from wagtail_portal.models import Member, display_name

#: How many tickets are looked at. Whom one does not find there is found by name.
NEWEST = 300
#: More names than this are no help in choosing.
NAMES_SHOWN = 25


class CountOf(Subquery):
    """How many rows a query gives that can be limited, as a value in another query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) _counted)"
    output_field = IntegerField()


@dataclass
class Choices:
    """``(id, name)`` pairs, and the two facts that came along."""

    requester: list[tuple[str, str]] = field(default_factory=list)
    form: list[tuple[str, str]] = field(default_factory=list)
    assignee: list[tuple[str, str]] = field(default_factory=list)
    #: Whether there may be requesters beside those listed.
    more_requesters: bool = False
    waiting: int = 0
    has_older: bool = False
    #: Whether the member can see any ticket at all.
    any_ticket: bool = False


def load(member: Member, visible, *, assignees=False, waiting=None, older=None) -> Choices:
    """What can be chosen among ``visible`` tickets.

    :param assignees: whether those of the team are asked for, too.
    :param waiting: a query, limited, whose rows are counted.
    :param older: a query; whether it has rows.
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
    requesters, forms, team = {}, {}, {}
    found = list(newest)
    for ticket in found:
        requesters[ticket.requester_id] = ticket.requester
        if ticket.form_id:
            forms.setdefault(ticket.form_id, ticket.form_title)
        if assignees and ticket.assignee_id:
            team[ticket.assignee_id] = ticket.assignee
    names = {pk: gettext("You") if pk == member.pk else row.name for pk, row in requesters.items()}
    people = {pk: display_name(user, from_team=True) for pk, user in team.items()}
    return Choices(
        requester=_pairs(names)[:NAMES_SHOWN],
        form=_pairs(forms),
        assignee=_pairs(people),
        more_requesters=len(found) == NEWEST or len(names) > NAMES_SHOWN,
        waiting=found[0].waiting if found else 0,
        has_older=bool(found) and bool(found[0].has_older),
        any_ticket=bool(found),
    )


def _pairs(names: dict) -> list[tuple[str, str]]:
    return sorted(((str(pk), name) for pk, name in names.items()), key=lambda pair: pair[1].lower())
