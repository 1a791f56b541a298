"""Tell the browser which forms have arrived, so that it deletes their drafts and no others.

A cookie names the submission keys, because nothing else reaches the browser in every case: the page
after a form can be one of the site, or fail to load. ``drafts.js`` reads and deletes it.
"""

from django.conf import settings

COOKIE = "wagtail_portal_sent"
#: In seconds, as long as ``drafts.js`` keeps a draft.
MAX_AGE = 7 * 24 * 3600
#: How many keys wait for a page with the script.
MAX_KEYS = 10
_LONGEST_KEY = 36


def confirm_sent(request, key: str | None) -> None:
    """Let the response say that a form was saved.

    :param key: its submission key, as the browser sent it.
    """
    request.wagtail_portal_sent = key


def set_sent_cookie(request, response) -> None:
    """Add the key of the form that was saved to the cookie, if there is one."""
    key = getattr(request, COOKIE, None)
    if not key or len(key) > _LONGEST_KEY or not key.replace("-", "").isalnum():
        return
    waiting = request.COOKIES.get(COOKIE, "").split(".")
    response.set_cookie(
        COOKIE,
        ".".join([*filter(None, waiting), key][-MAX_KEYS:]),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
