"""Send a sign-in email, such as a code."""

from datetime import timedelta

from django.utils import timezone
from wagtail.models import Site

from wagtail_portal import signals

#: The types of values that a sign-in email may hold: the outbox stores nothing else.
PLAIN = (str, int, bool, type(None))


def send_sign_in_code(
    site: Site, *, address: str, template: str, context: dict, minutes: int
) -> None:
    """Send an email to someone who is signing in.

    :param template: the prefix of the templates' names:
        ``"wagtail_portal/signin/email/login_code"``.
    :param context: the templates' context; only texts and numbers of it are stored.
    :param minutes: how long the email is of any use. It isn't sent later.
    """
    signals.sign_in_code_requested.send(
        sender=Site,
        site=site,
        address=address,
        template=template,
        context={key: value for key, value in context.items() if isinstance(value, PLAIN)},
        expires_at=timezone.now() + timedelta(minutes=minutes),
    )
