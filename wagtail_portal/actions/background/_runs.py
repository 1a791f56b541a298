"""Continue what runs in many steps: what bulk changes and imports share."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.contrib.auth import get_user_model
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.exceptions import ActionError, Invalid, Locked, NotAllowed
from wagtail_portal.logs import safe_copy
from wagtail_portal.models import lease_end
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.remembering import remembering

logger = logging.getLogger(__name__)

#: How many problems are stored in words.
PROBLEMS_STORED = 200
PROGRESS = ["position", "done", "failed", "problems", "active_until"]


def continue_run(
    run: Any,
    step: Any,
    *,
    most: int | None = None,
    size: int = 1,
    together: Callable[[Actor, list], AbstractContextManager] = lambda by, items: nullcontext(),
) -> Any:
    """Do what's left of a run, and return the run.

    Each step, or as many as ``size``, is made in one transaction with the progress. So none is made
    twice and the progress never runs backwards, even if the process dies or two are at work.

    :param run: a :class:`~wagtail_portal.models.BulkChange` or
        :class:`~wagtail_portal.models.CustomerImport`.
    :param step: takes the actor and one item of the work, and returns the item's number and a
        function that makes the change.
    :param most: how many steps to make now; None for all.
    :param size: how many steps share a transaction. If one of them fails, only that one is rolled
        back.
    :param together: returns the context for the steps of one transaction, given the actor and their
        items. If it fails at the end, the steps are made one by one.
    """
    model = type(run)
    user = get_user_model()._default_manager.get(pk=run.user_id)
    by = Actor.for_agent(user)
    work = getattr(run, run.work_field)
    left = work[run.position :][:most]
    while left:
        items = left[:size]
        try:
            with transaction.atomic():
                # What has been erased of a person in the meantime stays erased.
                rows = model.objects.select_for_update().defer(run.work_field)
                current = rows.filter(pk=run.pk).first()
                is_over = current is None or current.finished_at is not None
                if is_over or current.position != run.position:
                    # It was deleted or stopped, or another process is at work.
                    return current or run
                interruption = _make_all(step, by, items, current, together)
                current.active_until = lease_end()
                current.save(update_fields=PROGRESS)
        except (InterfaceError, OperationalError):
            raise
        except Exception as error:
            if len(items) == 1:
                raise
            if not isinstance(error, ActionError):
                _log_error(error, f"{len(items)} steps together", run)
            size = 1
            continue
        for name in PROGRESS:
            setattr(run, name, getattr(current, name))
        if interruption is not None:
            raise interruption
        left = left[len(items) :]
    now = timezone.now()
    if run.position < run.total:
        # The next process needn't wait for the lease to end.
        update_run(run, active_until=now)
    elif run.finished_at is None:
        # What was to be done, such as a file with personal data, isn't needed any longer.
        update_run(run, finished_at=now, **{run.work_field: []})
    return run


def update_run(run: Any, **changes: Any) -> None:
    """Change a run that may be deleted by now."""
    for name, value in changes.items():
        setattr(run, name, value)
    type(run).objects.filter(pk=run.pk).update(**changes)


def _make_all(step: Any, by: Actor, items: list, run: Any, together: Any) -> BaseException | None:
    """Make these steps, and return what interrupted them, if some are made already."""
    # Settings are read once for all of them.
    with remembering():
        if len(items) == 1:
            _make(step, by, items[0], run, lambda: together(by, items))
            return None
        with together(by, items):
            for number, item in enumerate(items):
                try:
                    _make(step, by, item, run, nullcontext)
                except Exception:
                    raise
                except BaseException as interruption:
                    if not number:
                        raise
                    return interruption
    return None


def _make(step: Any, by: Actor, item: Any, run: Any, context: Any) -> None:
    """Make one step, and note in ``run`` how it went."""
    number = None
    try:
        with transaction.atomic(), context():
            number, change = step(by, item)
            change()
    except NotAllowed:
        problem = gettext("You don’t have permission to do this.")
    except Locked:
        problem = gettext("This ticket was merged into another ticket and is locked.")
    except Invalid as error:
        problem = " ".join(error.messages)
    except (InterfaceError, OperationalError):
        # The same step may succeed once the database is back.
        raise
    except Exception as error:
        if not isinstance(error, ActionError):
            # One broken row must not keep all those behind it from their turn.
            _log_error(error, f"Step {run.position + 1}", run)
        problem = gettext("Something went wrong. Nothing was changed.")
    else:
        run.position += 1
        run.done += 1
        return
    run.position += 1
    run.failed += 1
    run.problems = [*run.problems, [number, problem]][:PROBLEMS_STORED]


def _log_error(error: Exception, what: str, run: Any) -> None:
    kind, safe = type(run).__name__, safe_copy(error)
    logger.error("%s of %s %s failed.", what, kind, run.pk, exc_info=safe)
