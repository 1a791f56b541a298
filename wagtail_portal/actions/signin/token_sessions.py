"""Remember which sessions the tokens of an issuer opened, and find those it signs out."""

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wagtail_portal.models import TokenSession, TokenSignOut
from wagtail_portal.utils.rows import delete_some
from wagtail_portal.utils.sessions import ended_sessions
from wagtail_portal.utils.typing import User

#: For how long tokens issued before a sign-out are refused: longer than any of them, and the
#: second factor after it, takes.
SIGN_OUT_MEMORY = timedelta(hours=2)


def record_token_session(
    session_key: str, user: User, *, issuer: str, subject: str, sid: str = ""
) -> None:
    """Remember that a token opened this session, so that its issuer can end it.

    :param issuer: the key of the issuer in the settings.
    :param subject: whom the issuer signed in: the token's ``sub``, or the email address.
    :param sid: the issuer's own session: the token's ``sid``.
    """
    values = {
        "user": user,
        "subject": _digest(issuer, "sub", subject),
        "sid": _digest(issuer, "sid", sid),
    }
    TokenSession.objects.update_or_create(session_key=session_key, defaults=values)


def sign_out_token_sessions(
    *, issuer: str, subject: str = "", sid: str = "", issued_at: datetime
) -> list[str]:
    """Forget the sessions of a subject, or of one of the issuer's own sessions, and return their
    keys. The caller ends them. Older tokens of the same subject or session are refused from now on.

    With ``sid``, the subject's other sessions go on, except for those of which the issuer has not
    named its own session.

    :param issued_at: when the issuer signed them out, by its clock.
    """
    subject, sid = _digest(issuer, "sub", subject), _digest(issuer, "sid", sid)
    found = Q(sid=sid) if sid else Q(subject=subject)
    if sid and subject:
        found |= Q(subject=subject, sid="")
    with transaction.atomic():
        times = {"signed_out_at": issued_at, "expires_at": timezone.now() + SIGN_OUT_MEMORY}
        known, created = TokenSignOut.objects.get_or_create(digest=sid or subject, defaults=times)
        if not created:
            # One that was issued before may arrive later.
            TokenSignOut.objects.filter(pk=known.pk, signed_out_at__lt=issued_at).update(**times)
        rows = TokenSession.objects.filter(found)
        keys = list(rows.values_list("session_key", flat=True))
        rows.filter(session_key__in=keys).delete()
    return keys


def was_signed_out(*, issuer: str, subject: str, sid: str = "", issued_at: datetime) -> bool:
    """Return whether the issuer has signed out the subject, or its session, after it issued the
    token."""
    digests = {_digest(issuer, "sub", subject), _digest(issuer, "sid", sid)} - {""}
    later = TokenSignOut.objects.filter(digest__in=digests, signed_out_at__gt=issued_at)
    return later.exists()


def discard_token_sessions(*, at: datetime | None = None, most: int | None = None) -> int:
    """Delete the records of sessions that have ended and of old sign-outs, and return how many
    sessions.

    :param most: how many to delete now; None for all.
    """
    at = at or timezone.now()
    delete_some(TokenSignOut.objects.filter(expires_at__lt=at), most)
    old = TokenSession.objects.filter(
        created_at__lt=at - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    )
    # Sessions that are used go on for longer than their first age.
    ended = ended_sessions(old, most)
    for start in range(0, len(ended), 500):
        TokenSession.objects.filter(session_key__in=ended[start : start + 500]).delete()
    return len(ended)


def _digest(issuer: str, kind: str, value: str) -> str:
    """Return what's stored instead of a value, which may be an email address."""
    if not value:
        return ""
    # JSON can contain half of a surrogate pair.
    text = f"{issuer}\n{kind}\n{value}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()
