"""The saved filters of a member, as a menu on the list and on a page of their own."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.utils.functional import cached_property

from wagtail_portal.models import Member, SavedFilter
from wagtail_portal.permissions import Actor, Verb

from . import TicketList


@dataclass
class SavedRow:
    """One saved filter, for whoever looks at it."""

    saved: SavedFilter
    #: The list with it.
    url: str
    is_own: bool
    #: Whether it is the list that one looks at.
    is_current: bool

    @property
    def owner_name(self) -> str:
        """Who shares it."""
        return self.saved.member.name


class SavedFilters:
    """What a member can choose from, and what they can do with it.

    A saved filter is nothing but the parameters of an address. It is read like any other, so it
    shows nobody anything that they may not see.
    """

    def __init__(self, member: Member, list_url: str, tickets: TicketList | None = None, asked=""):
        """
        :param tickets: the list that the member looks at.
        :param asked: the parameters of its address, as they came.
        """
        self.member, self.list_url, self.tickets = member, list_url, tickets
        self._asked = _pairs(asked)

    @cached_property
    def rows(self) -> list[SavedRow]:
        """One's own, then what teammates share, by name."""
        found = SavedFilter.objects.visible_to(self.member).select_related("member__user")
        rows = [self._row(saved) for saved in found]
        return sorted(rows, key=lambda row: (not row.is_own, row.saved.name.lower()))

    def _row(self, saved) -> SavedRow:
        pairs = _pairs(saved.query)
        return SavedRow(
            saved=saved,
            url=f"{self.list_url}?{saved.query}",
            is_own=saved.member_id == self.member.pk,
            is_current=self.tickets is not None and pairs in (self._asked, self._shown),
        )

    @property
    def _shown(self) -> set:
        return set(self.tickets.address.pairs)

    @cached_property
    def current(self) -> SavedRow | None:
        """The one that the member looks at."""
        return next((row for row in self.rows if row.is_current), None)

    @property
    def is_cut(self) -> bool:
        """Whether the present one asks for something that the list does not know any more, such as
        a field that is not designated now."""
        return self.current is not None and not _pairs(self.current.saved.query) <= self._shown

    @property
    def query(self) -> str:
        """What would be saved; "" for the list that one sees at first."""
        return self.tickets.address.query if self.tickets else ""

    @property
    def can_save(self) -> bool:
        """Whether there is something to save that is not saved yet."""
        return bool(self.query) and self.current is None

    @property
    def can_share(self) -> bool:
        """Whether the member may share filters, and end what others share."""
        return Actor.for_member(self.member).may(Verb.CHANGE_MEMBER)


def _pairs(query: str) -> set[tuple[str, str]]:
    """The parameters of an address, whatever their order, without the page."""
    return {pair for pair in parse_qsl(query) if pair[0] != "page"}
