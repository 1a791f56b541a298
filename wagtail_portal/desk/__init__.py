"""The team's side in the Wagtail admin: tickets, and everything they're made of.

``menu`` is the "Support" menu, ``tickets`` the listing and the screen of a ticket, and most other
modules are one model each. They build on ``viewsets`` and ``views``, which check the policies of
:mod:`wagtail_portal.permissions` for each row.
"""
