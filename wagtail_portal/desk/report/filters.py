"""The filters of the report, which are those of the inbox, and the links from its numbers there."""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, cast
from urllib.parse import urlencode

from django.forms import MultiWidget
from django.http import QueryDict

from wagtail_portal.desk.autocomplete import AutocompleteWidget, suggestions
from wagtail_portal.desk.tickets import tabs
from wagtail_portal.desk.tickets.filters import TicketFilterSet

from .figures import GROUPINGS, Figures
from .periods import Period

#: Filters of the inbox by what the report itself counts, or by single people.
LEFT_OUT = [
    *("status", "state", "requester", "opened", "changed", "closed", "open_on", "replied"),
    *("rating", "rated"),
]


class ReportFilterSet(TicketFilterSet):
    """The filters that the report has in common with the inbox."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in LEFT_OUT:
            del self.filters[name]
        for row in self.filters.values():
            widget = row.extra.get("widget")
            if isinstance(widget, AutocompleteWidget):
                # The form can be sent to search, so no script is needed.
                widget.find = partial(suggestions, widget.kind, self.request.user)

    @property
    def chosen(self) -> QueryDict:
        """The parameters of the URL that filter."""
        found = QueryDict(mutable=True)
        for name, field in self.form.fields.items():
            value = self.form[name].data
            if isinstance(field.widget, MultiWidget):
                parts = zip(cast(Any, field.widget).widgets_names, value, strict=True)
                found.update({f"{name}{part}": end for part, end in parts if end})
            elif value:
                found.setlist(name, value if isinstance(value, list) else [value])
        return found


@dataclass(frozen=True)
class Links:
    """The URLs of the tickets behind the numbers of one period, in the inbox.

    :param chosen: the parameters of the filters, with their values.
    """

    chosen: dict[str, list[str]]
    period: Period

    def of_group(self, by: str, group: Figures) -> "Links":
        """Return the URLs of the tickets of one group."""
        key = "null" if group.key is None else str(group.key)
        return Links({**self.chosen, GROUPINGS[by].param: [key]}, self.period)

    def within(self, period: Period) -> "Links":
        """Return the URLs of the tickets of another period."""
        return Links(self.chosen, period)

    def _url(self, **more: Any) -> str:
        return f"{tabs.tab_url(tabs.ALL)}?{urlencode({**self.chosen, **more}, doseq=True)}"

    def _dated(self, name: str, **more: Any) -> str:
        days = {f"{name}_from": self.period.first, f"{name}_to": self.period.last}
        return self._url(**days, **more)

    @cached_property
    def opened(self) -> str:
        """The URL of tickets that were opened."""
        return self._dated("opened")

    @cached_property
    def answered(self) -> str:
        """The URL of tickets that were opened and have a reply."""
        return self._dated("opened", replied="true")

    @cached_property
    def closed(self) -> str:
        """The URL of tickets that were closed."""
        return self._dated("closed")

    def rated(self, *scores: str) -> str:
        """Return the URL of tickets that were rated with one of the scores, or at all."""
        return self._dated("rated", rating=[str(score) for score in scores])

    @property
    def backlog(self) -> str:
        """The URL of tickets that were open at the end."""
        return self._url(open_on=self.period.last)
