"""Stop sending emails while the email server hangs.

Without a separate worker, web processes send emails. If each of them waited for a server that
accepts connections and never answers, none would be left for visitors.
"""

import logging

from wagtail_portal.models import DeliveryPause

from .connections import Connection

logger = logging.getLogger(__name__)


def send_through_breaker(email, connection: Connection, clock, *, is_trial: bool) -> None:
    """Send an email. If the email server doesn't answer in time, all processes pause for a minute;
    then one of them tries again.

    :param clock: a function that returns the current time.
    :param is_trial: whether this is that try. Any answer ends the pause.
    :raises Exception: whatever the email backend raises.
    """
    try:
        connection.send(email)
    except Exception as error:
        if _is_timeout(error):
            if DeliveryPause.objects.begin(clock()):
                logger.error("The email server hangs. Emails wait until it answers.")
        elif is_trial:
            _end_pause()
        raise
    if is_trial:
        _end_pause()


def _end_pause() -> None:
    if DeliveryPause.objects.end():
        logger.warning("The email server answers again. Emails are sent.")


def _is_timeout(error: BaseException | None) -> bool:
    # Mail libraries hide it: smtplib says that the server has disconnected.
    while error is not None and not isinstance(error, TimeoutError):
        error = error.__cause__ or error.__context__
    return error is not None
