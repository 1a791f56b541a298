"""An unreliable SMTP server on loopback that records every email it accepts."""

import asyncio
import contextlib
import os
import random
import re
import signal
import socket
from dataclasses import dataclass, field

from tests.ports import MailController, claim_port

_NUMBER = re.compile(rb"No\. (\d+)")
_ID = re.compile(rb"^Message-ID: *(<[^>]+>)", re.MULTILINE | re.IGNORECASE)


@dataclass
class Accepted:
    """An email that the server accepted."""

    number: int
    message_id: str
    pid: int
    #: The connection was dropped before the sender received the confirmation.
    unheard: bool


@dataclass
class Server:
    """Decides at random, for each email and at each step, what goes wrong."""

    dice: random.Random
    #: Reserves the port while the server is down.
    claim: socket.socket = field(default_factory=claim_port)
    accepted: list[Accepted] = field(default_factory=list)
    killed: set[int] = field(default_factory=set)
    troubles: dict[str, int] = field(default_factory=dict)
    unreliable: bool = True
    _controller: MailController | None = None

    @property
    def port(self) -> int:
        """Return the port it listens on, now or after the next start."""
        return self.claim.getsockname()[1]

    def up(self) -> None:
        """Start listening."""
        self._controller = MailController(self, self.claim)
        self._controller.start()

    def down(self) -> None:
        """Stop listening."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    # -- Called by aiosmtpd ------------------------------------------------------------------

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self._kill_at_random(session)
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        kinds, weights = ("none", "refuse", "drop", "slow"), (85, 5, 5, 5)
        chosen = self.dice.choices(kinds, weights)[0] if self.unreliable else "none"
        if self.unreliable and sum(self.troubles.values()) % 10 == 9:
            # Each of them happens, however few emails there are.
            chosen = min(kinds[1:], key=lambda kind: self.troubles.get(kind, 0))
        session.trouble = chosen
        self.troubles[chosen] = self.troubles.get(chosen, 0) + 1
        self._kill_at_random(session)
        if session.trouble == "refuse":
            return "451 Not now"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self._kill_at_random(session)
        if session.trouble == "slow":
            # Let everything else that's pending run first.
            for _turn in range(500):
                await asyncio.sleep(0)
        unheard = session.trouble == "drop"
        content = envelope.original_content
        number = int(_NUMBER.search(content)[1])
        message_id = _ID.search(content)[1].decode()
        self.accepted.append(Accepted(number, message_id, self._pid(session), unheard))
        self._kill_at_random(session)
        if unheard:
            server.transport.abort()
        return "250 Accepted"

    async def handle_QUIT(self, server, session, envelope):
        self._kill_at_random(session)
        return "221 Bye"

    # -- Killing senders ----------------------------------------------------------------------

    @staticmethod
    def _pid(session) -> int:
        return int(session.host_name.removeprefix("pid-"))

    def _kill_at_random(self, session) -> None:
        if self.unreliable and self.dice.random() < 0.02:
            pid = self._pid(session)
            self.killed.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
