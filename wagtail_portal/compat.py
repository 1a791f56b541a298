"""What differs between Wagtail 7.4 and 8.0, and between Django 5.2 and 6.1."""

import django
from wagtail import VERSION, permissions

from . import conf

if django.VERSION >= (6, 1):
    from django.core.mail import mailers
else:
    from django.core.mail import get_connection

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

    If the site sets no timeout for its mail server, it's ``WAGTAIL_PORTAL["EMAIL_TIMEOUT"]``.

    :raises Exception: whatever the mail backend raises.
    """
    is_new = django.VERSION >= (6, 1)
    backend = mailers[conf.MAILER or "default"] if is_new else get_connection()
    # Backends that don't wait for a server of their own have no such attribute.
    if getattr(backend, "timeout", 0) is None and conf.EMAIL_TIMEOUT:
        backend.timeout = conf.EMAIL_TIMEOUT
    backend.send_messages([message])
