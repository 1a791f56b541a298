"""Show the errors of an action in a form or as text."""

from django.forms import Form
from django.utils.translation import gettext, ngettext

from wagtail_portal.exceptions import ActionError, Invalid, Locked, NotAllowed, RateLimited


def add_to_form(form: Form, error: ActionError, names: dict[str, str] | None = None) -> None:
    """Show ``error`` at the fields that it speaks of, else above the form.

    :param names: the form's field for an argument of the action, where they are called
        differently.
    """
    names = names or {}
    if not isinstance(error, Invalid):
        form.add_error(None, in_words(error))
        return
    for argument, messages in error.errors.items():
        name = names.get(argument, argument)
        form.add_error(name if name in form.fields else None, messages)


def in_words(error: ActionError) -> str:
    """Describe an error in a place that has no form."""
    if isinstance(error, Invalid):
        return " ".join(error.messages)
    if isinstance(error, RateLimited):
        return ngettext(
            "Too many attempts. Try again in %(minutes)d minute. What you wrote has been kept.",
            "Too many attempts. Try again in %(minutes)d minutes. What you wrote has been kept.",
            error.minutes,
        ) % {"minutes": error.minutes}
    if isinstance(error, Locked):
        return gettext("This ticket was closed some time ago and is locked.")
    if isinstance(error, NotAllowed):
        return gettext("Your role in this organization doesn’t allow this.")
    raise error
