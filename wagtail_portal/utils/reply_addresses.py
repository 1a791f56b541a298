"""Addresses to which people reply: each names a ticket and its recipient, and is signed.

``support+1042.9<signature>@example.com`` is for the member with the primary key 9. Whoever gets to
know the address can't change it into one of another ticket or person.
"""

import base64
import hmac
import re
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "wagtail_portal.utils.reply_addresses"
#: Characters of a signature: 80 bits.
_LENGTH = 16
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_REPLY = re.compile(rf"(\d{{1,18}})\.([0-9a-z]{{1,13}})([a-z2-7]{{{_LENGTH}}})")


@dataclass(frozen=True)
class ReplyAddress:
    """What a signed address stands for. ``member`` is None for the team, whose members are known by
    their own address."""

    number: int
    member: int | None


def sign_reply_address(address: str, number: int, member: int | None) -> str:
    """Return the address for replies to a ticket by one recipient.

    :param address: the mailbox, as in ``support@example.com``, or ``@reply.example.com`` for a
        domain of which every address ends up in one mailbox.
    :param member: the recipient's primary key; None for the team.
    """
    local, _at, domain = address.rpartition("@")
    prefix = f"{local}+" if local else ""
    key = _encode(member or 0)
    return f"{prefix}{number}.{key}{_sign(settings.SECRET_KEY, number, key)}@{domain}"


def read_reply_address(address: str, mailbox: str) -> ReplyAddress | None:
    """Return what an address stands for that :func:`sign_reply_address` has made for ``mailbox``;
    None if it's none, or if its signature is wrong.

    Keys in ``SECRET_KEY_FALLBACKS`` are accepted, too. Email servers may change the case.
    """
    local, _at, domain = address.lower().rpartition("@")
    own_local, _at, own_domain = mailbox.lower().rpartition("@")
    if domain != own_domain:
        return None
    if own_local:
        if not local.startswith(f"{own_local}+"):
            return None
        local = local[len(own_local) + 1 :]
    match = _REPLY.fullmatch(local)
    if match is None:
        return None
    number, key, signature = int(match[1]), match[2], match[3]
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any(hmac.compare_digest(_sign(secret, number, key), signature) for secret in keys):
        return None
    return ReplyAddress(number, int(key, 36) or None)


def is_in_mailbox(address: str, mailbox: str) -> bool:
    """Return whether emails to ``address`` end up in ``mailbox``."""
    local, _at, domain = address.lower().rpartition("@")
    own_local, _at, own_domain = mailbox.lower().rpartition("@")
    if not domain or domain != own_domain:
        return False
    return not own_local or local.partition("+")[0] == own_local


def sign_message_id(key: str) -> str:
    """Return the part of a Message-ID that only we can make."""
    return _mac(settings.SECRET_KEY, f"message:{key}")


def is_own_message_id(key: str, signature: str) -> bool:
    """Return whether :func:`sign_message_id` has made this signature."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(_mac(one, f"message:{key}"), signature) for one in keys)


def _sign(secret, number: int, key: str) -> str:
    return _mac(secret, f"reply:{number}:{key}")


def _mac(secret, value: str) -> str:
    digest = salted_hmac(SALT, value, secret=secret, algorithm="sha256").digest()
    return base64.b32encode(digest[:10]).decode().lower()


def _encode(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
