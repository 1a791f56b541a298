"""The few lines that differ between Wagtail 7.4 and 8.0, and Django 5.2 and 6.1."""

import django
from wagtail import VERSION, permissions

from . import conf

WAGTAIL_8 = VERSION >= (8, 0)


def register_policy(model, policy) -> None:
    """Let Wagtail ask ``policy`` about ``model``; a viewset on 7.4 carries it itself."""
    if WAGTAIL_8:
        permissions.register_permission_policy(model, policy)


def viewset_policy(policy) -> dict:
    """Attributes for a viewset whose model has ``policy``: Wagtail 8 warns when it is there."""
    return {} if WAGTAIL_8 else {"permission_policy": policy}


def send_mail(message) -> None:
    """Send a mail, by the mailer of ``WAGTAIL_PORTAL["MAILER"]`` where Django knows mailers.

    :raises Exception: whatever the mail backend raises.
    """
    if conf.MAILER and django.VERSION >= (6, 1):
        message.send(using=conf.MAILER)
    else:
        message.send()
