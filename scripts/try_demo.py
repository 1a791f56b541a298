"""Run `make demo` twice, as a newcomer would, and open some pages once it responds."""

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
    sys.exit(f"make demo did not respond within {PATIENCE} seconds")


def stop(server: subprocess.Popen) -> None:
    """Stop make and everything it started, as Ctrl-C in its terminal would."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(server.pid, number)
            server.wait(timeout=15)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def main() -> None:
    # Processes that a shell starts in the background ignore Ctrl-C, and so would their children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for attempt in ("first", "second"):
        port = free_port()
        begin = time.monotonic()
        # In a separate session, so that make and the server's reloader can be stopped together.
        server = subprocess.Popen(["make", "demo", f"PORT={port}"], start_new_session=True)  # noqa: S607
        try:
            wait(server, f"http://127.0.0.1:{port}/")
            print(f"{attempt} start: responds after {time.monotonic() - begin:.0f} s", flush=True)
            for address in ADDRESSES:
                print(address, get(f"http://127.0.0.1:{port}{address}"), flush=True)
        finally:
            stop(server)


if __name__ == "__main__":
    main()
