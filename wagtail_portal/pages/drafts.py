"""Text that couldn't be sent because the session had expired.

It's saved in the browser's session, under the path it was sent to, until the user has signed in.
Files aren't saved, and the page says so. Answers to forms with several steps are saved in the
database, see :mod:`~wagtail_portal.pages.ticket_form.form_views`.
"""

from wagtail_portal.signin.browsers import limit_client

SESSION_KEY = "wagtail_portal_drafts"
#: Enough for a very long message; a visitor must not be able to fill the session store.
MAX_CHARACTERS = 60_000
MAX_DRAFTS = 3
_IGNORED = {"csrfmiddlewaretoken", "submission_key"}


def save(request) -> None:
    """Save the text of a POST under its path.

    :raises RateLimited: after too many of a client, which could fill the session store with them.
    """
    typed = {
        key: values for key, values in request.POST.lists() if key not in _IGNORED and any(values)
    }
    size = sum(len(key) + sum(map(len, values)) for key, values in typed.items())
    if typed and size <= MAX_CHARACTERS:
        limit_client("DRAFTS_PER_CLIENT", request)
        remember(request, SESSION_KEY, request.path, typed, limit=MAX_DRAFTS)


def load(request, path: str) -> dict[str, list[str]]:
    """Return what was saved for ``path``: lists of texts by field name."""
    return request.session.get(SESSION_KEY, {}).get(path, {})


def initial(request, path: str) -> dict[str, str]:
    """Return what was saved for ``path`` as initial values of a form."""
    return {key: values[-1] for key, values in load(request, path).items()}


def delete(request, path: str) -> None:
    """Delete what was saved for ``path``, because it was sent."""
    saved = request.session.get(SESSION_KEY)
    if saved and path in saved:
        del saved[path]
        request.session[SESSION_KEY] = saved


def remember(request, session_key: str, name: str, value, *, limit: int) -> None:
    """Store ``value`` in a dictionary in the session, which keeps the newest ``limit`` entries."""
    entries = {**request.session.get(session_key, {})}
    entries.pop(name, None)
    entries[name] = value
    request.session[session_key] = dict(list(entries.items())[-limit:])
