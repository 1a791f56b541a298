"""Rows of the portal settings: links in the header, and support hours."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import translate_url
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.models import Orderable

from wagtail_portal.portal_urls import is_multilingual
from wagtail_portal.utils.business_hours import Opening
from wagtail_portal.utils.timezones import time_zones

from .fields import LineField
from .tickets import PAGE_MODEL
from .translations import TranslatedTexts, TranslationsField

SETTINGS = "wagtail_portal.PortalSettings"


class Days(models.TextChoices):
    """Days of the week, alone and in common groups."""

    WEEKDAYS = "01234", _("Monday to Friday")
    EVERY_DAY = "0123456", _("Every day")
    WEEKEND = "56", _("Saturday and Sunday")
    MONDAY = "0", _("Monday")
    TUESDAY = "1", _("Tuesday")
    WEDNESDAY = "2", _("Wednesday")
    THURSDAY = "3", _("Thursday")
    FRIDAY = "4", _("Friday")
    SATURDAY = "5", _("Saturday")
    SUNDAY = "6", _("Sunday")


def validate_zone(name: str) -> None:
    """:raises ValidationError: unless ``name`` is a time zone, like Europe/Vienna."""
    if name not in time_zones():
        raise ValidationError(gettext("Enter a time zone in the format Europe/Vienna."))


def time_zone_choices() -> list[tuple[str, str]]:
    """Return the site's default and all time zones."""
    default = gettext("Site default (%(zone)s)") % {"zone": settings.TIME_ZONE}
    return [("", default), *((name, name) for name in sorted(time_zones()))]


class HeaderLink(TranslatedTexts, Orderable):
    """A link at the top of every page of the portal."""

    settings = ParentalKey(SETTINGS, on_delete=models.CASCADE, related_name="header_links")
    label = LineField(_("text"), max_length=40)
    translations = TranslationsField(of=["label"])
    page = models.ForeignKey(
        PAGE_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("page on this site"),
    )
    url = models.URLField(_("or web address"), blank=True)

    class Meta(Orderable.Meta):
        verbose_name = _("header link")
        verbose_name_plural = _("header links")

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        super().clean()
        if bool(self.page_id) == bool(self.url):
            raise ValidationError({"url": gettext("Choose a page or enter a web address.")})

    @cached_property
    def page_urls(self) -> dict[str, str]:
        """The URLs of the published page and its translations, by language; "" for any."""
        if self.page is None:
            return {}
        if not is_multilingual():
            with override(settings.LANGUAGE_CODE):
                return {"": self.page.url or ""} if self.page.live else {}
        pages = self.page.get_translations(inclusive=True).live().select_related("locale")
        # The page itself is for languages without a translation, too.
        own = [("", page.url) for page in pages if page.pk == self.page_id]
        return dict([*own, *((page.locale.language_code, page.url) for page in pages)])

    @property
    def href(self) -> str:
        """The URL in the current language; "" for a page that isn't published."""
        if self.page_id is None:
            return self.url
        code = get_language() or settings.LANGUAGE_CODE
        url = self.page_urls.get(code) or self.page_urls.get("") or ""
        if is_multilingual():
            return url
        # The same page can have an address for each language.
        with override(settings.LANGUAGE_CODE):
            return translate_url(url, code)


class SupportHours(Orderable):
    """When the team is available on some days of the week."""

    settings = ParentalKey(SETTINGS, on_delete=models.CASCADE, related_name="support_hours")
    days = models.CharField(_("days"), max_length=7, choices=Days, default=Days.WEEKDAYS)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))

    class Meta(Orderable.Meta):
        verbose_name = _("support hours")
        verbose_name_plural = _("support hours")

    def __str__(self) -> str:
        return f"{self.get_days_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    @property
    def opening(self) -> Opening:
        """The hours as :func:`~wagtail_portal.utils.business_hours.back_at` takes them."""
        return Opening(frozenset(map(int, self.days)), self.opens, self.closes)
