"""Keep every action from writing in read-only mode."""

from functools import wraps
from inspect import isfunction

from wagtail_portal import read_only_mode
from wagtail_portal.exceptions import ReadOnly

#: Actions that only read.
READING = {
    "compare_files",
    "may_join_by_domain",
    "may_own_organization",
    "organization_of_domain",
    "preview",
    "was_signed_out",
    "why_not_erased",
}
#: Actions that do nothing instead, because nobody asked for them, and what they return.
SKIPPED = {
    "choose_organization": None,
    "end_view_as": None,
    "mark_read": None,
    "run_sweeps": (False, []),
}


def guard_all(actions: dict) -> None:
    """Replace the actions in a module's namespace with ones that refuse to write in read-only mode.

    New actions are refused, too, unless they're named here.
    """
    for name, action in list(actions.items()):
        if isfunction(action) and name not in READING:
            actions[name] = _guarded(name, action)


def _guarded(name: str, action):
    @wraps(action)
    def wrapper(*args, **kwargs):
        if not read_only_mode.is_on():
            return action(*args, **kwargs)
        if name in SKIPPED:
            return SKIPPED[name]
        raise ReadOnly

    return wrapper
