"""Store an email as it was received, before anything else happens to it."""

import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from wagtail_portal import conf
from wagtail_portal.actions.files.discard_files import discard_unsaved
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    PortalSettings,
    ReceivedEmail,
    ReceivedState,
    portal_storage,
    received_email_path,
)
from wagtail_portal.utils.email_addresses import MAX_LENGTH
from wagtail_portal.utils.reply_addresses import is_in_mailbox
from wagtail_portal.utils.rows import delete_some
from wagtail_portal.utils.text import storable

from ._email_tasks import process_soon

#: Headers that differ between two copies of the same email.
_SAME = (b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references")
_RECIPIENTS = (b"delivered-to", b"x-original-to", b"envelope-to", b"to", b"cc")
_ADDRESS = re.compile(rb"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
#: Bytes of headers that are looked at, and recipients that are stored.
_HEAD, _MAX_RECIPIENTS = 200_000, 100


def receive_email(
    raw: bytes,
    *,
    envelope_from: str | None = None,
    envelope_to: Iterable[str] = (),
    provider_results: str = "",
    is_from_provider: bool = False,
) -> list[ReceivedEmail]:
    """Store an email once for each portal that it's addressed to, and return them. Once this
    returns, it can no longer be lost: a task or the worker processes it.

    If a portal has received the same email before, that one is returned and nothing happens.

    :param raw: the email as the email server passed it on.
    :param envelope_from: the sender that the email server was told; "" for the null sender, as of a
        bounce or an automatic reply, and None if it's not known.
    :param envelope_to: the recipients that the email server was told, if it passes them on.
    :param provider_results: what a provider has found out about SPF, DKIM and DMARC, in the form of
        ``Authentication-Results``. Pass only what comes with a signature of the provider.
    :param is_from_provider: whether it comes from a provider, and not through an email server in
        ``EMAIL_AUTHSERV_IDS``.
    :raises Invalid: if no portal receives email at these addresses, or it's too large.
    """
    if not raw.strip():
        raise Invalid("The email is empty.")
    if len(raw) > conf.RECEIVED_EMAIL_MAX_MB * 1024 * 1024:
        raise Invalid(f"The email is larger than {conf.RECEIVED_EMAIL_MAX_MB} MB.")
    headers, body = _split(raw)
    recipients = [*envelope_to, *_recipients(headers)]
    digest = _digest(headers, body)
    values = {
        "digest": digest,
        "size": len(raw),
        "envelope_from": _clean_sender(envelope_from),
        "envelope_to": storable([one[:MAX_LENGTH] for one in recipients[:_MAX_RECIPIENTS]]),
        "provider_results": storable(provider_results)[:5000],
        "is_from_provider": is_from_provider,
    }
    # If one can't be stored, the email server delivers it again, and only that one is missing.
    return [
        _find_known(site, digest) or _store(raw, site=site, **values)
        for site in _find_sites(recipients)
    ]


def _store(raw: bytes, *, site: Any, digest: str, **values: Any) -> ReceivedEmail:
    name = received_email_path(None, "")
    saved = ""
    try:
        saved = portal_storage().save(name, ContentFile(raw))
        with transaction.atomic():
            row = ReceivedEmail.objects.create(
                site=site, digest=digest, raw=saved, received_at=timezone.now(), **values
            )
            process_soon(row.pk)
    except IntegrityError:
        # The other copy was faster.
        discard_unsaved([saved])
        return ReceivedEmail.objects.get(site=site, digest=digest)
    except BaseException:
        discard_unsaved([saved or name])
        raise
    return row


def _clean_sender(address: str | None) -> str | None:
    # Postfix writes the null sender as a name, others with its brackets.
    if address is not None and address.strip().lower() in ("<>", "mailer-daemon"):
        return ""
    return None if address is None else storable(address.strip())[:320]


def _split(raw: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return the headers of an email, and what follows them."""
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
    match = _END_OF_HEADERS.search(raw, 0, _HEAD)
    head, body = (raw[: match.start()], raw[match.end() :]) if match else (raw[:_HEAD], raw)
    head = re.sub(rb"\r?\n[ \t]+", b" ", head)
    fields = []
    for line in head.splitlines():
        name, colon, value = line.partition(b":")
        if colon:
            fields.append((name.strip().lower(), value.strip()))
    return fields, body


def _digest(headers: Any, body: bytes) -> str:
    """Return a digest that's the same for each copy of an email, whatever servers and lists have
    written into other headers, and however lines end."""
    found = hashlib.sha256()
    for name, value in headers:
        if name in _SAME:
            found.update(b"%s:%s\n" % (name, value))
    found.update(body.replace(b"\r\n", b"\n").strip())
    return found.hexdigest()


def _recipients(headers: Any) -> list[str]:
    values = [value for wanted in _RECIPIENTS for name, value in headers if name == wanted]
    found = _ADDRESS.findall(b" ".join(values)[: 10 * 1024])
    return list(dict.fromkeys(address.decode("ascii").lower() for address in found))


def _find_sites(recipients: Any) -> list[Any]:
    """Return the sites whose portals read one of these addresses, or the only one that reads any.

    :raises Invalid: if there's none.
    """
    found = PortalSettings.objects.select_related("site").prefetch_related("incoming_addresses")
    rows = [row for row in found if row.mailboxes]
    if portals := _find_portals(recipients, rows):
        return [row.site for row in portals]
    if len(rows) == 1:
        # It was forwarded to the mailbox, or sent as a blind copy.
        return [rows[0].site]
    raise Invalid("No portal receives email at this address.")


def _find_portals(recipients: Any, rows: Any) -> list[Any]:
    found = {}
    # An address of its own comes before a domain of which every address belongs to a portal.
    mailboxes = sorted(
        ((mailbox, row) for row in rows for mailbox in row.mailboxes),
        key=lambda pair: pair[0].startswith("@"),
    )
    for address in recipients:
        row = next((row for mailbox, row in mailboxes if is_in_mailbox(address, mailbox)), None)
        if row is not None:
            found[row.pk] = row
    return list(found.values())


def is_for_portal(addresses: Iterable[str]) -> bool:
    """Return whether a portal receives email at one of these addresses."""
    rows = PortalSettings.objects.prefetch_related("incoming_addresses")
    return bool(_find_portals(addresses, rows))


def _find_known(site: Any, digest: str) -> ReceivedEmail | None:
    return ReceivedEmail.objects.filter(site=site, digest=digest).first()


def discard_received_emails(*, most: int | None = None) -> int:
    """Delete received emails that have been kept long enough, and return how many. Those that wait
    for the team are kept twice as long.

    :param most: how many to delete now; None for all.
    """
    now, days = timezone.now(), timedelta(days=conf.RECEIVED_EMAIL_RETENTION_DAYS)
    undecided = Q(state__in=[ReceivedState.HELD, ReceivedState.FAILED])
    old = Q(received_at__lt=now - days) & ~undecided | Q(received_at__lt=now - 2 * days)
    rows = ReceivedEmail.objects.filter(old).exclude(state=ReceivedState.WAITING)
    return delete_some(rows, most)
