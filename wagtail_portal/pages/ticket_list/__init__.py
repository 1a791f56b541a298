"""The ticket list, the portal's main page: from the parameters of an address to its rows.

:class:`TicketList` is what a page, an export or a saved filter needs; the other modules are its
parts: ``address`` (what is asked, and links that ask for something else), ``filters``, ``order``,
``choices`` (whom and what one can filter by) and ``rows``.
"""

from .listing import COUNT_LIMIT, ListSearch, TicketList

__all__ = ["COUNT_LIMIT", "ListSearch", "TicketList"]
