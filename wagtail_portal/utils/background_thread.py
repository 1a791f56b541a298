"""One thread for what a process does without anyone waiting for it."""

import atexit
import logging
import os
import queue
import threading
from contextvars import copy_context

from django.db import connections

from wagtail_portal.logs import safe_copy

logger = logging.getLogger(__name__)

#: Work that can wait. The rest is left to ``portal_worker``, which finds it in the database.
SIZE = 200
#: Seconds that a process that ends waits for what's being done.
PATIENCE = 10


class BackgroundThread:
    """Does one piece of work after the other. It's started with the first one, in each process.

    What's waiting is lost with the process, so all of it must be stored in the database, too.
    """

    def __init__(self, size: int = SIZE):
        self.size = size
        self._reset()
        # The thread and the locks of a process don't exist in its children.
        os.register_at_fork(after_in_child=self._reset)
        atexit.register(self.stop)

    def _reset(self) -> None:
        self._queue: queue.Queue = queue.Queue(self.size)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    def submit(self, work) -> bool:
        """Do ``work`` after everything that's waiting. Return False if too much is waiting."""
        try:
            self._queue.put_nowait(partial_in_context(work))
        except queue.Full:
            logger.warning("Too much work is waiting in this process. It's left to portal_worker.")
            return False
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="wagtail_portal", daemon=True
                )
                self._thread.start()
        return True

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in this thread."""
        return threading.current_thread() is self._thread

    def wait(self) -> None:
        """Wait until everything is done."""
        self._queue.join()

    def stop(self) -> None:
        """Finish what's being done, within a few seconds."""
        self._is_stopping = True
        thread = self._thread
        if thread is not None and thread.is_alive():
            # Wakes the thread if it's waiting for work.
            self._queue.put_nowait(lambda: None) if self._queue.empty() else None
            thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._is_stopping:
            work = self._queue.get()
            try:
                work()
            except Exception as error:
                # It's still in the database, from which it's tried again.
                logger.error("Work after the response failed.", exc_info=safe_copy(error))
            finally:
                if self._queue.empty():
                    # The next work may be hours away.
                    connections.close_all()
                self._queue.task_done()


def partial_in_context(work):
    """Return a function that calls ``work`` with the caller's context variables."""
    context = copy_context()
    return lambda: context.run(work)


background_thread = BackgroundThread()
