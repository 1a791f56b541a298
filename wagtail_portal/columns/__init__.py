"""Everything that lists can show of a ticket: how it's displayed, sorted, filtered and exported.

Columns know no models and no requests, so that the portal settings, the customers' list and the
team's listing share them. Importing the package registers the built-in ones.
"""

from . import built_in
from .base import Column
from .customer_fields import CustomerFieldColumn, field_column
from .filters import PeriodField, choice_field, choice_q, period_q
from .registry import column_choices, columns, get_column, register_column
from .ticket_fields import TicketFieldColumn, prepare_columns, with_member_names
