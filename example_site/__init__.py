"""Millrace: the marketing site of an invented company, to which the portal was added.

It is the demo, and shows what a developer has to write to add the portal to an existing
Wagtail site: look for ``wagtail_portal`` in ``settings/base.py`` and ``urls.py``.
"""
