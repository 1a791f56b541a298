"""List and end the sessions of a user."""

import json
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.contrib.auth.hashers import is_password_usable
from django.db import transaction

from wagtail_portal import signals
from wagtail_portal.models import Member

from .adapter import is_staff

#: Where a session keeps the membership in which the current user acts.
MEMBER_SESSION_KEY = "wagtail_portal_member"
#: The app and the model that list sessions; a site may not have them.
APP, USER_SESSION = "allauth.usersessions", "usersessions.UserSession"


@dataclass(frozen=True)
class SignedIn:
    """One session of a user."""

    since: datetime
    seen_at: datetime
    user_agent: str
    ip_address: str
    is_current: bool


def connect() -> None:
    """Listen to actions."""
    uid = "wagtail_portal.signin.sessions"
    signals.access_ended.connect(on_access_ended, dispatch_uid=uid)
    signals.member_erased.connect(on_member_erased, dispatch_uid=uid)


def on_access_ended(*, member: Member, **kwargs) -> None:
    """Sign out someone who has lost their last membership. With other memberships, every request
    checks access anew. Agents stay signed in to the admin."""
    user = member.user
    if not is_staff(user) and not Member.objects.with_access().filter(user=user).exists():
        end_sessions(user)


def on_member_erased(*, user, addresses, **kwargs) -> None:
    """Delete what sign-in knows about them: email addresses, identities, second factors,
    sessions."""
    EmailAddress.objects.filter(user=user).delete()
    for label in ("socialaccount.SocialAccount", "mfa.Authenticator"):
        if apps.is_installed(f"allauth.{label.partition('.')[0]}"):
            apps.get_model(label).objects.filter(user=user).delete()
    end_sessions(user)
    _delete_stored(user, addresses)


def _delete_stored(user, addresses) -> None:
    """Delete database sessions that hold the email address with which someone signed in, or wanted
    to."""
    if "db" not in settings.SESSION_ENGINE.rpartition(".")[2]:
        return
    words = [address.lower() for address in addresses]
    for session in apps.get_model("sessions.Session").objects.iterator(500):
        data = session.get_decoded()
        own = data.get(SESSION_KEY) == str(user.pk)
        if own or any(word in json.dumps(data, default=str).lower() for word in words):
            session.delete()


def sessions_of(request) -> list[SignedIn]:
    """Return the sessions of the current user, the newest first; none if the site doesn't list
    them."""
    if not apps.is_installed(APP):
        return []
    rows = apps.get_model(USER_SESSION).objects.purge_and_list(request.user)
    return [
        SignedIn(
            since=row.created_at,
            seen_at=row.last_seen_at,
            user_agent=row.user_agent,
            ip_address=row.ip,
            is_current=row.session_key == request.session.session_key,
        )
        for row in sorted(rows, key=lambda row: row.last_seen_at, reverse=True)
    ]


def can_end_sessions(user) -> bool:
    """Return whether :func:`end_sessions` ends all of them. Django keeps no list of a user's
    sessions, so those of users with a password end only with the password."""
    return apps.is_installed(APP) or not is_password_usable(user.password)


def end_sessions(user, *, but=None) -> None:
    """Sign ``user`` out in every browser.

    :param but: a request whose session goes on.
    """
    with transaction.atomic():
        if not is_password_usable(user.password):
            # Every session holds a hash of the password. Users who only use codes have none to
            # lose, so that this ends their sessions wherever the site stores them.
            user.set_unusable_password()
            user.save(update_fields=["password"])
        if apps.is_installed(APP):
            _end_listed(user, but)
    if but is not None:
        update_session_auth_hash(but, user)
        if apps.is_installed(APP):
            _list_again(but)


def _end_listed(user, but) -> None:
    key = but.session.session_key if but is not None else None
    for row in (
        apps.get_model(USER_SESSION).objects.filter(user=user).exclude(session_key=key or "")
    ):
        row.end()


def _list_again(request) -> None:
    """List the session under its new key."""
    apps.get_model(USER_SESSION).objects.create_from_request(request)


def has_proven(user, email: str) -> bool:
    """Return whether the user has verified that they read the mail of this address."""
    return EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists()
