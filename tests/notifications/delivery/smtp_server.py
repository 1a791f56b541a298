"""A real SMTP server on loopback on which nothing can be relied, and which remembers everything."""

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
    """One mail that the server has taken."""

    number: int
    message_id: str
    pid: int
    #: The connection broke before the sender heard of it.
    unheard: bool


@dataclass
class Server:
    """Decides by dice, in each conversation and at each step of it, what goes wrong."""

    dice: random.Random
    #: Keeps the port while nobody listens.
    claim: socket.socket = field(default_factory=claim_port)
    accepted: list[Accepted] = field(default_factory=list)
    killed: set[int] = field(default_factory=set)
    troubles: dict[str, int] = field(default_factory=dict)
    unreliable: bool = True
    _controller: MailController | None = None

    @property
    def port(self) -> int:
        """Where it listens, or will again."""
        return self.claim.getsockname()[1]

    def up(self) -> None:
        """Listen."""
        self._controller = MailController(self, self.claim)
        self._controller.start()

    def down(self) -> None:
        """Nobody listens any more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    # -- What aiosmtpd calls ------------------------------------------------------------------

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        kinds, weights = ("none", "refuse", "drop", "slow"), (85, 5, 5, 5)
        chosen = self.dice.choices(kinds, weights)[0] if self.unreliable else "none"
        session.trouble = chosen
        self.troubles[chosen] = self.troubles.get(chosen, 0) + 1
        self._perhaps_kill(session)
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        self._perhaps_kill(session)
        if session.trouble == "refuse":
            return "451 Not now"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self._perhaps_kill(session)
        if session.trouble == "slow":
            # Everything else that happens here goes first.
            for _turn in range(500):
                await asyncio.sleep(0)
        unheard = session.trouble == "drop"
        content = envelope.original_content
        number = int(_NUMBER.search(content)[1])
        message_id = _ID.search(content)[1].decode()
        self.accepted.append(Accepted(number, message_id, self._pid(session), unheard))
        self._perhaps_kill(session)
        if unheard:
            server.transport.abort()
        return "250 Accepted"

    async def handle_QUIT(self, server, session, envelope):
        self._perhaps_kill(session)
        return "221 Bye"

    # -- Death --------------------------------------------------------------------------------

    @staticmethod
    def _pid(session) -> int:
        return int(session.host_name.removeprefix("pid-"))

    def _perhaps_kill(self, session) -> None:
        if self.unreliable and self.dice.random() < 0.01:
            pid = self._pid(session)
            self.killed.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
