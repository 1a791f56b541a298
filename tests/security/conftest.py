"""Counts what the walks try: see ``pytest_terminal_summary`` in ``tests/conftest.py``."""

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture(autouse=True)
def _count_walk(request, record_property, monkeypatch):
    """Record how many different requests a walk makes, for each session."""
    if not request.module.__name__.rpartition(".")[2].startswith(("test_walk", "test_buttons")):
        yield
        return
    tried, original = set(), Client.request

    def send(self, **environ):
        session = self.cookies.get(settings.SESSION_COOKIE_NAME)
        url = environ["PATH_INFO"], environ["QUERY_STRING"]
        tried.add((session and session.value, environ["REQUEST_METHOD"], *url))
        return original(self, **environ)

    monkeypatch.setattr(Client, "request", send)
    yield
    record_property("walked", len(tried))
