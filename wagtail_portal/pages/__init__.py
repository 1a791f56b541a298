"""The customers' side: the portal's pages.

A small Django app of its own with the two concrete page types in :mod:`.models`. A project with
a base page model of its own leaves the app out and mixes :class:`.home.PortalHomePageMixin` and
:class:`.form_page.TicketFormPageMixin` into its own pages.
"""
