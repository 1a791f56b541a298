"""Work that follows the answer to a request: the visitor neither waits for it nor can measure it.

A sign-in code is mailed to known addresses alone. If that happened before the answer, the answer's
delay would tell who is a customer (threat 17). Django says ``request_finished`` when the answer has
been handed over.
"""

import logging
from contextvars import ContextVar

from django.core.signals import request_finished, request_started
from django.db import connections

logger = logging.getLogger(__name__)

#: What is to be done after the present request; None where there is no request.
_waiting: ContextVar[list | None] = ContextVar("wagtail_portal_after_response", default=None)


def after_response(work) -> None:
    """Call ``work`` when the present request is answered; at once outside of one."""
    waiting = _waiting.get()
    if waiting is None:
        work()
    else:
        waiting.append(work)


def connect() -> None:
    """Listen to the beginning and the end of requests."""
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
        except Exception:
            # The answer is given: there is nobody left to tell, and the outbox tries again.
            logger.exception("What should follow a request failed.")
    if waiting:
        _close_old_connections()


def _close_old_connections():
    # As Django does at the end of a request, which is over already.
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
