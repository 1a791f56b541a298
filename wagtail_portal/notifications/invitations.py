"""The mail that asks somebody to join an organization.

Its link names the invitation and signs nobody in: the address has to be proven by a code, as at
every sign-in (threats 5, 6 and 22). The token waits in the outbox as sealed as a code does.
"""

from wagtail.models import Site

from wagtail_portal.models import RETRY_PERIOD, Event, display_name

from .codes import keep
from .tasks import send_soon


def on_member_invited(*, invitation, token, by, notify, **kwargs):
    """Send it once the invitation counts."""
    if not notify:
        return
    row = keep(
        Event.MEMBER_INVITED,
        invitation.site or Site.objects.get(is_default_site=True),
        invitation.email,
        min(invitation.expires_at, invitation.created_at + RETRY_PERIOD),
        invitation=invitation,
        template="wagtail_portal/email/invitation",
        # The team invites in the name of the portal.
        context={"inviter": display_name(by.user) if by.member is not None else ""},
        token=token,
    )
    send_soon(row.batch)
