"""Text that couldn't be sent because the session had expired.

It's saved in the browser's session, under the path it was sent to, until the user has signed in.
Files that were uploaded before are kept, too; those that came with the form aren't, and the page
says so. Answers to forms with several steps are saved in the
database, see :mod:`~wagtail_portal.pages.ticket_form.form_views`.
"""

import re

from django.utils.translation import gettext

from wagtail_portal.fields.submission import SUBMISSION_KEY
from wagtail_portal.signin.browsers import limit_client
from wagtail_portal.utils import markup
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.sent_forms import confirm_sent

from .context import portal_context

SESSION_KEY = "wagtail_portal_drafts"
#: Enough for a very long message; a visitor must not be able to fill the session store.
MAX_CHARACTERS = 60_000
MAX_DRAFTS = 3
_IGNORED = {"csrfmiddlewaretoken", SUBMISSION_KEY, "last_read"}
#: Names of inputs that hold text even if it's a single word.
_TEXT = re.compile(r"(^|-)(body|subject|description|comment|note|addresses|email|name|time_zone)$")
#: Under this name, a draft holds the names of files that came with the form and weren't saved.
_FILES = "files-to-attach"


class TooLong(Exception):
    """What was written doesn't fit into the session."""


def is_text(name: str, value: str) -> bool:
    """Return whether an input of a form holds what someone wrote, not what they chose."""
    return bool(markup.clean(value) and (_TEXT.search(name) or " " in value.strip()))


def save(request, before: dict[str, list[str]] | None = None) -> bool:
    """Save the input of a POST under its path, and return whether there was any text or file.

    :param before: what was sent with earlier steps of the form.
    :raises RateLimited: after too many of a client, which could fill the session store with them.
    :raises TooLong: for more than :data:`MAX_CHARACTERS`.
    """
    sent = {**(before or {}), **dict(request.POST.lists())}
    typed = {key: values for key, values in sent.items() if key not in _IGNORED and any(values)}
    if files := [file.name for found in request.FILES.lists() for file in found[1]]:
        typed[_FILES] = files
    size = sum(len(key) + sum(map(len, values)) for key, values in typed.items())
    if not typed:
        return False
    if size > MAX_CHARACTERS:
        raise TooLong
    limit_client("DRAFTS_PER_CLIENT", request)
    remember(request, SESSION_KEY, request.path, typed, limit=MAX_DRAFTS)
    written = (is_text(key, value) for key, values in typed.items() for value in values)
    return bool(files) or any(key.endswith("-kept") for key in typed) or any(written)


def load_all(request) -> list[dict[str, list[str]]]:
    """Return what was saved for any path."""
    return list(request.session.get(SESSION_KEY, {}).values())


def load(request, path: str) -> dict[str, list[str]]:
    """Return what was saved for ``path``: lists of texts by field name."""
    return request.session.get(SESSION_KEY, {}).get(path, {})


def notice(request, path: str) -> str:
    """Return what to tell about the draft that was saved for ``path``; "" without one."""
    saved = load(request, path)
    if not saved:
        return ""
    text = gettext("This wasn’t sent, because you had to sign in again. Check it and send it.")
    if saved.get("go") == ["sign-in"]:
        text = gettext("We’ve kept what you wrote. Check it and send it.")
    if files := saved.get(_FILES):
        again = gettext("Attach these files again: %(files)s.") % {"files": comma_list(files)}
        text = f"{text} {again}"
    return text


def initial(request, path: str) -> dict[str, str]:
    """Return what was saved for ``path`` as initial values of a form."""
    return {key: values[-1] for key, values in load(request, path).items()}


def confirm(request) -> None:
    """Delete what was saved for the form of this request, because it was sent. The browser deletes
    its own draft, too."""
    key = portal_context(request).submission_key or request.POST.get(SUBMISSION_KEY)
    confirm_sent(request, key)
    delete(request, request.path)


def move(request, old: str, new: str) -> None:
    """Keep what was saved for the path ``old`` for the path ``new``."""
    saved = load(request, old)
    if saved:
        delete(request, old)
        remember(request, SESSION_KEY, new, saved, limit=MAX_DRAFTS)


def delete(request, path: str) -> None:
    """Delete what was saved for ``path``."""
    saved = request.session.get(SESSION_KEY)
    if saved and path in saved:
        del saved[path]
        request.session[SESSION_KEY] = saved


def discard(request, path: str, names: set[str]) -> None:
    """Delete the fields ``names`` of what was saved for ``path``."""
    saved = load(request, path)
    rest = {name: values for name, values in saved.items() if name not in names}
    if not any(name for name in rest if name != "go"):
        delete(request, path)
    elif len(rest) < len(saved):
        remember(request, SESSION_KEY, path, rest, limit=MAX_DRAFTS)


def remember(request, session_key: str, name: str, value, *, limit: int) -> None:
    """Store ``value`` in a dictionary in the session, which keeps the newest ``limit`` entries."""
    entries = {**request.session.get(session_key, {})}
    entries.pop(name, None)
    entries[name] = value
    request.session[session_key] = dict(list(entries.items())[-limit:])
