"""Tickets in the Wagtail admin: the listing, and the screen of one ticket.

``screen`` shows a ticket, ``changes`` takes what is sent from there, and each calls one action;
``conversation`` and ``details`` say what the screen shows, ``forms`` what can be sent.
"""
