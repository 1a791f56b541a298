"""Do work after the response, so that visitors neither wait for it nor can measure it.

Only known email addresses get a sign-in code. If it were sent before the response, the response
time would reveal who is a customer.

The work is to enqueue a task. Without a queue, tasks run immediately, so it's left to a thread: the
process is free for the next request. In tests, everything happens in the order of the code.
"""

import logging
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.core import mail
from django.db import connections
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from django_tasks.backends.immediate import ImmediateBackend

from wagtail_portal.logs import safe_copy

from .background_thread import background_thread

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


def in_thread_after(pause: timedelta, work) -> None:
    """Call ``work`` in this process after a pause, if tasks would hold it up. The work is lost with
    the process, so it must be stored in the database, too."""
    if not uses_thread():
        return
    timer = threading.Timer(pause.total_seconds(), background_thread.submit, [work])
    # A process that ends doesn't wait for it.
    timer.daemon = True
    timer.start()


@contextmanager
def deferring(request):
    """Let :func:`after_response` wait within the block until the response has been sent.

    The request remembers what's waiting. Receivers of Django's signals couldn't, because ASGI calls
    them in contexts of their own.
    """
    if _waiting.get() is not None:
        # It's a request within another one, such as a preview in the admin.
        yield
        return
    waiting, close = [], request.close

    def close_and_work():
        close()
        _work(waiting)

    # Django calls it when the response has been sent.
    request.close = close_and_work
    _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.set(None)


def _work(waiting: list) -> None:
    if waiting and uses_thread():
        for work in waiting:
            background_thread.submit(work)
        return
    for work in waiting:
        try:
            work()
        except Exception as error:
            # The response has been sent, and the outbox retries.
            logger.error("Work after the response failed.", exc_info=safe_copy(error))
    if waiting:
        close_old_connections()


def uses_thread() -> bool:
    """Return whether tasks would hold up the process. Django's test environment has a mailbox."""
    backend = task_backends[DEFAULT_TASK_BACKEND_ALIAS]
    return isinstance(backend, ImmediateBackend) and not hasattr(mail, "outbox")


def let_others_go_first(work) -> bool:
    """Do ``work`` after everything else that the thread has to do.

    :return: False if the caller isn't in the thread, or too much is waiting; then nothing was done.
    """
    return background_thread.is_current and background_thread.submit(work)


def close_old_connections() -> None:
    """Close connections that are broken or too old, as Django does at the end of a request."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
