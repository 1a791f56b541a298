"""The processes of a site: loads Django once, forks, and restarts what ends.

    python -m benchmarks.processes DESCRIPTOR KIND…

``DESCRIPTOR`` is that of a listening socket, and each ``KIND`` is ``web`` or a management command.
Prints ``started``, the kind and the process ID of each process.
"""

import os
import signal
import socket
import sys

import django
from django.core.management import call_command
from django.core.servers.basehttp import (
    ThreadedWSGIServer,
    WSGIRequestHandler,
    get_internal_wsgi_application,
)
from django.urls import get_resolver


class QuietHandler(WSGIRequestHandler):
    """Logs no requests."""

    def log_message(self, *args):
        pass


def serve(listener: socket.socket) -> None:
    """Answer requests. Several processes share the socket."""
    server = ThreadedWSGIServer(listener.getsockname(), QuietHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = listener.getsockname()
    server.setup_environ()
    server.daemon_threads = True
    server.set_app(get_internal_wsgi_application())
    server.serve_forever()


def start(kind: str, listener: socket.socket) -> int:
    """Fork a process and return its ID."""
    pid = os.fork()
    if pid:
        print("started", kind, pid, flush=True)
        return pid
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        serve(listener) if kind == "web" else call_command(kind)
    finally:
        os._exit(0)


def main() -> None:
    listener = socket.socket(fileno=int(sys.argv[1]))
    django.setup()
    # Loaded once, not by each process.
    get_resolver().url_patterns  # noqa: B018
    running = {start(kind, listener): kind for kind in sys.argv[2:]}

    def stop(*args):
        for pid in running:
            os.kill(pid, signal.SIGKILL)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    while True:
        pid, _status = os.wait()
        kind = running.pop(pid)
        running[start(kind, listener)] = kind


if __name__ == "__main__":
    main()
