"""Mails of the demo: printed, kept as files, and listed at /dev/mails/. For development only.

Whoever opens that page reads everybody's mail, sign-in codes included: the app is installed by
``settings/demo.py`` alone, and a system check objects to it where ``DEBUG`` is off.
"""
