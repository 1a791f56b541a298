"""Explain in plain words if the demo's port can't be used."""

import socket
import sys


def main(host: str, port: str) -> int:
    if not port.isdecimal() or not 0 < int(port) < 65536:
        print(f"PORT must be a number from 1 to 65535, not {port!r}.", file=sys.stderr)
        return 1
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # As the server does, so that a port that was just closed counts as free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, int(port)))
        except PermissionError:
            print(f"You don't have permission to use port {port}.", file=sys.stderr)
        except OSError:
            print(f"Port {port} is in use by another program.", file=sys.stderr)
        else:
            return 0
    other = int(port) + 1 if 1024 <= int(port) < 65535 else 8000
    print(f"Choose another port, for example: make demo PORT={other}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
