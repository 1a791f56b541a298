"""Columns of the listing of tickets."""

from wagtail.admin.ui.tables import Column, TitleColumn

from wagtail_portal.columns import columns

#: Columns that are hidden on a phone.
WIDE = "portal-wide"

#: These come before the ticket fields, all others after them.
FIRST = ("requester", "status", "urgency")


class TicketColumn(TitleColumn):
    """Number and subject, marked when unread."""

    cell_template_name = "wagtail_portal/desk/ticket_cell.html"


class RegisteredColumn(Column):
    """A :class:`wagtail_portal.columns.Column` in a table of the Wagtail admin."""

    def __init__(self, column):
        classname = None if column.key == "status" else WIDE
        super().__init__(column.param, label=column.label, classname=classname)
        self.column = column

    def get_value(self, instance):
        return self.column.list_html(instance)


def inbox_columns(ticket_fields: list) -> list:
    """Return the columns of the listing, as the team sees them.

    :param ticket_fields: columns of ticket fields.
    """
    registered = {key: row.for_team() for key, row in columns().items() if row.in_inbox}
    first = [registered.pop(key) for key in FIRST]
    return [*first, *ticket_fields, *registered.values()]
