"""The demo's emails: printed, saved as files, and listed at /dev/emails/. For development only.

Anyone who opens that page can read all emails, including sign-in codes. The app is therefore only
installed by ``settings/demo.py``, and a system check reports it if ``DEBUG`` is off.
"""
