"""Download a document from a URL in the settings without access to the site's own network.

All addresses of the host must be public, and the connection goes to the address that was checked,
so a second DNS response can't change it. Redirects aren't followed; size and time are limited.
"""

import http.client
import json
import socket
import ssl
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

MAX_BYTES = 256 * 1024
SECONDS = 5


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
    addresses = [row[4][0] for row in found]
    for address in addresses:
        if not private and not _is_public(address):
            raise FetchError(f"{host} is at {address}, in a private network.")
    return addresses[0]


def _is_public(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return (inner or found).is_global and not found.is_multicast


def _get(parts, address: str, port: int) -> bytes:
    deadline = time.monotonic() + SECONDS
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=SECONDS)
    connection.sock = socket.create_connection((address, port), SECONDS)
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(connection.sock, server_hostname=parts.hostname)
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.request("GET", path, headers={"Accept": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            raise FetchError(f"The server responded with {response.status}.")
        body = b""
        while block := response.read1(64 * 1024):
            body += block
            if len(body) > MAX_BYTES:
                raise FetchError("The document is too large.")
            if time.monotonic() > deadline:
                raise FetchError("The server is too slow.")
        return body
    finally:
        connection.close()
