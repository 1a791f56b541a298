"""Run what has to happen regularly."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.apps import apps
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string

from wagtail_portal.logs import safe_copy, safe_message
from wagtail_portal.models import SweepState
from wagtail_portal.sweeps import SWEEPS, Sweep
from wagtail_portal.utils.text import storable

logger = logging.getLogger(__name__)

#: For how long a process has a sweep. If it dies, another one continues afterwards. If a batch
#: takes longer, two run at once, which costs time but does no harm.
LEASE = timedelta(minutes=5)
#: The longest pause after a failure.
LONGEST_PAUSE = timedelta(minutes=5)


def run_sweeps(*, stops: Callable[[], bool] = lambda: False) -> tuple[bool, list[str]]:
    """Run one batch of each sweep that's due. Return whether there's more to do, and the names of
    those that failed. Any number of processes can run this at once.

    :param stops: asked before each batch whether to stop.
    """
    there_is_more, failed = False, []
    due = _due()
    for sweep in SWEEPS:
        if stops():
            break
        if sweep.name not in due:
            continue
        claim = SweepState.objects.claim(sweep.name, now=timezone.now(), lease=LEASE)
        if claim is None:
            continue
        try:
            more = _run(sweep)
        except Exception as error:
            # One failing sweep must not keep the others from running.
            logger.error("The sweep '%s' failed.", sweep.name, exc_info=safe_copy(error))
            failed.append(sweep.name)
            text = storable(f"{type(error).__name__}: {safe_message(error)}")[:2000]
            due_at = timezone.now() + min(sweep.every, LONGEST_PAUSE)
            SweepState.objects.settle(sweep.name, claim, due_at=due_at, error=text)
            continue
        now = timezone.now()
        due_at = now if more else now + sweep.every
        SweepState.objects.settle(sweep.name, claim, due_at=due_at, last_success_at=now, error="")
        there_is_more = there_is_more or more
    return there_is_more, failed


def _due() -> set[str]:
    """Return the names of the sweeps that are due, and give those that are new a row."""
    known = set(SweepState.objects.values_list("name", flat=True))
    new = [SweepState(name=sweep.name) for sweep in SWEEPS if sweep.name not in known]
    if new:
        # Another process may be faster.
        SweepState.objects.bulk_create(new, ignore_conflicts=True)
    return set(SweepState.objects.due(timezone.now()).values_list("name", flat=True))


def _run(sweep: Sweep) -> bool:
    """Run one batch, and return whether there's more."""
    if sweep.app and not apps.is_installed(sweep.app):
        return False
    if sweep.command:
        call_command(sweep.command, verbosity=0)
        return False
    return import_string(sweep.function)(most=sweep.most, **sweep.arguments) >= sweep.most
