"""Tickets in the Wagtail admin: the listing, and the screen of one ticket.

``screen`` shows a ticket, ``changes`` takes what is sent from there, and each calls one action;
``conversation`` and ``facts`` say what stands on the screen, ``forms`` what can be sent.
"""
