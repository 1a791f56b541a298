"""Do work after the response, so that visitors neither wait for it nor can measure it.

Only known email addresses get a sign-in code. If it were sent before the response, the response
time would reveal who is a customer.
"""

import logging
from contextvars import ContextVar

from django.core.signals import request_finished, request_started
from django.db import connections

from wagtail_portal.logs import safe_copy

logger = logging.getLogger(__name__)

#: Work to do after the current request; None outside a request.
_waiting: ContextVar[list | None] = ContextVar("wagtail_portal_after_response", default=None)


def after_response(work) -> None:
    """Call ``work`` after the response to the current request; immediately outside a request."""
    waiting = _waiting.get()
    if waiting is None:
        work()
    else:
        waiting.append(work)


def connect() -> None:
    """Connect to the start and the end of requests."""
    uid = "wagtail_portal.after_response"
    request_started.connect(_begin, dispatch_uid=uid)
    request_finished.connect(_finish, dispatch_uid=uid)


def _begin(**kwargs):
    _waiting.set([])


def _finish(**kwargs):
    waiting = _waiting.get()
    _waiting.set(None)
    for work in waiting or ():
        try:
            work()
        except Exception as error:
            # The response has been sent, and the outbox retries.
            logger.error("Work after the response failed.", exc_info=safe_copy(error))
    if waiting:
        close_old_connections()


def close_old_connections() -> None:
    """Close connections that are broken or too old, as Django does at the end of a request."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
