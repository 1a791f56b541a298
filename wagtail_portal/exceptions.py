"""The errors that actions raise. Views show them to the user."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied


class ActionError(Exception):
    """An action failed, and nothing was changed."""


class StorageUnavailable(Exception):
    """A file can't be read or deleted right now, for whatever reason the storage has."""

    is_safe_to_log = True


class ReadOnly(Exception):
    """The portal is in read-only mode, so nothing was changed. Actions raise it before anything
    else."""

    is_safe_to_log = True

    def __init__(self) -> None:
        super().__init__("Nothing was changed, because WAGTAIL_PORTAL['READ_ONLY'] is set.")


class NotAllowed(ActionError, PermissionDenied):
    """The actor isn't allowed to do this. A view that doesn't catch it answers with 403."""


class RateLimited(ActionError):
    """The actor did this too often, and can try again in ``minutes``."""

    def __init__(self, minutes: int) -> None:
        super().__init__(minutes)
        self.minutes = minutes


class Locked(ActionError):
    """The ticket was merged into another one, or closed too long ago: then a follow-up can continue
    it."""


class TooLate(ActionError):
    """A message was sent too long ago to be corrected."""


class Deleted(ActionError):
    """The ticket was deleted in the meantime.

    :param number: its number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Conflict(ActionError):
    """Someone else changed the same fields in the meantime.

    :param current: the current values, by the keys of the action's argument ``original``.
    """

    def __init__(self, current: dict) -> None:
        super().__init__(current)
        self.current = current


class NewerReplies(ActionError):
    """Someone else has replied in the meantime, which the actor may want to read before sending.

    :param messages: the replies that the actor hasn't read, oldest first.
    """

    def __init__(self, messages: list) -> None:
        super().__init__(messages)
        self.messages = messages


class Invalid(ActionError):
    """An argument isn't valid.

    :param errors: a message; or a message or a list of messages by the name of the argument.
    """

    def __init__(self, errors: Any) -> None:
        if not isinstance(errors, dict):
            errors = {NON_FIELD_ERRORS: errors}
        self.errors = errors
        super().__init__(errors)

    @property
    def messages(self) -> list[str]:
        """All messages, regardless of the argument."""
        errors = self.errors.values()
        lists = [found if isinstance(found, list | tuple) else [found] for found in errors]
        return [str(text) for texts in lists for text in texts]
