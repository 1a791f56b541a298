"""The team's side: tickets, and what they are made of, in the Wagtail admin.

``group`` is the "Support" menu; ``tickets/`` the listing and the screen of a ticket; the other
modules have one model each. Everything is built on ``viewsets`` and ``views``, where the policies
of :mod:`wagtail_portal.permissions` are asked about every row.
"""
