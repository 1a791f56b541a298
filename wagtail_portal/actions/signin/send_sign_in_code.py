"""A mail of the sign-in is asked for: a code, as a rule."""

from datetime import timedelta

from django.utils import timezone
from wagtail.models import Site

from wagtail_portal import signals

#: What a mail of the sign-in may hold: the outbox keeps nothing else.
PLAIN = (str, int, bool, type(None))


def send_sign_in_code(site, *, address: str, template: str, context: dict, minutes: int) -> None:
    """Mail somebody who signs in.

    :param template: what the names of the templates begin with: ``"account/email/login_code"``.
    :param context: for the templates; only texts and numbers of it are kept.
    :param minutes: how long the mail is of any use. It is not sent later.
    """
    signals.sign_in_code_requested.send(
        sender=Site,
        site=site,
        address=address,
        template=template,
        context={key: value for key, value in context.items() if isinstance(value, PLAIN)},
        expires_at=timezone.now() + timedelta(minutes=minutes),
    )
