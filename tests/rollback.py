"""Roll back what a test writes."""

from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rolled_back():
    """Roll back everything written to the database in the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
