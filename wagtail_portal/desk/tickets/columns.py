"""The columns of the inbox."""

from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.fields import FormContext

#: Columns for which a phone has no room.
WIDE = "portal-wide"


class TicketColumn(TitleColumn):
    """Number and subject, with a mark on what is unread."""

    cell_template_name = "wagtail_portal/desk/ticket_cell.html"


class StatusColumn(Column):
    """The status under its name for the team, with the colour of its state."""

    cell_template_name = "wagtail_portal/desk/status_cell.html"

    class Media:
        css = {"all": ["wagtail_portal/desk/desk.css", "wagtail_portal/desk/inbox.css"]}


class RequesterColumn(Column):
    """Who asks, and for which organization."""

    cell_template_name = "wagtail_portal/desk/requester_cell.html"


class TicketFieldColumn(Column):
    """A ticket field that the team wants to see in the listing."""

    def __init__(self, ticket_field, **kwargs):
        super().__init__(f"f-{ticket_field.key}", label=ticket_field.localized_label, **kwargs)
        self.key, self.kind = ticket_field.key, ticket_field.field_type
        self.spec = ticket_field.spec()

    def prepare(self, tickets) -> None:
        """Look up at once what the values of these tickets speak of."""
        stored = [ticket.values.get(self.key) for ticket in tickets]
        self.spec = self.kind.prepare(self.spec, FormContext(), stored)

    def get_value(self, instance):
        stored = instance.values.get(self.key)
        return None if stored is None else self.kind.list_html(stored, self.spec)

    def export(self, ticket):
        """The value for a cell of a spreadsheet."""
        stored = ticket.values.get(self.key)
        value = "" if stored is None else self.kind.export(stored, self.spec)
        return "" if value is None else value


def assignee_name(ticket) -> str:
    """Who takes care of the ticket, an agent before a group; empty for nobody."""
    if ticket.assignee:
        return get_user_display_name(ticket.assignee)
    return ticket.group.name if ticket.group else ""
