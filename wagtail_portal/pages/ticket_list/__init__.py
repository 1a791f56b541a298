"""The ticket list, the portal's main page.

``query`` finds the tickets that a URL asks for, with ``filters`` and ``order``; ``listing`` is one
page of them; ``menus`` and ``choices`` are what can be chosen around it.
"""

from .listing import TicketList
from .menus import COUNT_LIMIT

__all__ = ["COUNT_LIMIT", "TicketList"]
