"""What the tests of notifications share."""

import pytest
from django.core import mail


@pytest.fixture
def sent(django_capture_on_commit_callbacks):
    """Return ``sent(function)``, which returns the emails sent after ``function`` was committed, by
    recipient."""

    def run(function):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            function()
        return {message.to[0]: message for message in mail.outbox}

    return run
