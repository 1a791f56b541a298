"""Content that editors place above the ticket list: announcements, links, text, pages and forms."""

import hashlib
import json
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
from wagtail.admin.widgets import AdminDateTimeInput
from wagtail.blocks.struct_block import BlockGroup
from wagtail.rich_text import RichText

from wagtail_portal import __version__
from wagtail_portal.fields.basic_blocks import LineBlock
from wagtail_portal.fields.customer_conditions import CustomerConditionBlocks
from wagtail_portal.fields.stream import PortalStreamField
from wagtail_portal.fields.types.dates import BoundedDateTimeField
from wagtail_portal.models import Member, Role, conditions_in, meets
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


class LocalDateTimeBlock(blocks.DateTimeBlock):
    """A time in the editor's time zone."""

    @cached_property
    def field(self):
        """The form field."""
        widget = AdminDateTimeInput(format=self.format)
        return BoundedDateTimeField(widget=widget, **self.field_options)


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

    for_customers = CustomerConditionBlocks(
        required=False,
        label=_("Only for customers with these values"),
        help_text=_("Leave empty for everyone. If you add several, all of them must match."),
    )

    def get_form_layout(self):
        """Ask what first, and for whom last."""
        last = ("for_roles", "for_organizations", "for_customers")
        first = [name for name in self.child_blocks if name not in last]
        return BlockGroup([*first, *last])

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
    title = LineBlock(max_length=120, label=_("Title"))
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

    label = LineBlock(max_length=80, label=_("Text"))
    page = blocks.PageChooserBlock(required=False, label=_("Page on this site"))
    url = blocks.URLBlock(required=False, default="", label=_("Or web address"))

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

    title = LineBlock(max_length=120, required=False, label=_("Title"))
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

    title = LineBlock(max_length=120, required=False, label=_("Title"))
    pages = blocks.ListBlock(blocks.PageChooserBlock(), label=_("Pages"))

    class Meta:
        icon = "doc-full"
        label = _("Featured pages")


class FormsBlock(AudienceBlock):
    """Buttons that lead to ticket forms."""

    title = LineBlock(max_length=120, required=False, label=_("Title"))
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
            and self._is_for_customer(part, member)
            and (part["begins"] is None or part["begins"] <= now)
            and (part["ends"] is None or now < part["ends"])
        ]

    def _is_for_customer(self, part: dict, member: Member) -> bool:
        # A preview shows the parts for all organizations.
        if self.is_unsaved_preview:
            return True
        ids = part["organizations"]
        return (not ids or member.organization_id in ids) and meets(member, part["customers"])

    @cached_property
    def _parts(self) -> list[dict]:
        """All parts for all customers, cached, so that the ticket list needs no more queries."""
        if not self.content.raw_data:
            return []
        if self.is_unsaved_preview:
            return self._make_parts()
        key = f"wagtail_portal:home-content:{__version__}:{self._digest}:{get_language()}"
        return shared_cache.get_or_set(key, self._make_parts, CACHE_SECONDS) or []

    #: Whether this is a preview of unpublished content.
    is_unsaved_preview = False

    @property
    def _digest(self) -> str:
        """A digest of the content, which doesn't only change when it's published."""
        content = json.dumps(list(self.content.raw_data), default=str)
        return hashlib.sha256(content.encode()).hexdigest()

    def _make_parts(self) -> list[dict]:
        found = [child.value.get("for_customers") for child in self.content]
        streams = [stream.get_prep_value() if stream else [] for stream in found]
        return [
            {**_part(child.block_type, child.value), "customers": conditions}
            for child, conditions in zip(self.content, conditions_in(streams), strict=True)
        ]


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


def _localized(page):
    return page and page.localized


def _links(kind: str, value) -> list[dict]:
    if kind == "links":
        rows = [(row["label"], _localized(row["page"]), row["url"]) for row in value["links"]]
    elif kind in ("pages", "forms"):
        pages = [_localized(page) for page in value[kind] if page is not None]
        rows = [(page.title, page, "") for page in pages]
    else:
        rows = []
    found = []
    for label, page, typed in rows:
        url = typed if page is None else (page.live and page.url) or ""
        if url:
            found.append({"label": label, "url": url})
    return found
