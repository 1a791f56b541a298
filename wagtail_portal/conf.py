"""Settings for developers: one dict, ``WAGTAIL_PORTAL``, in the host project's settings.

What an editor decides (texts, colours, designated fields, limits of attachments) is not here
but in the CMS: see ``models.PortalSettings``. Values are read when they are used, so that
``override_settings`` works in tests.
"""

from dataclasses import dataclass, fields

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed


@dataclass(frozen=True)
class PortalConf:
    """Every key that ``WAGTAIL_PORTAL`` may hold, with its type and default."""

    #: Alias in ``STORAGES`` under which attachments are kept; never served by the web server.
    STORAGE: str = "portal"
    #: Whether a person with access to the Wagtail admin may sign in with a mailed code.
    AGENTS_MAY_USE_CODES: bool = False
    #: The class that finds tickets: see ``wagtail_portal.search.TicketSearch``.
    SEARCH_BACKEND: str = "wagtail_portal.search.database.DatabaseSearch"
    #: Modules imported at start that register further field types.
    FIELD_TYPE_MODULES: tuple[str, ...] = ()
    #: Tickets on one page of the list.
    TICKETS_PER_PAGE: int = 25
    #: Messages shown at once on a ticket's page, newest ones first in line.
    MESSAGES_PER_PAGE: int = 50
    #: Characters that one message may hold.
    MESSAGE_MAX_LENGTH: int = 50_000
    #: What one member may do an hour, per kind of action; 0 switches a limit off.
    TICKETS_PER_HOUR: int = 30
    REPLIES_PER_HOUR: int = 120
    INVITATIONS_PER_HOUR: int = 60
    #: Further domains of free email providers: nobody joins an organization by them.
    FREE_EMAIL_DOMAINS: tuple[str, ...] = ()
    #: Mails with an invitation that one address gets a day from customers, whoever invites it.
    INVITATIONS_PER_ADDRESS_A_DAY: int = 5
    UPLOADS_PER_HOUR: int = 300
    PREVIEWS_PER_HOUR: int = 300
    #: Tries at the codes of one address an hour, from all browsers together; 0 for any number.
    CODE_TRIES_PER_ADDRESS: int = 30
    #: Who may sign people in with a signed token: see ``wagtail_portal.signin.jwt.issuers``.
    JWT_ISSUERS: tuple[dict, ...] = ()
    #: Refused single sign-ons of one provider that are written to the site's history an hour.
    REFUSALS_LOGGED_PER_HOUR: int = 30
    #: How long one of the team can look at the portal as a member.
    VIEW_AS_MINUTES: int = 30
    #: Forms for anyone: how long a mailed code is good, and for how many tries.
    VISITOR_CODE_MINUTES: int = 15
    VISITOR_CODE_TRIES: int = 5
    #: What visitors may do an hour (one limit: a day); 0 switches a limit off.
    VISITOR_CODES_PER_ADDRESS: int = 5
    VISITOR_CODES_PER_ADDRESS_A_DAY: int = 10
    VISITOR_CODES_PER_CLIENT: int = 20
    VISITOR_CODES_PER_SITE: int = 300
    VISITOR_TRIES_PER_ADDRESS: int = 20
    VISITOR_SAVES_PER_CLIENT: int = 120
    #: Megabytes that all visitors' files of a site may take while no address is proven; 0: any.
    VISITOR_FILES_MB: int = 1000
    EXPORTS_PER_HOUR: int = 30
    #: How often a member can download what the portal holds about them.
    DATA_DOWNLOADS_PER_HOUR: int = 5
    #: How long one process may take to send an email before another one retries. Longer than the
    #: mail server's timeout.
    EMAIL_LEASE_SECONDS: int = 900
    #: Emails about one ticket, and to one address, in an hour. The rest waits for the daily digest;
    #: 0 switches a limit off.
    EMAILS_PER_TICKET: int = 200
    EMAILS_PER_ADDRESS: int = 100
    #: Days after which the outbox deletes what it has sent.
    EMAIL_RETENTION_DAYS: int = 90
    #: Alias in ``MAILERS`` (Django 6.1) that sends emails; empty for the default one.
    MAILER: str = ""
    #: Filters that one member can keep; 0 for any number.
    SAVED_FILTERS_PER_MEMBER: int = 30
    #: Tickets in one export of the list.
    EXPORT_MAX_TICKETS: int = 10_000
    #: Tickets that the team can change at once.
    BULK_MAX_TICKETS: int = 10_000


_current: PortalConf | None = None


def load() -> PortalConf:
    """The settings as they are now.

    :raises ImproperlyConfigured: for a key that does not exist or a value of another type.
    """
    global _current
    if _current is None:
        given = dict(getattr(settings, "WAGTAIL_PORTAL", {}))
        types = {field.name: type(field.default) for field in fields(PortalConf)}
        for key, value in given.items():
            if key not in types:
                raise ImproperlyConfigured(
                    f"WAGTAIL_PORTAL has no setting '{key}'. It knows: {', '.join(sorted(types))}."
                )
            if types[key] is tuple and isinstance(value, list):
                given[key] = tuple(value)
            elif type(value) is not types[key]:
                raise ImproperlyConfigured(
                    f"WAGTAIL_PORTAL['{key}'] must be of type {types[key].__name__}."
                )
        _current = PortalConf(**given)
    return _current


def __getattr__(name: str):
    if name.isupper():
        return getattr(load(), name)
    raise AttributeError(name)


def _reload(*, setting, **kwargs):
    global _current
    if setting == "WAGTAIL_PORTAL":
        _current = None


setting_changed.connect(_reload, dispatch_uid="wagtail_portal.conf")
