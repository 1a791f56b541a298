"""Serve the example site in a process of its own."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: In seconds. Generous, because only a failure has to wait this long.
TIMEOUT = 180


@contextmanager
def serve(folder: Path, listener: socket.socket, environment: dict[str, str]) -> Iterator[str]:
    """Serve the example site on a socket that's already listening, and yield its URL.

    Requests made before the server is up wait, because the system queues the connections.

    :param folder: where the server's log is written.
    """
    command = [sys.executable, "-m", "tests.site_server", str(listener.fileno())]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
        )
    # The server is now the only owner: if it stops, connections are refused.
    port = listener.getsockname()[1]
    listener.close()
    try:
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(TIMEOUT)
