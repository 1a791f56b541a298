"""Find tickets by what was written in them, behind one small interface.

The queryset that's searched must be narrowed by ``visible_to`` before. Actions call the methods
that write, in the transaction in which something was written.
:class:`~wagtail_portal.search.base.TicketSearch` says what a search backend has to implement.
"""

from .base import Query, TicketSearch, backend, corrected_query
from .folding import fold
from .words import Word, terms, words

__all__ = [
    "Query",
    "TicketSearch",
    "Word",
    "backend",
    "corrected_query",
    "fold",
    "terms",
    "words",
]
