"""The one family of errors that an action raises; views turn them into words on the page."""

from django.core.exceptions import NON_FIELD_ERRORS


class ActionError(Exception):
    """An action could not be done, and nothing was changed."""


class NotAllowed(ActionError):
    """The actor has no right to do this."""


class RateLimited(ActionError):
    """The actor did this too often; ``minutes`` says how long to wait."""

    def __init__(self, minutes: int):
        super().__init__(minutes)
        self.minutes = minutes


class Locked(ActionError):
    """The ticket has been closed for too long, so that what there is to say belongs in a follow-up;
    or it was merged into another one, and goes on there."""


class Conflict(ActionError):
    """Somebody else changed the same thing since the actor looked at it.

    :param current: the current values, by their keys in ``original`` of the action.
    """

    def __init__(self, current: dict):
        super().__init__(current)
        self.current = current


class NewerReplies(ActionError):
    """Somebody else replied since the actor looked; they may want to read it before they send.

    :param messages: the replies that the actor has not read, oldest first.
    """

    def __init__(self, messages: list):
        super().__init__(messages)
        self.messages = messages


class Invalid(ActionError):
    """What was given cannot be accepted.

    :param errors: a message, or messages by the name of the argument that is at fault.
    """

    def __init__(self, errors):
        if not isinstance(errors, dict):
            errors = {NON_FIELD_ERRORS: errors}
        self.errors = errors
        super().__init__(errors)
