"""A member's saved filters: for the menu of the list, and for a page of their own."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.utils.functional import cached_property

from wagtail_portal.models import Member, SavedFilter
from wagtail_portal.permissions import Actor, Verb

from .query import TicketQuery


@dataclass
class SavedFilterRow:
    """One saved filter, for the member who looks at it."""

    saved: SavedFilter
    #: The list with this filter.
    url: str
    is_own: bool
    #: Whether the member is looking at that list.
    is_current: bool

    @property
    def owner_name(self) -> str:
        """Who shares it."""
        return self.saved.member.name


class SavedFilters:
    """The saved filters that a member can use, and what they can do with them."""

    def __init__(
        self, member: Member, list_url: str, tickets: TicketQuery | None = None, query: str = ""
    ):
        """
        :param tickets: the list that the member looks at.
        :param query: the query string of its URL, as the browser sent it.
        """
        self.member, self.list_url, self.tickets = member, list_url, tickets
        self._requested = _pairs(query)

    @cached_property
    def rows(self) -> list[SavedFilterRow]:
        """The member's own filters, then those that teammates share, by name."""
        saved_filters = SavedFilter.objects.visible_to(self.member).select_related("member__user")
        rows = [self._row(saved) for saved in saved_filters]
        return sorted(rows, key=lambda row: (not row.is_own, row.saved.name.lower()))

    def _row(self, saved) -> SavedFilterRow:
        pairs = _pairs(saved.query)
        return SavedFilterRow(
            saved=saved,
            url=f"{self.list_url}?{saved.query}",
            is_own=saved.member_id == self.member.pk,
            is_current=self.tickets is not None and pairs in (self._requested, self._applied),
        )

    @property
    def _applied(self) -> set:
        return set(self.tickets.url.pairs)

    @cached_property
    def current(self) -> SavedFilterRow | None:
        """The filter of the list that the member looks at."""
        return next((row for row in self.rows if row.is_current), None)

    @property
    def is_cut(self) -> bool:
        """Whether the list ignores a part of the current filter, such as a field that isn't
        designated any more."""
        return self.current is not None and not _pairs(self.current.saved.query) <= self._applied

    @property
    def query(self) -> str:
        """What would be saved; "" for the list without any choices."""
        return self.tickets.url.query if self.tickets else ""

    @property
    def can_save(self) -> bool:
        """Whether the list has choices that aren't saved yet."""
        return bool(self.query) and self.current is None

    @property
    def can_share(self) -> bool:
        """Whether the member can share filters, and stop others from sharing theirs."""
        return Actor.for_member(self.member).may(Verb.CHANGE_MEMBER)


def _pairs(query: str) -> set[tuple[str, str]]:
    """Return the parameters of a query string regardless of their order, without the page."""
    return {pair for pair in parse_qsl(query) if pair[0] != "page"}
