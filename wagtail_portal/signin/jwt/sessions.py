"""Which issuer opened a session, and ending the sessions that an issuer signs out."""

from datetime import UTC, datetime
from importlib import import_module

from django.conf import settings

from wagtail_portal.actions import record_token_session, sign_out_token_sessions, was_signed_out

from .issuers import Issuer, find_issuer

#: The session key of what :func:`begin` stores.
OPENED_BY = "wagtail_portal_opened_by"


def begin(request, issuer: Issuer, claims, user) -> None:
    """Note in the session whose token opens it. A second factor may have to follow."""
    request.session[OPENED_BY] = {
        "user": str(user.pk),
        "issuer": issuer.key,
        "subject": claims.subject,
        "sid": claims.sid,
        "issued_at": claims.issued_at.timestamp(),
    }


def opened_by(request) -> dict | None:
    """Return what :func:`begin` stored for the current user, or for someone who hasn't completed
    their sign-in; None for those who signed in in another way."""
    found = request.session.get(OPENED_BY)
    user = request.user
    if found is None or (user.is_authenticated and str(user.pk) != found["user"]):
        return None
    return found


def issuer_of(request) -> Issuer | None:
    """Return the issuer whose token opened the session of the current user."""
    opened = opened_by(request) if request.user.is_authenticated else None
    return find_issuer(opened["issuer"]) if opened else None


def remember(request) -> bool:
    """Record the current session, under its present key, so that its issuer can end it.

    :return: False if the issuer has signed the user out while they were signing in.
    """
    opened = opened_by(request)
    if opened is None:
        return True
    who = {name: opened[name] for name in ("issuer", "subject", "sid")}
    record_token_session(request.session.session_key, request.user, **who)
    return not was_signed_out(**who, issued_at=datetime.fromtimestamp(opened["issued_at"], UTC))


def end(issuer: Issuer, claims) -> None:
    """End the sessions that a logout token names, wherever the site stores sessions."""
    keys = sign_out_token_sessions(
        issuer=issuer.key, subject=claims.subject, sid=claims.sid, issued_at=claims.issued_at
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in keys:
        store.delete(key)
