"""The members that the parameters of a URL ask for, and URLs of the same list."""

from typing import Any, cast

from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from wagtail_portal.models import Member, Role, TicketScope
from wagtail_portal.pages.list_url import ListURL, one_of, value
from wagtail_portal.utils.query_params import page_number
from wagtail_portal.utils.text import clean_line
from wagtail_portal.utils.users import contains_words, user_lookups

#: The last page that can be asked for: the database reads all rows before it.
MOST_PAGES = 400

STATES = {
    "active": _("Active"),
    "new": _("Not signed in yet"),
    "no_access": _("No access"),
}
#: Labels of the orders, by the names of their columns.
ORDERS = {"name": _("Name"), "role": _("Role"), "active": _("Last active")}
DEFAULT_ORDER = "name"

_NO_ACCESS = Q(role__tickets=TicketScope.NONE) | Q(user__is_active=False)
_CONDITIONS = {
    "active": ~_NO_ACCESS & Q(activated_at__isnull=False),
    "new": ~_NO_ACCESS & Q(activated_at=None),
    "no_access": _NO_ACCESS,
}


class MembersQuery:
    """What ``params`` ask for, of the members that ``member`` may see.

    :param roles: all roles.
    """

    def __init__(self, member: Member, params: QueryDict, roles: list[Role]):
        self.member = member
        self.search = clean_line(value(params, "q"))[:100]
        self.role = one_of(params, "role", {str(role.pk) for role in roles})
        self.state = one_of(params, "state", STATES)
        orders = {*ORDERS, *(f"-{key}" for key in ORDERS)}
        self.sort = one_of(params, "sort", orders, DEFAULT_ORDER)
        self.page = min(page_number(params), MOST_PAGES)

    @property
    def is_narrowed(self) -> bool:
        """Whether some members may be left out."""
        return bool(self.search or self.role or self.state)

    @property
    def url(self) -> ListURL:
        """The URL of the first page, relative to the list."""
        sort = "" if self.sort == DEFAULT_ORDER else self.sort
        given = {"q": self.search, "role": self.role, "state": self.state, "sort": sort}
        return ListURL({name: [text] for name, text in given.items()})

    def page_url(self, number: int) -> str:
        """Return the URL of a page, relative to the list; "" for the list as it first opens."""
        url = self.url.replace(page=str(number) if number > 1 else "")
        return str(url) if url.params else ""

    def visible(self) -> QuerySet[Member]:
        """Return all members that the current user may see."""
        return Member.objects.visible_to(self.member)

    def members(self) -> QuerySet[Member]:
        """Return the members, in order."""
        found = self.visible().filter(contains_words(self.search, user_lookups("user__")))
        if self.role:
            found = found.filter(role=cast(Any, self.role))
        if self.state:
            found = found.filter(_CONDITIONS[self.state])
        return found.order_by(*self.order())

    def order(self) -> list:
        """Return the order, as ``order_by`` takes it."""
        names, descending = user_lookups("user__"), self.sort.startswith("-")
        match self.sort.removeprefix("-"):
            case "role":
                first: list = ["role__sort_order", "role__name"]
            case "active":
                seen = F("last_seen_at")
                first = [seen.desc(nulls_last=True) if descending else seen.asc(nulls_first=True)]
                return [*first, *names, "pk"]
            case _:
                first, names = names, []
        return [*(f"-{name}" if descending else name for name in first), *names, "pk"]

    def headings(self) -> dict[str, dict]:
        """Return, by column, the state for ``aria-sort`` and the URL that sorts by it."""
        current = self.sort.removeprefix("-")
        state = "descending" if self.sort.startswith("-") else "ascending"
        return {
            key: {
                "label": label,
                "state": state if key == current else "",
                "url": self._sorted(self._next(key)),
            }
            for key, label in ORDERS.items()
        }

    def sorting(self) -> list[dict]:
        """Return every order, for screens without headings."""
        return [
            {
                "label": label,
                "descending": order.startswith("-"),
                "url": self._sorted(order),
                "current": order == self.sort,
            }
            for key, label in ORDERS.items()
            for order in (key, f"-{key}")
        ]

    def _next(self, key: str) -> str:
        """Return the order that a click on a heading selects."""
        if self.sort.removeprefix("-") == key:
            return key if self.sort.startswith("-") else f"-{key}"
        # Who was here most recently comes first.
        return "-active" if key == "active" else key

    def _sorted(self, order: str) -> str:
        return str(self.url.replace(sort="" if order == DEFAULT_ORDER else order))
