"""Work after the response: who does it, and what happens when it's much, or fails."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory

from wagtail_portal.desk.tasks import continue_in_slices
from wagtail_portal.utils import after_response as module
from wagtail_portal.utils import background_thread
from wagtail_portal.utils.after_response import after_response, deferring, uses_thread
from wagtail_portal.utils.background_thread import BackgroundThread

pytestmark = pytest.mark.django_db

#: Seconds after which a test fails that would wait forever.
LONG = 60


@pytest.fixture
def thread(monkeypatch):
    """The thread of a site without a task queue; it takes two pieces of work besides its own."""
    found = BackgroundThread(size=2)
    monkeypatch.setattr(module, "background_thread", found)
    monkeypatch.setattr(module, "uses_thread", lambda: True)
    yield found
    found.stop()


@pytest.fixture
def busy(thread):
    """Keep the thread busy until the event is set."""
    begun, release = threading.Event(), threading.Event()

    def work():
        begun.set()
        assert release.wait(LONG)

    thread.submit(work)
    assert begun.wait(LONG)
    yield release
    release.set()


def request(*works) -> None:
    """Do what happens in a request, up to the end of its response."""
    request = HttpRequest()
    with deferring(request):
        for work in works:
            after_response(work)
    request.close()


def test_response_does_not_wait_for_the_work_after_it(busy, thread):
    done = []
    request(lambda: done.append(threading.current_thread()))
    assert done == []
    busy.set()
    thread.wait()
    assert done and done[0] is not threading.current_thread()


def test_failed_work_is_logged_and_the_next_one_done(thread, caplog):
    done = []
    request(lambda: 1 / 0, lambda: done.append(1))
    thread.wait()
    assert done == [1]
    assert "Work after the response failed." in caplog.text


def test_too_much_work_is_left_to_the_worker(busy, thread, caplog):
    done = []
    request(*[lambda number=number: done.append(number) for number in range(3)])
    busy.set()
    thread.wait()
    assert done == [0, 1]
    assert "left to portal_worker" in caplog.text


def test_process_that_ends_begins_nothing_new(busy, thread, monkeypatch):
    monkeypatch.setattr(background_thread, "PATIENCE", 0)
    done = []
    thread.submit(lambda: done.append(1))
    thread.stop()
    busy.set()
    monkeypatch.undo()
    thread.stop()
    # What was waiting is in the database.
    assert done == []


def test_emails_go_between_the_slices_of_a_run(busy, thread):
    done = []
    run = SimpleNamespace(pk=1, position=0, finished_at=None)

    def go_on(run, *, most):
        done.append("slice")
        run.position += 1
        run.finished_at = run.position == 3 or None
        return run

    def work(pk=None):
        continue_in_slices(run, go_on, SimpleNamespace(enqueue=work))

    request(work, lambda: done.append("email"))
    busy.set()
    thread.wait()
    assert done == ["slice", "email", "slice", "slice"]
    # Elsewhere, a run is finished at once.
    run.position, run.finished_at = 0, None
    work()
    assert done[4:] == ["slice"] * 3


def test_nothing_happens_in_another_thread_during_tests():
    assert not uses_thread()


def working_middleware(get_response):
    """A view that leaves work for later."""

    def middleware(request):
        after_response(lambda: request.scope["events"].append("work"))
        return HttpResponse()

    return middleware


def test_work_follows_the_response_in_asgi(settings):
    portal = "wagtail_portal.middleware.PortalMiddleware"
    settings.MIDDLEWARE = [portal, f"{__name__}.working_middleware"]
    events, messages = [], iter([{"type": "http.request"}])

    async def receive():
        # Then the browser stays connected.
        return next(messages, None) or await asyncio.Event().wait()

    async def send(message):
        events.append(message["type"])

    scope = AsyncRequestFactory()._base_scope(path="/") | {"events": events}
    async_to_sync(ASGIHandler())(scope, receive, send)
    assert events == ["http.response.start", "http.response.body", "work"]
