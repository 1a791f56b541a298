"""Read-only mode: people can read the portal, but nothing is written to it. Switched on with
``WAGTAIL_PORTAL["READ_ONLY"]``.
"""

import math
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext

from . import conf
from .exceptions import ReadOnly

#: Seconds after which scripts can try again if no one says when the portal is back to normal.
RETRY_AFTER = 600


def is_on() -> bool:
    """Return whether the portal is read-only. It stays so after the announced time, because what's
    being done may take longer."""
    return bool(conf.READ_ONLY)


def require_writable() -> None:
    """Make sure that the portal isn't read-only.

    :raises ReadOnly: if it is.
    """
    if is_on():
        raise ReadOnly


def explanation() -> str:
    """Return what to tell people, in their language and time zone."""
    texts = [gettext("You can read everything, but you can’t send or change anything right now.")]
    back = _back()
    if isinstance(conf.READ_ONLY, str):
        texts.append(conf.READ_ONLY)
    elif back is None or back < timezone.now():
        texts.append(gettext("The portal will be back to normal soon."))
    else:
        local = timezone.localtime(back)
        values = {
            "date": date_format(local, "DATE_FORMAT"),
            "time": date_format(local, "TIME_FORMAT"),
        }
        if local.date() == timezone.localdate():
            text = gettext("The portal will be back to normal at %(time)s.")
        else:
            text = gettext("The portal will be back to normal on %(date)s at %(time)s.")
        texts.append(text % values)
    return " ".join(texts)


#: The same for module constants.
explanation_lazy = lazy(explanation, str)


def retry_after() -> int:
    """Return in how many seconds scripts can try again."""
    back = _back()
    seconds = math.ceil((back - timezone.now()).total_seconds()) if back else 0
    return seconds if seconds > 0 else RETRY_AFTER


def allowed_when_read_only(view):
    """Mark a view whose POST requests only read, or skip what they'd write."""
    view.is_allowed_when_read_only = True
    return view


def _back() -> datetime | None:
    back = conf.READ_ONLY
    if not isinstance(back, datetime):
        return None
    return timezone.make_aware(back) if timezone.is_naive(back) else back
