"""What the lists of sent and received emails share."""

from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column

from .views import IndexView


class EmailListView(IndexView):
    """Lists emails that can't be added, edited or deleted. Which ones are shown unless a state is
    chosen is up to :meth:`rows_to_act_on`."""

    any_permission_required = ["view"]

    @property
    def ticket_column(self) -> Column:
        """The number of the ticket that an email is about."""
        return Column("ticket", label=_("Ticket"), accessor=_ticket, classname="portal-wide")

    def rows_to_act_on(self, rows):
        """Return the emails that someone should do something about."""
        raise NotImplementedError

    def get_base_queryset(self):
        rows = super().get_base_queryset()
        return rows if self.request.GET.get("state") else self.rows_to_act_on(rows)

    @cached_property
    def no_results_message(self):
        if self.is_filtering:
            return super().no_results_message
        return gettext("No email needs attention. To see the others, filter by state.")

    def get_add_url(self):
        return None

    def get_list_more_buttons(self, instance):
        return []

    def get_list_buttons(self, instance):
        return []


def _ticket(row) -> str:
    return f"#{row.ticket.number}" if row.ticket else ""
