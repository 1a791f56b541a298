"""Where a person is signed in, and ending that."""

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
#: Keeps the list of sessions; a site can do without it.
APP, USER_SESSION = "allauth.usersessions", "usersessions.UserSession"


@dataclass(frozen=True)
class SignedIn:
    """One browser in which a person is signed in."""

    since: datetime
    seen_at: datetime
    user_agent: str
    address: str
    is_current: bool


def connect() -> None:
    """Listen to the actions."""
    uid = "wagtail_portal.signin.sessions"
    signals.access_ended.connect(on_access_ended, dispatch_uid=uid)
    signals.member_erased.connect(on_member_erased, dispatch_uid=uid)


def on_access_ended(*, member: Member, **kwargs) -> None:
    """Whoever has lost the last membership is signed out everywhere. In the one of several it is
    enough that every request asks for the membership anew. One of the team stays in the admin."""
    user = member.user
    if not is_staff(user) and not Member.objects.with_access().filter(user=user).exists():
        end_sessions(user)


def on_member_erased(*, user, addresses, **kwargs) -> None:
    """What the sign-in knows of them goes as well: addresses, identities, factors, sessions."""
    EmailAddress.objects.filter(user=user).delete()
    for label in ("socialaccount.SocialAccount", "mfa.Authenticator"):
        if apps.is_installed(f"allauth.{label.partition('.')[0]}"):
            apps.get_model(label).objects.filter(user=user).delete()
    end_sessions(user)
    _delete_stored(user, addresses)


def _delete_stored(user, addresses) -> None:
    """Sessions in the database hold the address with which somebody signed in, or wanted to."""
    if "db" not in settings.SESSION_ENGINE.rpartition(".")[2]:
        return
    words = [address.lower() for address in addresses]
    for session in apps.get_model("sessions.Session").objects.iterator(500):
        data = session.get_decoded()
        own = data.get(SESSION_KEY) == str(user.pk)
        if own or any(word in json.dumps(data, default=str).lower() for word in words):
            session.delete()


def sessions_of(request) -> list[SignedIn]:
    """The visitor's sessions, the newest first; none where the site does not list them."""
    if not apps.is_installed(APP):
        return []
    rows = apps.get_model(USER_SESSION).objects.purge_and_list(request.user)
    return [
        SignedIn(
            since=row.created_at,
            seen_at=row.last_seen_at,
            user_agent=row.user_agent,
            address=row.ip,
            is_current=row.session_key == request.session.session_key,
        )
        for row in sorted(rows, key=lambda row: row.last_seen_at, reverse=True)
    ]


def can_end_sessions(user) -> bool:
    """Whether :func:`end_sessions` ends them all: Django keeps no list of a user's sessions, so
    that those of who has a password end with the password alone."""
    return apps.is_installed(APP) or not is_password_usable(user.password)


def end_sessions(user, *, but=None) -> None:
    """Sign ``user`` out in every browser.

    :param but: a request whose session goes on.
    """
    with transaction.atomic():
        if not is_password_usable(user.password):
            # The hash in every session is made of it. Whoever signs in with codes alone has none,
            # and so loses nothing but the sessions, in whatever place the site keeps them.
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
    """The session has another key now."""
    apps.get_model(USER_SESSION).objects.create_from_request(request)


def has_proven(user, email: str) -> bool:
    """Whether the user has shown that they read the mail of this address."""
    return EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists()
