"""What differs between Wagtail 7.4 and 8.0, and between Django 5.2 and 6.1."""

import django
from wagtail import VERSION, permissions

from . import conf

WAGTAIL_8 = VERSION >= (8, 0)


def register_policy(model, policy) -> None:
    """Register a model's permission policy. On Wagtail 7.4, only the viewset has one."""
    if WAGTAIL_8:
        permissions.register_permission_policy(model, policy)


def set_viewset_policy(viewset, policy) -> None:
    """Set the ``policy`` of a viewset's model on the viewset, which Wagtail 8 warns about."""
    if not WAGTAIL_8:
        viewset.permission_policy = policy


def send_mail(message) -> None:
    """Send an email, with the mailer of ``WAGTAIL_PORTAL["MAILER"]`` if Django has mailers.

    :raises Exception: whatever the mail backend raises.
    """
    if conf.MAILER and django.VERSION >= (6, 1):
        message.send(using=conf.MAILER)
    else:
        message.send()
