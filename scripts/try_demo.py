"""Start `make demo` as a newcomer would, twice, and look at it once it answers."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

ADDRESSES = ("/", "/support/", "/accounts/login/", "/admin/login/")
PATIENCE = 300


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(address: str) -> int:
    with urllib.request.urlopen(address, timeout=30) as response:  # noqa: S310
        return response.status


def wait(server: subprocess.Popen, home: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"make demo ended with {server.returncode}")
        try:
            get(home)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.5)
        else:
            return
    sys.exit(f"make demo did not answer within {PATIENCE} seconds")


def stop(server: subprocess.Popen) -> None:
    """End make and all that it started, as Ctrl-C in its terminal would."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(server.pid, number)
            server.wait(timeout=15)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def main() -> None:
    # What a shell starts in the background ignores Ctrl-C, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for attempt in ("first", "second"):
        port = free_port()
        begin = time.monotonic()
        # A session of its own, so that make and the server's reloader can be ended together.
        server = subprocess.Popen(["make", "demo", f"PORT={port}"], start_new_session=True)  # noqa: S607
        try:
            wait(server, f"http://127.0.0.1:{port}/")
            print(f"{attempt} start: answers after {time.monotonic() - begin:.0f} s", flush=True)
            for address in ADDRESSES:
                print(address, get(f"http://127.0.0.1:{port}{address}"), flush=True)
        finally:
            stop(server)


if __name__ == "__main__":
    main()
