"""What editors make of the words of a mail."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from .notifications import Event
from .previews import PreviewedElsewhereMixin

#: The mails whose words can be changed: those to customers about a ticket.
WORDED = [
    Event.TICKET_OPENED,
    Event.REPLY_ADDED,
    Event.STATUS_CHANGED,
    Event.FIELDS_CHANGED,
    Event.SATISFACTION_ASKED,
]
PLACEHOLDERS = ("number", "subject", "author", "recipient", "organization", "status", "portal")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def languages() -> list[tuple[str, str]]:
    """The languages in which mails can be worded."""
    content = [(settings.LANGUAGE_CODE, "")]
    codes = [code for code, _name in getattr(settings, "WAGTAIL_CONTENT_LANGUAGES", content)]
    return [(code, get_language_info(code)["name_local"]) for code in codes]


def check_placeholders(text: str) -> None:
    """:raises ValidationError: for a placeholder that there is not, or a stray brace."""
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
    if unknown:
        raise ValidationError(
            gettext("There is no {%(name)s}. You can use: %(known)s.")
            % {"name": unknown[0], "known": ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)}
        )
    if set("{}") & set(_PLACEHOLDER.sub("", text)):
        raise ValidationError(gettext("A brace has no partner. Write placeholders like {number}."))


class EmailTemplateQuerySet(models.QuerySet):
    def template_for(self, site, event, language: str):
        """The words for mails of ``event`` in a language, or in the one that it is a kind of."""
        wanted = [language, language.partition("-")[0]]
        found = {row.language: row for row in self.filter(site=site, event=event)}
        return next((found[code] for code in wanted if code in found), None)


class EmailTemplate(PreviewedElsewhereMixin, models.Model):
    """Subject and text of the mails of one event, in one language."""

    site = models.ForeignKey(
        "wagtailcore.Site", on_delete=models.CASCADE, related_name="+", verbose_name=_("site")
    )
    event = models.CharField(
        _("event"), max_length=30, choices=[(event.value, event.label) for event in WORDED]
    )
    language = models.CharField(_("language"), max_length=20)
    subject = models.CharField(
        _("subject"),
        max_length=200,
        blank=True,
        validators=[check_placeholders],
        help_text=_("Empty: as it comes."),
    )
    text = models.TextField(
        _("text"),
        blank=True,
        validators=[check_placeholders],
        help_text=_(
            "The sentences above what was written. Empty: as they come. In both you can use "
            "{number}, {subject}, {author}, {recipient}, {organization}, {status} and {portal}."
        ),
    )

    objects = EmailTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["event", "language", "id"]
        verbose_name = _("wording of mails")
        verbose_name_plural = _("wordings of mails")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "event", "language"],
                name="portal_wording_once",
                violation_error_message=_("There is a wording for this already."),
            ),
        ]

    def __str__(self):
        return f"{self.get_event_display()} ({self.language})"

    @staticmethod
    def fill(text: str, values: dict) -> str:
        """``text`` with the placeholders replaced."""
        return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), text)

    @property
    def preview_modes(self):
        """Both parts."""
        return [("", _("HTML")), ("text", _("Text"))]
