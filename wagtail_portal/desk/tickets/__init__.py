"""Tickets in the Wagtail admin: the listing, and the screen of one ticket.

``detail_view`` shows a ticket; ``edit_views`` and ``composer`` take its forms, and each calls one
action.
"""
