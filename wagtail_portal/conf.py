"""Settings for developers: the dictionary ``WAGTAIL_PORTAL`` in the host project's settings.

Editors decide texts, colors, designated fields and limits of attachments in the CMS, see
``models.PortalSettings``. Values are read when they're used, so that ``override_settings`` works.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, get_args, get_type_hints

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.views.decorators.debug import sensitive_variables


@dataclass(frozen=True)
class PortalConf:
    """Every key of ``WAGTAIL_PORTAL``, with its type and default."""

    #: Alias in ``STORAGES`` for attachments, which the web server never serves.
    STORAGE: str = "portal"
    #: Whether the portal can only be read: True, a text that says when it will be back to normal,
    #: or that time.
    READ_ONLY: bool | str | datetime = False
    #: Whether a user with access to the Wagtail admin may sign in with an emailed code.
    AGENTS_MAY_USE_CODES: bool = False
    #: The class that finds tickets: see ``wagtail_portal.search.TicketSearch``.
    SEARCH_BACKEND: str = "wagtail_portal.search.database.DatabaseSearch"
    #: Modules imported at start that register further field types.
    FIELD_TYPE_MODULES: tuple[str, ...] = ()
    #: Tickets on one page of the list.
    TICKETS_PER_PAGE: int = 25
    #: Messages on one page of a conversation; the newest are shown first.
    MESSAGES_PER_PAGE: int = 50
    #: Characters in one message.
    MESSAGE_MAX_LENGTH: int = 50_000
    #: What one member may do per hour, by kind of action; 0 switches a limit off.
    TICKETS_PER_HOUR: int = 30
    REPLIES_PER_HOUR: int = 120
    INVITATIONS_PER_HOUR: int = 60
    #: Invitations by all members of one organization together per day.
    INVITATIONS_PER_ORGANIZATION_A_DAY: int = 200
    #: Further domains of free email providers, by which no one can join an organization.
    FREE_EMAIL_DOMAINS: tuple[str, ...] = ()
    #: Invitations by customers that one address gets per day.
    INVITATIONS_PER_ADDRESS_A_DAY: int = 5
    UPLOADS_PER_HOUR: int = 300
    #: Megabytes for all files that one member has uploaded and not sent yet; 0 for no limit.
    UNSENT_FILES_MB: int = 500
    PREVIEWS_PER_HOUR: int = 300
    #: Attempts to enter a code for one email address per hour, in all browsers; 0 for no limit.
    CODE_TRIES_PER_ADDRESS: int = 30
    #: For how long a browser that has signed in is known, and counted on its own; 0 for never.
    KNOWN_BROWSER_DAYS: int = 365
    #: Sessions that one client can begin per hour without signing in; 0 for no limit.
    SESSIONS_PER_CLIENT: int = 1000
    #: Texts kept per client and hour until someone has signed in; 0 for no limit.
    DRAFTS_PER_CLIENT: int = 10
    #: Email addresses that one person can sign in with; 1 if they can't add any, 0 for no limit.
    ADDRESSES_PER_PERSON: int = 5
    #: Codes per hour for adding an email address, by one person and to one address.
    ADDRESS_CODES_PER_HOUR: int = 10
    #: Settings of allauth for the portal's sign-in, without ``ACCOUNT_``: see
    #: ``wagtail_portal.signin.settings``.
    SIGN_IN: dict = field(default_factory=dict, repr=False)
    #: The same for signing in through a provider, without ``SOCIALACCOUNT_``.
    SOCIAL_SIGN_IN: dict = field(default_factory=dict, repr=False)
    #: Who may sign people in with a signed token: see ``wagtail_portal.signin.jwt.issuers``.
    JWT_ISSUERS: tuple[dict, ...] = field(default=(), repr=False)
    #: Refused single sign-ons that are logged per provider and hour.
    REFUSALS_LOGGED_PER_HOUR: int = 30
    #: For how long an agent can view the portal as a member.
    VIEW_AS_MINUTES: int = 30
    #: Forms for visitors: for how long an emailed code is valid, and for how many attempts.
    VISITOR_CODE_MINUTES: int = 15
    VISITOR_CODE_TRIES: int = 5
    #: What visitors may do per hour (one limit: per day); 0 switches a limit off.
    VISITOR_CODES_PER_ADDRESS: int = 5
    VISITOR_CODES_PER_ADDRESS_A_DAY: int = 10
    VISITOR_CODES_PER_CLIENT: int = 20
    VISITOR_CODES_PER_SITE: int = 300
    VISITOR_TRIES_PER_ADDRESS: int = 20
    VISITOR_SAVES_PER_CLIENT: int = 120
    VISITOR_PREVIEWS_PER_CLIENT: int = 120
    #: Megabytes for all files of a site's visitors who haven't verified an address; 0: no limit.
    VISITOR_FILES_MB: int = 1000
    #: The same for those of one client.
    VISITOR_FILES_MB_PER_CLIENT: int = 200
    EXPORTS_PER_HOUR: int = 30
    #: How often a member can download what the portal holds about them.
    DATA_DOWNLOADS_PER_HOUR: int = 5
    #: Seconds to wait for each answer of the email server, if the site sets no timeout; 0: forever.
    EMAIL_TIMEOUT: int = 10
    #: How long one process may take to send an email before another one retries. Longer than the
    #: email server's timeout.
    EMAIL_LEASE_SECONDS: int = 900
    #: Seconds during which an agent can take back a reply, and its email waits; 0 for none.
    UNDO_SEND_SECONDS: int = 10
    #: The same for emails of changes to many tickets at once.
    UNDO_BULK_SECONDS: int = 60
    #: Emails per hour about one ticket, and to one address. The rest waits for the daily digest; 0
    #: switches a limit off.
    EMAILS_PER_TICKET: int = 200
    EMAILS_PER_ADDRESS: int = 100
    #: Answers to unknown senders: to one address per day, and by one site per hour; 0 switches a
    #: limit off.
    EMAIL_ANSWERS_PER_ADDRESS_A_DAY: int = 1
    EMAIL_ANSWERS_PER_SITE: int = 100
    #: Days after which sent emails are deleted.
    EMAIL_RETENTION_DAYS: int = 90
    #: The names of the email servers whose ``Authentication-Results`` count for incoming email.
    EMAIL_AUTHSERV_IDS: tuple[str, ...] = ()
    #: Mailboxes that ``manage.py receive_mailbox`` reads: see ``wagtail_portal.incoming.imap``.
    MAILBOXES: tuple[dict, ...] = field(default=(), repr=False)
    #: Megabytes of one incoming email.
    RECEIVED_EMAIL_MAX_MB: int = 50
    #: Days after which incoming emails are deleted. What was added to tickets stays.
    RECEIVED_EMAIL_RETENTION_DAYS: int = 30
    #: Email addresses that are told when something needs attention; empty for those in ``ADMINS``.
    ALERT_EMAILS: tuple[str, ...] = ()
    #: For how many minutes an email, a task or regular work can be overdue before that counts as a
    #: problem.
    OVERDUE_MINUTES: int = 15
    #: The token that monitoring systems send to read details and metrics; empty for none.
    MONITORING_TOKEN: str = field(default="", repr=False)
    #: Alias in ``MAILERS`` (Django 6.1) that sends emails; empty for the default one.
    MAILER: str = ""
    #: People outside of an organization with whom one ticket can be shared.
    GUESTS_PER_TICKET: int = 5
    #: Tickets shared per hour by one member, and per day by an organization and with one address;
    #: 0 switches a limit off.
    SHARES_PER_HOUR: int = 10
    SHARES_PER_ORGANIZATION_A_DAY: int = 50
    SHARES_PER_ADDRESS_A_DAY: int = 5
    #: Filters that one member can save; 0 for no limit.
    SAVED_FILTERS_PER_MEMBER: int = 30
    #: Tickets in one export of the list.
    EXPORT_MAX_TICKETS: int = 10_000
    #: Tickets that agents can change at once.
    BULK_MAX_TICKETS: int = 10_000


#: Numbers without which something doesn't work. Others can be 0.
_POSITIVE = {
    *("TICKETS_PER_PAGE", "MESSAGES_PER_PAGE", "MESSAGE_MAX_LENGTH", "VIEW_AS_MINUTES"),
    *("VISITOR_CODE_MINUTES", "VISITOR_CODE_TRIES", "EMAIL_LEASE_SECONDS"),
    *("RECEIVED_EMAIL_MAX_MB", "OVERDUE_MINUTES"),
}
#: The names of allauth's settings are given without these prefixes.
_PREFIXES = {"SIGN_IN": "ACCOUNT_", "SOCIAL_SIGN_IN": "SOCIALACCOUNT_"}


@cache
@sensitive_variables()
def load() -> PortalConf:
    """Return the current settings.

    :raises ImproperlyConfigured: for a key that doesn't exist, or a value of another type or below
        the minimum, or a name of allauth's with its prefix.
    """
    found = getattr(settings, "WAGTAIL_PORTAL", {})
    if not isinstance(found, Mapping):
        raise ImproperlyConfigured("WAGTAIL_PORTAL must be a dictionary.")
    given = dict(found)
    hints = get_type_hints(PortalConf)
    types = {
        row.name: get_args(hints[row.name])
        if isinstance(hints[row.name], UnionType)
        else (dict if hints[row.name] is dict else type(row.default),)
        for row in fields(PortalConf)
    }
    for key, value in given.items():
        if key not in types:
            raise ImproperlyConfigured(
                f"WAGTAIL_PORTAL has no setting '{key}'. It knows: {', '.join(sorted(types))}."
            )
        if types[key] == (tuple,) and isinstance(value, list):
            given[key] = tuple(value)
        elif type(value) not in types[key]:
            names = " or ".join(allowed.__name__ for allowed in types[key])
            raise ImproperlyConfigured(f"WAGTAIL_PORTAL['{key}'] must be of type {names}.")
        if types[key] == (tuple,):
            kind = get_args(hints[key])[0]
            if not all(isinstance(row, kind) for row in given[key]):
                raise ImproperlyConfigured(
                    f"Each entry of WAGTAIL_PORTAL['{key}'] must be of type {kind.__name__}."
                )
        elif types[key] == (int,) and value < (least := int(key in _POSITIVE)):
            raise ImproperlyConfigured(f"WAGTAIL_PORTAL['{key}'] must be at least {least}.")
    for key, prefix in _PREFIXES.items():
        # They'd have no effect.
        if wrong := [name for name in given.get(key, ()) if str(name).startswith(prefix)]:
            raise ImproperlyConfigured(
                f"Remove '{prefix}' from these names in WAGTAIL_PORTAL['{key}']: "
                f"{', '.join(wrong)}."
            )
    return PortalConf(**given)


def __getattr__(name: str) -> Any:
    if name.isupper():
        return getattr(load(), name)
    raise AttributeError(name)


def _reload(*, setting: Any, **kwargs: Any) -> None:
    if setting == "WAGTAIL_PORTAL":
        load.cache_clear()


setting_changed.connect(_reload, dispatch_uid="wagtail_portal.conf")
