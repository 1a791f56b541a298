"""Tell apart a form that was sent twice from one that was sent again with another text."""

import uuid

#: The name of the input with the key that's generated with a form.
SUBMISSION_KEY = "submission_key"

#: Namespace of the keys derived from it.
NAMESPACE = uuid.UUID("1d5f3a0e-3df5-4b3e-9c43-0c3a6f0f2b77")

_CSRF_INPUT = "csrfmiddlewaretoken"


def derive_key(data, *, owner="") -> uuid.UUID:
    """Return a key that's the same whenever the same answers are sent from the same form.

    After going back in the browser, a form that was sent can be changed and sent again, with the
    key that it had. Files don't count: those that were sent can't be found a second time.

    :param data: a ``QueryDict``, as the browser sent it. A form without a key, from a cached page,
        is told from others by its token.
    :param owner: the one who sends it.
    """
    key = data.get(SUBMISSION_KEY, "")
    ignored = {SUBMISSION_KEY, *([_CSRF_INPUT] if key else [])}
    answers = sorted(
        (name, values)
        for name, values in data.lists()
        if name not in ignored and not name.endswith(("-kept", "-remove"))
    )
    return uuid.uuid5(NAMESPACE, f"{owner}:{key}:{answers!r}")
