"""What was typed before the session had expired, kept over the sign-in.

It lives in the visitor's own session, which survives a sign-in of the same browser. Files are not
kept: the page says so.
"""

SESSION_KEY = "wagtail_portal_drafts"
#: Enough for a very long message; an anonymous visitor must not fill the session store.
MAX_CHARACTERS = 60_000
MAX_DRAFTS = 3
_IGNORED = {"csrfmiddlewaretoken", "submission_key"}


def keep(request) -> None:
    """Keep the text of a POST under its path."""
    typed = {
        key: values for key, values in request.POST.lists() if key not in _IGNORED and any(values)
    }
    size = sum(len(key) + sum(map(len, values)) for key, values in typed.items())
    if not typed or size > MAX_CHARACTERS:
        return
    kept = request.session.get(SESSION_KEY, {})
    kept.pop(request.path, None)
    newest = dict(list(kept.items())[-(MAX_DRAFTS - 1) :])
    request.session[SESSION_KEY] = {**newest, request.path: typed}


def take(request, path: str) -> dict[str, list[str]] | None:
    """What was kept for ``path``; it is forgotten with :func:`forget` once it was sent."""
    return request.session.get(SESSION_KEY, {}).get(path)


def initial(request, path: str) -> dict[str, str]:
    """The same as initial values of a form."""
    return {key: values[-1] for key, values in (take(request, path) or {}).items()}


def forget(request, path: str) -> None:
    """Drop what was kept for ``path``."""
    kept = request.session.get(SESSION_KEY)
    if kept and path in kept:
        del kept[path]
        request.session[SESSION_KEY] = kept
