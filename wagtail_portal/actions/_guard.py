"""What's the same for every action: nothing is written in read-only mode, and who loses against
someone else at the same moment is told so."""

import logging
from functools import wraps
from inspect import isfunction
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError
from django.utils.translation import gettext

from wagtail_portal import read_only_mode
from wagtail_portal.exceptions import Invalid, ReadOnly
from wagtail_portal.logs import safe_copy

logger = logging.getLogger(__name__)

#: Actions that only read.
READING = {
    "compare_files",
    "may_join_by_domain",
    "may_own_organization",
    "organization_of_domain",
    "preview",
    "settings_as_data",
    "read_received_email",
    "was_signed_out",
    "why_not_erased",
}
#: Actions of programs, which try again after an error. What's invalid, they refuse for good.
UNATTENDED = {"receive_email", "process_email", "process_emails"}
#: Actions that do nothing instead, because no one asked for them, and what they return.
SKIPPED: dict[str, Any] = {
    "choose_organization": None,
    "end_view_as": None,
    "mark_read": None,
    "remember_path": None,
    "run_sweeps": (False, []),
}


def guard_all(actions: dict) -> None:
    """Replace the actions in a module's namespace with guarded ones.

    New actions are refused in read-only mode, unless they're named here.
    """
    for name, action in list(actions.items()):
        if isfunction(action) and name not in READING:
            actions[name] = _guarded(name, action)


def _guarded(name: str, action: Any) -> Any:
    @wraps(action)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if read_only_mode.is_on():
            if name in SKIPPED:
                return SKIPPED[name]
            raise ReadOnly
        try:
            return action(*args, **kwargs)
        except (DatabaseError, ObjectDoesNotExist) as error:
            if name in UNATTENDED or not _lost_race(error):
                raise
            # A row that it refers to was deleted, or one with the same unique value added, since
            # the caller has read them. Not every row can be locked for that.
            logger.warning("The action %s lost a race.", name, exc_info=safe_copy(error))
            text = gettext("Someone else has just changed something that this needs. Try again.")
            raise Invalid(text) from error

    return wrapper


def _lost_race(error: Exception) -> bool:
    if isinstance(error, IntegrityError | ObjectDoesNotExist):
        return True
    # What Django says of a row that was deleted before it was saved.
    return "did not affect any rows" in str(error)
