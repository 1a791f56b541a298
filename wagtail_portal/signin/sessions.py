"""List and end the sessions of a user."""

import json
from datetime import timedelta

from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.contrib.auth.hashers import is_password_usable
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from wagtail_portal import signals
from wagtail_portal.models import Member, TokenSession
from wagtail_portal.utils.rows import delete_some
from wagtail_portal.utils.sessions import ended_sessions

from .adapter import is_staff
from .jwt.sessions import remember

#: The session key of the membership in which the current user acts.
MEMBER_SESSION_KEY = "wagtail_portal_member"
#: The optional app that lists sessions, and its model.
APP, USER_SESSION = "allauth.usersessions", "usersessions.UserSession"


def connect() -> None:
    """Connect the receivers of actions' signals."""
    uid = "wagtail_portal.signin.sessions"
    signals.access_ended.connect(on_access_ended, dispatch_uid=uid)
    signals.member_erased.connect(on_member_erased, dispatch_uid=uid)


def on_access_ended(*, member: Member, **kwargs) -> None:
    """Sign out a user who has lost their last membership. Agents stay signed in to the admin."""
    user = member.user
    if not is_staff(user) and not Member.objects.with_access().filter(user=user).exists():
        end_sessions(user)


def on_member_erased(*, user, addresses, **kwargs) -> None:
    """Delete a user's email addresses, identities, second factors and sessions."""
    EmailAddress.objects.filter(user=user).delete()
    TokenSession.objects.filter(user=user).delete()
    for label in ("socialaccount.SocialAccount", "mfa.Authenticator"):
        if apps.is_installed(f"allauth.{label.partition('.')[0]}"):
            apps.get_model(label).objects.filter(user=user).delete()
    end_sessions(user)
    _delete_stored(user, addresses)


def _delete_stored(user, addresses) -> None:
    """Delete database sessions of the user, and those that contain one of the email addresses."""
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    # Only those engines whose sessions are rows have a model.
    if not hasattr(store, "get_model_class"):
        return
    words = [address.lower() for address in addresses]
    for session in store.get_model_class().objects.iterator(500):
        data = session.get_decoded()
        own = data.get(SESSION_KEY) == str(user.pk)
        if own or any(word in json.dumps(data, default=str).lower() for word in words):
            session.delete()


def discard_sessions(*, most: int | None = None) -> int:
    """Delete expired sessions, and return how many are known to have been deleted.

    :param most: how many to delete now, if sessions are rows; None for all.
    """
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    if not hasattr(store, "get_model_class"):
        store.clear_expired()
        return 0
    sessions = store.get_model_class().objects
    return delete_some(sessions.filter(expire_date__lt=timezone.now()), most)


def discard_devices(*, most: int) -> int:
    """Delete the records of signed-in devices whose sessions have ended, and return how many.

    :param most: how many to delete now.
    """
    if not apps.is_installed(APP):
        return 0
    rows = apps.get_model(USER_SESSION).objects
    age = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    ended = ended_sessions(rows.filter(created_at__lt=timezone.now() - age), most)
    rows.filter(session_key__in=ended).delete()
    return len(ended)


def sessions_of(user) -> list:
    """Return allauth's ``UserSession`` rows of a user, most recently used first; none if the site
    doesn't list sessions."""
    if not apps.is_installed(APP):
        return []
    rows = apps.get_model(USER_SESSION).objects.purge_and_list(user)
    return sorted(rows, key=lambda row: row.last_seen_at, reverse=True)


def can_end_sessions(user) -> bool:
    """Return whether :func:`end_sessions` ends all of a user's sessions. Django doesn't list them,
    so if the site doesn't either, those of a user with a password only end with the password."""
    return apps.is_installed(APP) or not is_password_usable(user.password)


def end_sessions(user, *, except_for=None) -> None:
    """Sign ``user`` out everywhere.

    :param except_for: a request whose session continues.
    """
    is_listed = apps.is_installed(APP)
    with transaction.atomic():
        if not is_password_usable(user.password):
            # Every session contains a hash of the password field. Without a usable password, its
            # value can be changed, which ends the sessions wherever the site stores them.
            user.set_unusable_password()
            user.save(update_fields=["password"])
        if is_listed:
            key = except_for.session.session_key if except_for is not None else None
            rows = apps.get_model(USER_SESSION).objects.filter(user=user)
            for row in rows.exclude(session_key=key or ""):
                row.end()
    if except_for is not None:
        update_session_auth_hash(except_for, user)
        # Its key has changed.
        remember(except_for)
        if is_listed:
            # List the session under its new key.
            apps.get_model(USER_SESSION).objects.create_from_request(except_for)


def has_verified(user, email: str) -> bool:
    """Return whether the user has verified this email address."""
    return EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists()


def has_verified_by_code(request, email: str) -> bool:
    """Return whether the user has verified this address with a code in this very session, whatever
    another system says about it."""
    records = get_authentication_records(request, request.user)
    codes = [row for row in records if row.get("method") == "code"]
    own = any((row.get("email") or "").lower() == email.lower() for row in codes)
    return own and has_verified(request.user, email)
