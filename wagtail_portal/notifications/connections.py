"""Connections to the email server that several emails share.

Opening one takes longer than sending an email: with encryption, reading the certificates of all
authorities alone does.
"""

from contextlib import suppress
from typing import Any

from wagtail_portal.compat import mail_backend


class Connection:
    """A connection that's opened with the first email, and closed at the end of the block. Backends
    that don't use SMTP get a new one for each email."""

    def __init__(self) -> None:
        self._backend: Any = None

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def send(self, email: Any) -> None:
        """Send an email.

        :raises Exception: whatever the email backend raises.
        """
        if not self._is_alive():
            self._close()
            self._backend = mail_backend()
            self._backend.open()
        try:
            self._backend.send_messages([email])
        except BaseException:
            self._close()
            raise

    def _is_alive(self) -> bool:
        """Return whether the server still answers. It's asked first, because once an email is on
        its way, an error doesn't say whether the server has accepted it."""
        connection: Any = getattr(self._backend, "connection", None)
        try:
            return hasattr(connection, "noop") and connection.noop()[0] == 250
        except OSError:
            return False

    def _close(self) -> None:
        # Whatever happens now, it doesn't change what became of the emails.
        with suppress(Exception):
            if self._backend is not None:
                self._backend.close()
        self._backend = None
