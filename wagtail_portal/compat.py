"""What differs between Wagtail 7.4 and 8.0, and between Django 5.2 and 6.1."""

from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured
from swapper import load_model
from wagtail import VERSION, permissions

from . import conf

if django.VERSION >= (6, 1):
    from django.core.mail import mailers
else:
    from django.core.mail import get_connection

WAGTAIL_8 = VERSION >= (8, 0)

# What every page inherits from, also those of a site with its own base page model.
if WAGTAIL_8:
    from wagtail.models import AbstractPage
else:
    from wagtail.models import Page as AbstractPage

__all__ = ["AbstractPage", "mail_backend", "page_model", "register_policy", "set_viewset_policy"]


def page_model() -> type[AbstractPage]:
    """Return the base page model: Wagtail's, or the site's own (``WAGTAIL_PAGE_MODEL``)."""
    return load_model("wagtailcore", "Page")


def register_policy(model, policy) -> None:
    """Register a model's permission policy. On Wagtail 7.4, only the viewset has one.

    :raises ImproperlyConfigured: if an app above ``wagtail_portal`` has asked for the policy.
    """
    if WAGTAIL_8:
        try:
            permissions.register_permission_policy(model, policy)
        except ImproperlyConfigured as error:
            raise ImproperlyConfigured(
                f"Put 'wagtail_portal' above Wagtail's apps in INSTALLED_APPS. {error}"
            ) from error


def set_viewset_policy(viewset, policy) -> None:
    """Set the ``policy`` of a viewset's model on the viewset, which Wagtail 8 warns about."""
    if not WAGTAIL_8:
        viewset.permission_policy = policy


def mail_backend() -> Any:
    """Return a new email backend, the one of ``WAGTAIL_PORTAL["MAILER"]`` if Django has mailers.

    If the site sets no timeout for its email server, it's ``WAGTAIL_PORTAL["EMAIL_TIMEOUT"]``.
    """
    is_new = django.VERSION >= (6, 1)
    backend = mailers[conf.MAILER or "default"] if is_new else get_connection()
    # Backends that don't wait for a server of their own have no such attribute.
    if getattr(backend, "timeout", 0) is None and conf.EMAIL_TIMEOUT:
        setattr(backend, "timeout", conf.EMAIL_TIMEOUT)  # noqa: B010 - mypy knows no such attribute
    return backend
