"""Email templates: subjects and texts of emails that editors write."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.events import MAX_KEY_LENGTH, editable_event_choices, get_event

from .fields import LineField
from .previews import PreviewedElsewhereMixin

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_placeholders(text: str, known: tuple[str, ...]) -> None:
    """:raises ValidationError: for an unknown placeholder or a stray brace."""
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in known]
    if unknown:
        raise ValidationError(
            gettext("There is no placeholder {%(name)s}. Available placeholders: %(known)s.")
            % {"name": unknown[0], "known": ", ".join(f"{{{name}}}" for name in known)}
        )
    if set("{}") & set(_PLACEHOLDER.sub("", text)):
        raise ValidationError(
            gettext("A brace is missing its partner. Write placeholders like {number}.")
        )


class EmailTemplateQuerySet(models.QuerySet["EmailTemplate"]):
    def template_for(self, site: Any, event: str, language: str) -> "EmailTemplate | None":
        """Return the template in a language or the one it's a variant of; None if there's none."""
        wanted = [language, language.partition("-")[0]]
        found = {row.language: row for row in self.filter(site=site, event=event)}
        return next((found[code] for code in wanted if code in found), None)


class EmailTemplate(PreviewedElsewhereMixin, models.Model):
    """Subject and text of the emails about one event, in one language."""

    site = models.ForeignKey(
        "wagtailcore.Site", on_delete=models.CASCADE, related_name="+", verbose_name=_("site")
    )
    event = models.CharField(_("event"), max_length=MAX_KEY_LENGTH, choices=editable_event_choices)
    language = models.CharField(_("language"), max_length=20)
    subject = LineField(
        _("subject"), max_length=200, blank=True, help_text=_("Leave empty to use the default.")
    )
    text = models.TextField(
        _("text"),
        blank=True,
        help_text=_(
            "The sentences above the message. Leave empty to use the default. In both fields "
            "you can use {number}, {subject}, {author}, {recipient}, {organization}, {status} "
            "and {portal}."
        ),
    )

    objects = EmailTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["event", "language", "id"]
        verbose_name = _("email template")
        verbose_name_plural = _("email templates")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "event", "language"],
                name="portal_email_template_once",
                violation_error_message=_(
                    "There is already a template for this event and language."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()} ({self.language})"

    def clean(self) -> None:
        super().clean()
        errors = {}
        for field in ("subject", "text"):
            try:
                check_placeholders(getattr(self, field), get_event(self.event).placeholders)
            except ValidationError as error:
                errors[field] = error
        if errors:
            raise ValidationError(errors)

    @staticmethod
    def fill(text: str, values: dict) -> str:
        """Return ``text`` with its placeholders replaced."""
        return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), text)

    @property
    def preview_modes(self) -> Any:
        """The HTML and the text part of the email."""
        return [("", _("HTML")), ("text", _("Text"))]
