"""The portal settings of a site."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import django
import wagtail
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.models import ClusterableModel
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.fields import RichTextField
from wagtail.images import get_image_model_string
from wagtail.models import Site

from wagtail_portal import __version__
from wagtail_portal.utils.business_hours import Opening, back_at
from wagtail_portal.utils.remembering import remembered
from wagtail_portal.utils.timezones import find_time_zone

from .cached_rows import cached_rows, delete_cached, from_cache, register
from .designations import DesignatedField
from .fields import LineField
from .incoming_settings import IncomingAddress, IncomingEmailSettings
from .previews import PreviewedElsewhereMixin
from .roles import Role
from .settings_rows import HeaderLink, SupportHours, validate_zone
from .settings_sections import (
    AttachmentSettings,
    EmailSettings,
    PeopleSettings,
    RetentionSettings,
    TabSettings,
)
from .statuses import Status
from .ticket_fields import TicketField, TicketFieldChoice
from .translations import TranslatedTexts, TranslationsField

#: Where a request keeps its settings.
_ATTRIBUTE = "_wagtail_portal_settings"


def cache_key(site_id: int) -> str:
    """Return the cache key of a site's settings. Other versions can't read the pickles."""
    versions = f"{__version__}:{django.__version__}:{wagtail.__version__}"
    return f"wagtail_portal:settings:{versions}:{site_id}"


def clear_cache(**kwargs: Any) -> None:
    """Delete the cached settings of all sites, now and after the change is committed."""
    delete_cached(cache_key(pk) for pk in Site.objects.values_list("pk", flat=True))


class Theme(models.TextChoices):
    """Color schemes."""

    AUTO = "auto", _("Match the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Corners(models.TextChoices):
    """Shapes of corners."""

    SOFT = "soft", _("Slightly rounded")
    ROUND = "round", _("Round")
    SQUARE = "square", _("Square")


class PortalSettings(  # type: ignore[django-manager-missing]
    EmailSettings,
    IncomingEmailSettings,
    PeopleSettings,
    TabSettings,
    AttachmentSettings,
    RetentionSettings,
    TranslatedTexts,
    PreviewedElsewhereMixin,
    ClusterableModel,
    BaseSiteSetting,
):
    """The settings of one site's portal."""

    portal_name = LineField(
        _("name of the portal"),
        max_length=80,
        blank=True,
        help_text=_("Shown in the header and in emails. Leave empty to use the site name."),
    )
    logo = models.ForeignKey(
        get_image_model_string(),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("logo"),
    )
    favicon = models.ForeignKey(
        get_image_model_string(),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("browser tab icon"),
        help_text=_("A square image."),
    )
    accent_colour = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#3451b2",
        validators=[
            RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Enter a colour in the format #3451b2."))
        ],
        help_text=_(
            "All other colours are derived from it, with enough contrast in light and dark."
        ),
    )
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.AUTO)
    corners = models.CharField(_("corners"), max_length=10, choices=Corners, default=Corners.SOFT)
    support_zone = models.CharField(
        _("support hours time zone"),
        max_length=60,
        blank=True,
        validators=[validate_zone],
    )
    welcome_text = LineField(
        _("welcome text"),
        max_length=300,
        blank=True,
        help_text=_("A sentence above the ticket list."),
    )
    sign_in_text = LineField(_("sign-in text"), max_length=300, blank=True)
    footer = RichTextField(
        _("footer"), blank=True, features=["bold", "italic", "link", "document-link"]
    )
    translations = TranslationsField(of=["portal_name", "welcome_text", "sign_in_text", "footer"])
    show_other_sites = models.BooleanField(
        _("show tickets of other sites"),
        default=False,
        help_text=_(
            "Customers find the tickets that they opened in the portal of another site of this "
            "project here, too."
        ),
    )
    months_shown = models.PositiveSmallIntegerField(
        _("months of tickets to show"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("Customers can extend the list to all their tickets."),
    )
    reopen_days = models.PositiveSmallIntegerField(
        _("reopening period (days)"),
        default=14,
        validators=[MaxValueValidator(3650)],
        help_text=_(
            "Customers can reopen a closed ticket for this many days. After that, the ticket is"
            " locked and a reply opens a linked follow-up."
        ),
    )
    ask_satisfaction = models.BooleanField(
        _("ask for a rating"),
        default=False,
        help_text=_("When a ticket is closed, its requester is asked for a rating and a comment."),
    )
    assign_on_reply = models.BooleanField(
        _("assign on reply"),
        default=True,
        help_text=_("When an agent replies to an unassigned ticket, it’s assigned to them."),
    )

    select_related = ["site", "logo", "favicon"]

    class Meta:
        verbose_name = _("portal settings")
        verbose_name_plural = _("portal settings")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.accent_colour = self.accent_colour.lower()

    @classmethod
    def current(cls, request: Any) -> "PortalSettings":
        """Return the cached settings of the requested site. Don't change them."""
        if hasattr(request, cls.get_cache_attr_name()):
            # The unsaved settings of a live preview.
            return cls.for_request(request)
        if not hasattr(request, _ATTRIBUTE):
            cls.use(request, cls.cached(Site.find_for_request(request)))
        return getattr(request, _ATTRIBUTE)

    @classmethod
    def use(cls, request: Any, settings: "PortalSettings") -> None:
        """Use settings that were read from the cache during this request."""
        setattr(request, _ATTRIBUTE, settings)
        if settings.site_id:
            remembered(cache_key(settings.site_id), lambda: settings)

    @classmethod
    def cached(cls, site: Site | None) -> "PortalSettings":
        """Return the cached settings of a site, or else of the default site. Don't change them."""
        site = site or Site.objects.filter(is_default_site=True).first()
        if site is None:
            return cls()
        key = cache_key(site.pk)
        return remembered(key, lambda: from_cache(key, lambda: cls._loaded(site)))

    @classmethod
    def _loaded(cls, site: Site) -> "PortalSettings":
        found = cls.for_site(site)
        # Cached properties, which are pickled with the settings.
        for name in (
            *("designations", "statuses", "roles", "header_link_rows", "openings", "addresses"),
            "has_other_sites",
        ):
            getattr(found, name)
        return found

    @classmethod
    def any_receives_email(cls) -> bool:
        """Return whether the portal of any site has an address for incoming emails, cached."""
        return cached_rows("receives_email")

    @classmethod
    def role_of_new_members(cls, site: Site | None = None) -> Role | None:
        """Return the default role of ``site``, or else of the default site; None if not set."""
        condition = {"site": site} if site else {"site__is_default_site": True}
        row = cls.objects.filter(**condition).select_related("default_role").first()
        return row and row.default_role

    @property
    def name(self) -> str:
        """The name of the portal, or else of the site."""
        return self.localized("portal_name") or self.site.site_name or gettext("Support")

    @cached_property
    def header_link_rows(self) -> list[HeaderLink]:
        """The header links with the URLs of their pages."""
        rows = list(self.header_links.all())
        for row in rows:
            # Cached with the row.
            _urls = row.page_urls
        return rows

    @cached_property
    def links(self) -> list[dict]:
        """The header links that lead somewhere, each with ``row`` and ``url``."""
        rows = [{"row": row, "url": row.href} for row in self.header_link_rows]
        return [row for row in rows if row["url"]]

    @cached_property
    def openings(self) -> list[Opening]:
        """The support hours, in the time zone :attr:`support_zone`."""
        return [row.opening for row in self.support_hours.all()]

    def back_at(self, now: datetime | None = None) -> datetime | None:
        """Return when the team is available again; None while it is, or without support hours."""
        return back_at(self.openings, self.support_time_zone, now or timezone.now())

    @property
    def support_time_zone(self) -> ZoneInfo:
        """The time zone of the support hours."""
        # A server may not know all zones of the one before.
        return find_time_zone(self.support_zone) or ZoneInfo(settings.TIME_ZONE)

    @property
    def preview_modes(self) -> Any:
        """The pages that can be previewed with unsaved settings."""
        return [
            ("list", _("Ticket list")),
            ("ticket", _("Ticket")),
            ("sign-in", _("Sign-in")),
            ("form", _("Choose a form")),
            ("members", _("Members")),
        ]

    @cached_property
    def designations(self) -> list["DesignatedField"]:
        """The designated fields in the editors' order, without those that aren't available."""
        rows = self.designated_fields.select_related("ticket_field").prefetch_related(
            "ticket_field__choices"
        )
        return [row for row in rows if row.is_available] or self.default_designations

    @property
    def default_designations(self) -> list["DesignatedField"]:
        """What customers see until editors designate fields."""
        return [
            DesignatedField(builtin=key, in_list=True, on_ticket=True)
            for key in ("status", "requester")
        ]

    @cached_property
    def statuses(self) -> list[Status]:
        """All statuses in the editors' order."""
        return list(Status.objects.all())

    @cached_property
    def roles(self) -> list[Role]:
        """All roles, for display only. Permissions are checked against the database."""
        return list(Role.objects.all())

    @cached_property
    def has_other_sites(self) -> bool:
        """Whether there are other Wagtail sites."""
        return Site.objects.exclude(pk=self.site_id).exists()

    @staticmethod
    def several_sites() -> bool:
        """Return whether there is more than one Wagtail site, cached."""
        return cached_rows("number_of_sites") > 1

    def designated(self, use: str) -> list["DesignatedField"]:
        """Return the fields designated for ``"in_list"``, ``"on_ticket"``, ``"as_filter"`` or
        ``"editable"``."""
        return [row for row in self.designations if getattr(row, use)]

    @property
    def searched_fields(self) -> list[TicketField]:
        """The ticket fields whose values customers can read, and search for."""
        rows = [row for row in self.designations if row.in_list or row.on_ticket]
        return [row.ticket_field for row in rows if row.ticket_field is not None]

    @classmethod
    def site_of_tickets(cls, request: Any) -> int | None:
        """Return the primary key of the site whose tickets customers see; None for those of all
        sites."""
        # Without settings, the request's site would have to be found first.
        if not hasattr(request, _ATTRIBUTE) and not cls.several_sites():
            return None
        settings = cls.current(request)
        is_divided = settings.has_other_sites and not settings.show_other_sites
        return settings.site_id if is_divided else None

    @property
    def editable(self) -> list["DesignatedField"]:
        """The fields that customers can change on a ticket."""
        return [row for row in self.designated("on_ticket") if row.editable and row.can_be_editable]

    def locks(self, ticket: Any, now: datetime | None = None) -> bool:
        """Return whether ``ticket`` was merged, or closed too long ago to be reopened."""
        if ticket.merged_into_id is not None:
            return True
        if not ticket.status.is_closed:
            return False
        closed_at = ticket.closed_at or ticket.updated_at
        return (now or timezone.now()) > closed_at + timedelta(days=self.reopen_days)


def _any_receives_email() -> bool:
    if IncomingAddress.objects.exists():
        return True
    return PortalSettings.objects.exclude(incoming_address="").exists()


register("receives_email", _any_receives_email, IncomingAddress, PortalSettings)
register("number_of_sites", lambda: Site.objects.count(), Site)

for _model in (
    PortalSettings,
    DesignatedField,
    HeaderLink,
    IncomingAddress,
    SupportHours,
    TicketField,
    TicketFieldChoice,
    Status,
    Role,
    Site,
):
    for _signal in (post_save, post_delete):
        _signal.connect(clear_cache, sender=_model)
