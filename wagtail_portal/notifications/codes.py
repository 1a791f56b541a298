"""Mails with a code: to whoever signs in, and to visitors who prove their address.

A code is kept sealed until it is sent, and no longer than it is good; then there is no trace of it.
It is sent after the visitor was answered, so that the answer takes as long where nothing is sent
(threat 17). The mail holds nothing that anybody typed, for it goes to whatever address a stranger
gave (threat 3).
"""

import uuid

from django.utils import timezone, translation

from wagtail_portal import conf
from wagtail_portal.models import Event, Notification
from wagtail_portal.utils.encryption import encrypt

from .tasks import send_after_response, send_soon


def on_code_requested(*, request, code, **kwargs):
    """A visitor's code: sent once it counts."""
    row = keep(
        Event.REQUEST_CODE,
        request.site,
        request.address,
        request.code_expires_at,
        template="wagtail_portal/email/request_code",
        context={"code": code, "minutes": conf.VISITOR_CODE_MINUTES},
    )
    send_soon(row.batch)


def on_sign_in_code_requested(*, site, address, template, context, expires_at, **kwargs):
    """A code of the sign-in. It belongs to the session, so there is nothing to wait for but the
    end of the request."""
    row = keep(Event.SIGN_IN, site, address, expires_at, template=template, context=context)
    send_after_response(row.batch)


def keep(event, site, address, expires_at, *, invitation=None, **sealed) -> Notification:
    """Put a mail with a secret into the outbox."""
    now = timezone.now()
    return Notification.objects.create(
        event=event,
        site=site,
        address=address,
        invitation=invitation,
        sealed=encrypt(sealed),
        language=translation.get_language() or "",
        batch=uuid.uuid4(),
        created_at=now,
        due_at=now,
        give_up_at=expires_at,
    )
