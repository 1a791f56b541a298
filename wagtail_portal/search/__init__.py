"""Finding tickets by what was written in them, behind one small interface.

``find`` narrows a queryset of tickets: whoever calls it has asked ``visible_to`` before.
Actions call the other functions, in the transaction in which something was written.
:class:`~wagtail_portal.search.base.TicketSearch` says what a backend of one's own must do.
"""

from .base import Query, TicketSearch, backend
from .words import fold, terms, words

__all__ = ["Query", "TicketSearch", "backend", "fold", "terms", "words"]
