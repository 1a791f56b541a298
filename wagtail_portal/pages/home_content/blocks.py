"""Content that editors place above the ticket list: announcements, links, text, pages and forms."""

from datetime import datetime
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.functional import classproperty
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.rich_text import RichText

from wagtail_portal import __version__
from wagtail_portal.fields.date_blocks import LocalDateTimeBlock
from wagtail_portal.fields.stream import PortalStreamField
from wagtail_portal.models import Member, Role
from wagtail_portal.utils.shared_cache import shared_cache

from .audience import (
    HiddenOrganizationsBlock,
    OrganizationAudiencePanel,
    form_class_with_audience,
    organization_ids,
)

#: Seconds after which changes elsewhere appear, for example the URL of a moved page.
CACHE_SECONDS = 300
FEATURES = ["bold", "italic", "link", "document-link", "ol", "ul"]


def role_choices():
    """Return every role, in the editors' order."""
    return [(role.key, role.name) for role in Role.objects.exclude(tickets="none")]


class AudienceBlock(blocks.StructBlock):
    """A block for everyone, or only for some roles or organizations."""

    for_roles = blocks.MultipleChoiceBlock(
        choices=role_choices,
        required=False,
        label=_("Only for these roles"),
        help_text=_("Leave empty for everyone."),
    )
    for_organizations = HiddenOrganizationsBlock(
        label=_("Only for these organizations"),
        help_text=_("Leave empty for everyone."),
    )

    class Meta:
        abstract = True


class AnnouncementBlock(AudienceBlock):
    """An announcement, optionally for a limited time."""

    severity = blocks.ChoiceBlock(
        choices=[
            ("info", _("Information")),
            ("success", _("Success")),
            ("warning", _("Warning")),
            ("error", _("Outage")),
        ],
        default="info",
        label=_("Kind"),
    )
    title = blocks.CharBlock(max_length=120, label=_("Title"))
    text = blocks.RichTextBlock(features=FEATURES, required=False, label=_("Text"))
    begins = LocalDateTimeBlock(required=False, label=_("Shown from"))
    ends = LocalDateTimeBlock(required=False, label=_("Shown until"))

    def clean(self, value):
        cleaned = super().clean(value)
        if cleaned["begins"] and cleaned["ends"] and cleaned["begins"] >= cleaned["ends"]:
            error = ValidationError(gettext("This must be later than “Shown from”."))
            raise blocks.StructBlockValidationError(block_errors={"ends": error})
        return cleaned

    class Meta:
        icon = "warning"
        label = _("Announcement")


class LinkBlock(blocks.StructBlock):
    """One link: to a page of this site, or to a URL."""

    label = blocks.CharBlock(max_length=80, label=_("Text"))
    page = blocks.PageChooserBlock(required=False, label=_("Page on this site"))
    url = blocks.URLBlock(required=False, label=_("Or web address"))

    def clean(self, value):
        cleaned = super().clean(value)
        if bool(cleaned["page"]) == bool(cleaned["url"]):
            error = ValidationError(gettext("Choose a page or enter a web address."))
            raise blocks.StructBlockValidationError(block_errors={"url": error})
        return cleaned

    class Meta:
        icon = "link"
        label = _("Link")


class LinksBlock(AudienceBlock):
    """Links under a heading."""

    title = blocks.CharBlock(max_length=120, required=False, label=_("Title"))
    links = blocks.ListBlock(LinkBlock(), label=_("Links"))

    class Meta:
        icon = "link"
        label = _("Links")


class TextBlock(AudienceBlock):
    """A piece of text."""

    text = blocks.RichTextBlock(features=["h2", "h3", *FEATURES], label=_("Text"))

    class Meta:
        icon = "pilcrow"
        label = _("Text")


class PagesBlock(AudienceBlock):
    """Links to pages of the site."""

    title = blocks.CharBlock(max_length=120, required=False, label=_("Title"))
    pages = blocks.ListBlock(blocks.PageChooserBlock(), label=_("Pages"))

    class Meta:
        icon = "doc-full"
        label = _("Featured pages")


class FormsBlock(AudienceBlock):
    """Buttons that lead to ticket forms."""

    title = blocks.CharBlock(max_length=120, required=False, label=_("Title"))
    forms = blocks.ListBlock(blocks.PageChooserBlock(), label=_("Ticket forms"))

    class Meta:
        icon = "form"
        label = _("Buttons that open forms")


class HomeBlocks(blocks.StreamBlock):
    """The blocks that can be placed above the list."""

    announcement = AnnouncementBlock()
    links = LinksBlock()
    text = TextBlock()
    pages = PagesBlock()
    forms = FormsBlock()


class HomeContentMixin(models.Model):
    """A part of :class:`~.home.PortalHomePageMixin`."""

    content = PortalStreamField(
        HomeBlocks(),
        verbose_name=_("content above the ticket list"),
        blank=True,
        help_text=_("Announcements, links and text for your customers."),
    )

    home_panels = [OrganizationAudiencePanel("content")]

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "base_form_class" in vars(cls):
            cls.base_form_class = form_class_with_audience(cls.base_form_class)

    @classproperty
    def base_form_class(cls):
        """Return the page editor's form class, with the blocks' audience handled."""
        return form_class_with_audience(super().base_form_class)

    def content_for(self, member: Member, now: datetime | None = None) -> list[dict]:
        """Return the content that ``member`` sees above the ticket list, as dictionaries."""
        now = now or timezone.now()
        return [
            part
            for part in self._parts
            if (not part["roles"] or member.role.key in part["roles"])
            and self._is_for_organization(part, member)
            and (part["begins"] is None or part["begins"] <= now)
            and (part["ends"] is None or now < part["ends"])
        ]

    def _is_for_organization(self, part: dict, member: Member) -> bool:
        # A preview shows the parts for all organizations.
        ids = part["organizations"]
        return not ids or self.is_unsaved_preview or member.organization_id in ids

    @cached_property
    def _parts(self) -> list[dict]:
        """All parts for all customers, cached, so that the ticket list needs no more queries."""
        if not self.content.raw_data:
            return []
        if self.is_unsaved_preview:
            return self._make_parts()
        key = f"wagtail_portal:home-parts:{__version__}:{self.pk}:{self._version}:{get_language()}"
        return shared_cache.get_or_set(key, self._make_parts, CACHE_SECONDS)

    #: Whether this is a preview of unpublished content.
    is_unsaved_preview = False

    @property
    def _version(self) -> str:
        at = self.last_published_at or self.latest_revision_created_at
        return f"{at.timestamp() if at else 0}"

    def _make_parts(self) -> list[dict]:
        return [_part(child.block_type, child.value) for child in self.content]


def _part(kind: str, value) -> dict:
    text = value.get("text")
    return {
        "kind": kind,
        "roles": list(value["for_roles"] or []),
        "organizations": organization_ids(value["for_organizations"]),
        "severity": value.get("severity") or "",
        "title": value.get("title") or "",
        "html": str(mark_safe(str(RichText(text.source)))) if text else "",  # noqa: S308
        "begins": value.get("begins"),
        "ends": value.get("ends"),
        "links": _links(kind, value),
    }


def _links(kind: str, value) -> list[dict]:
    if kind == "links":
        rows = [(row["label"], row["page"], row["url"]) for row in value["links"]]
    elif kind in ("pages", "forms"):
        rows = [(page.title, page, "") for page in value[kind] if page is not None]
    else:
        rows = []
    found = []
    for label, page, typed in rows:
        url = typed if page is None else (page.live and page.url) or ""
        if url:
            found.append({"label": label, "url": url})
    return found
