"""Text of one or several lines, email addresses and URLs."""

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.html import escape, format_html
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.base import FieldSpec
from wagtail_portal.fields.basic_blocks import WholeNumberBlock
from wagtail_portal.fields.filters import FilterByWords
from wagtail_portal.fields.form_fields import CleanCharField, CleanLineField, EmailAddressField
from wagtail_portal.utils import markup


class TextType(FilterByWords):
    """One line of text."""

    key = "text"
    label = _("Text")
    description = _("A single line of text")
    icon = "pilcrow"
    max_length = 255

    def form_field(self, spec: FieldSpec) -> Any:
        return CleanLineField(max_length=spec.options.get("max_length") or self.max_length)

    def block_options(self) -> Any:
        max_length = WholeNumberBlock(
            required=False, min_value=1, max_value=self.max_length, label=_("Maximum length")
        )
        return [("max_length", max_length)]


class LongTextType(TextType):
    """Several lines of text."""

    key = "long_text"
    label = _("Long text")
    description = _("Several lines of text. Supports Markdown.")
    icon = "bars"
    can_be_half_width = False
    max_length = 10_000

    def form_field(self, spec: FieldSpec) -> Any:
        return CleanCharField(
            max_length=spec.options.get("max_length") or self.max_length,
            widget=forms.Textarea(attrs={"rows": 5}),
        )

    def html(self, stored: Any, spec: FieldSpec) -> Any:
        return markup.render(self.display(stored, spec))

    def list_html(self, stored: Any, spec: FieldSpec) -> Any:
        return escape(markup.excerpt(self.display(stored, spec), 80))

    def sort_expressions(self, key: str, spec: FieldSpec) -> Any:
        return None


class EmailType(FilterByWords):
    """An email address."""

    key = "email"
    label = _("Email address")
    description = _("An email address")
    icon = "mail"

    def form_field(self, spec: FieldSpec) -> Any:
        return EmailAddressField()

    def html(self, stored: Any, spec: FieldSpec) -> Any:
        if not stored:
            return escape("")
        return format_html('<a href="mailto:{0}">{0}</a>', stored)

    def list_html(self, stored: Any, spec: FieldSpec) -> Any:
        return escape(self.display(stored, spec))


class URLType(FilterByWords):
    """The URL of a web page."""

    key = "url"
    label = _("Link")
    description = _("A web address")
    icon = "link"
    can_be_half_width = False

    def form_field(self, spec: FieldSpec) -> Any:
        field = forms.URLField(
            max_length=2000,
            assume_scheme="https",
            validators=[URLValidator(schemes=["http", "https"])],
            error_messages={
                "invalid": _("Enter a web address in the format https://example.com/page.")
            },
        )
        # Django's default validator allows more schemes, and would repeat the error.
        (default,) = forms.URLField.default_validators
        field.validators = [row for row in field.validators if row is not default]
        return field

    def html(self, stored: Any, spec: FieldSpec) -> Any:
        if not stored:
            return escape("")
        # Imported values may not have been validated.
        if not str(stored).startswith(("http://", "https://")):
            return escape(stored)
        return format_html('<a href="{0}" rel="nofollow noopener noreferrer ugc">{0}</a>', stored)

    def list_html(self, stored: Any, spec: FieldSpec) -> Any:
        address = self.display(stored, spec).split("://")[-1].removesuffix("/")
        return escape(address if len(address) <= 40 else f"{address[:39]}…")
