"""Download a document from a URL in the settings without access to the site's own network.

All addresses of the host must be public, and the connection goes to the address that was checked,
so a second DNS response can't change it. Redirects aren't followed; the size is limited, and so is
the time, from the connection to the last byte.
"""

import http.client
import io
import json
import socket
import ssl
import time
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

MAX_BYTES = 256 * 1024
#: For everything but the DNS response, whose time the system limits.
SECONDS = 5
#: The only IPv6 addresses in use on the internet (RFC 4291, section 2.4).
GLOBAL_UNICAST = IPv6Network("2000::/3")
#: IPv6 networks whose addresses lead to an IPv4 address, and by how many bits it's shifted: NAT64
#: (RFC 6052), 6to4 (RFC 3056) and mapped addresses (RFC 4291, section 2.5.5.2).
IPV4_INSIDE = {
    IPv6Network("64:ff9b::/96"): 0,
    IPv6Network("2002::/16"): 80,
    IPv6Network("::ffff:0:0/96"): 0,
}
#: Teredo (RFC 4380) leads into networks behind a NAT.
TEREDO = IPv6Network("2001::/32")


class FetchError(Exception):
    """The document couldn't be downloaded."""


def fetch_json(url: str, *, private: bool = False) -> dict:
    """Return the JSON object at ``url``.

    :param private: whether the host may be in a private network.
    :raises FetchError: with the reason, if it can't be downloaded.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = _address(parts.hostname, port, private)
        found = json.loads(_get(parts, address, port))
    except (OSError, ValueError, http.client.HTTPException, RecursionError) as error:
        raise FetchError(f"{type(error).__name__}: {error}") from error
    if not isinstance(found, dict):
        raise FetchError("The document is not a JSON object.")
    return found


def _address(host: str | None, port: int, private: bool) -> str:
    if not host:
        raise FetchError("The address has no host.")
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(row[4][0]) for row in found]
    for address in addresses:
        if not private and not _is_public(address):
            raise FetchError(f"{host} is at {address}, in a private network.")
    return addresses[0]


def _is_public(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        shifts = [shift for network, shift in IPV4_INSIDE.items() if found in network]
        if shifts:
            found = IPv4Address((int(found) >> shifts[0]) & 0xFFFFFFFF)
        elif found not in GLOBAL_UNICAST or found in TEREDO:
            return False
    return found.is_global and not found.is_multicast


class _Deadline(io.RawIOBase):
    """Read from a socket until a deadline, however little the server sends at a time."""

    def __init__(self, sock):
        self.sock, self.end = sock, time.monotonic() + SECONDS

    def readable(self):
        return True

    def readinto(self, buffer):
        self.limit_wait()
        try:
            return self.sock.recv_into(buffer)
        except TimeoutError as error:
            raise FetchError("The server is too slow.") from error

    def limit_wait(self) -> None:
        """Let the socket wait for the time that is left.

        :raises FetchError: if there is none.
        """
        left = self.end - time.monotonic()
        if left <= 0:
            raise FetchError("The server is too slow.")
        self.sock.settimeout(left)


def _get(parts, address: str, port: int) -> bytes:
    connection = http.client.HTTPConnection(parts.hostname, port)
    deadline = _Deadline(None)
    connection.sock = deadline.sock = socket.create_connection((address, port), SECONDS)
    try:
        if parts.scheme == "https":
            deadline.limit_wait()
            context = ssl.create_default_context()
            deadline.sock = context.wrap_socket(connection.sock, server_hostname=parts.hostname)
            connection.sock = deadline.sock
        deadline.limit_wait()
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.request("GET", path, headers={"Accept": "application/json"})
        reader = io.BufferedReader(deadline)
        response = http.client.HTTPResponse(
            cast(Any, SimpleNamespace(makefile=lambda mode: reader))
        )
        response.begin()
        if response.status != 200:
            raise FetchError(f"The server responded with {response.status}.")
        body = b""
        while block := response.read1(64 * 1024):
            body += block
            if len(body) > MAX_BYTES:
                raise FetchError("The document is too large.")
        return body
    finally:
        connection.close()
