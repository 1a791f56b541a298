"""What a test tries, and takes back."""

from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rolled_back():
    """Take back, at the end, what was written to the database within."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
