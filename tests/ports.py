"""Ports on loopback that no other program can take, not even another test run."""

import socket

from aiosmtpd.controller import Controller

from tests.serving import TIMEOUT


def claim_port() -> socket.socket:
    """Return a socket that reserves a free port without listening, so that connections are refused.

    Only programs that request a shared port (SO_REUSEPORT) can listen there, as :func:`listen_at`
    does.
    """
    claim = socket.socket()
    claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    claim.bind(("127.0.0.1", 0))
    return claim


def listen_at(claim: socket.socket) -> socket.socket:
    """Return a socket that listens on the port reserved by ``claim``."""
    return socket.create_server(claim.getsockname(), reuse_port=True)


class MailController(Controller):
    """Runs an SMTP server in a thread on a reserved port."""

    def __init__(self, handler, claim: socket.socket):
        host, port = claim.getsockname()
        super().__init__(handler, hostname=host, port=port, ready_timeout=TIMEOUT)
        self._claim = claim

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=listen_at(self._claim))
