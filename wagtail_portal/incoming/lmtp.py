"""Take emails from an email server with LMTP (RFC 2033). Requires aiosmtpd."""

import asyncio
import logging

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP

from wagtail_portal import conf
from wagtail_portal.actions import receive_email
from wagtail_portal.exceptions import Invalid
from wagtail_portal.logs import safe_copy
from wagtail_portal.utils.after_response import close_old_connections

logger = logging.getLogger(__name__)


class Handler:
    """Stores each email, and then says so, once per recipient."""

    async def handle_DATA(self, server, session, envelope) -> str:
        """Return the answers of the server."""
        answer = await asyncio.to_thread(self._receive, envelope)
        return "\r\n".join([answer] * max(len(envelope.rcpt_tos), 1))

    def _receive(self, envelope) -> str:
        close_old_connections()
        try:
            receive_email(
                envelope.content,
                envelope_from=envelope.mail_from,
                envelope_to=envelope.rcpt_tos,
            )
        except Invalid as error:
            return f"550 5.7.1 {' '.join(error.messages)}"
        except Exception as error:
            # The database or the storage is out of reach. The email server keeps the email.
            logger.error("An email could not be stored.", exc_info=safe_copy(error))
            return "451 4.3.0 Not stored. Try again later."
        finally:
            close_old_connections()
        return "250 2.0.0 Stored"


class LmtpController(Controller):
    """Runs the server in a thread."""

    def factory(self):
        """Return a server for one connection."""
        limit = conf.RECEIVED_EMAIL_MAX_MB * 1024 * 1024
        return LMTP(self.handler, data_size_limit=limit, enable_SMTPUTF8=True)
