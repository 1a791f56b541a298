"""Pages of listings that can be very long."""

from django.utils.functional import cached_property
from wagtail.admin.paginator import WagtailPaginator

from wagtail_portal.utils.query_params import parse_pk
from wagtail_portal.utils.typing import Mixin

#: The most rows that are counted.
COUNT_LIMIT = 10_000
#: Rows beyond the page that are counted, for the links to further pages.
AHEAD = 1_000


class BoundedPaginator(WagtailPaginator):
    """Paginates a queryset of primary keys, of which it reads as many as needed to show the page
    and the links to the next ones, with one query."""

    limit = COUNT_LIMIT

    def get_page(self, number):
        self.limit = min((parse_pk(number or "") or 1) * self.per_page + AHEAD, COUNT_LIMIT)
        return super().get_page(number)

    @cached_property
    def keys(self) -> list[int]:
        """The primary keys in their order, up to the limit."""
        return list(self.object_list[: self.limit])

    @cached_property
    def count(self):
        return len(self.keys)

    def page(self, number):
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        return self._get_page(self.keys[start : start + self.per_page], number, self)


class KeysFirstMixin(Mixin):
    """Finds out which rows an index view shows, often from an index alone, and then reads what it
    shows of them. No row is joined only to be skipped."""

    paginator_class = BoundedPaginator

    def with_columns(self, rows):
        """Return the queryset ``rows`` with everything that's shown of them."""
        return rows

    def paginate_queryset(self, queryset, page_size):
        keys = queryset.values_list("pk", flat=True)
        paginator, page, keys, more = super().paginate_queryset(keys, page_size)
        found = self.with_columns(self.model._default_manager.filter(pk__in=keys))
        # Sorted here: with many columns, Django takes longer to build a query with an order.
        rows = {row.pk: row for row in found.order_by()}
        page.object_list = [rows[pk] for pk in keys if pk in rows]
        return paginator, page, page.object_list, more
