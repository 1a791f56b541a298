"""Texts that agents reuse in replies and notes."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import TranslatableMixin

from wagtail_portal.utils.humanize import comma_list

from .line_field import LineField

#: Descriptions of placeholders, which are written in braces.
PLACEHOLDERS = {
    "requester": _("the requester’s name"),
    "requester.first_name": _("the requester’s first name"),
    "organization": _("the requester’s organization"),
    "ticket.number": _("the ticket number"),
    "ticket.subject": _("the ticket’s subject"),
    "ticket.status": _("the ticket’s status, as customers see it"),
    "agent": _("your name"),
}
_PLACEHOLDER = re.compile(r"\{\s*([a-z_]+(?:\.[a-z_]+)?)\s*\}")


class SavedReplyQuerySet(models.QuerySet):
    def for_agent(self, user):
        """Return the saved replies for the whole team and for the groups of ``user``."""
        return self.filter(Q(groups=None) | Q(groups__user=user)).distinct()


class SavedReply(TranslatableMixin, models.Model):
    """A text with a title and placeholders."""

    title = LineField(_("title"), max_length=120)
    text = models.TextField(_("text"), max_length=10_000)
    groups = models.ManyToManyField(
        "auth.Group",
        blank=True,
        related_name="+",
        verbose_name=_("available to"),
        help_text=_("Leave empty to make it available to the whole team."),
    )
    #: How often it was sent.
    uses = models.PositiveIntegerField(_("uses"), default=0, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = SavedReplyQuerySet.as_manager()

    class Meta(TranslatableMixin.Meta):
        ordering = ["title", "id"]
        verbose_name = _("saved reply")
        verbose_name_plural = _("saved replies")

    def __str__(self):
        return self.title

    def clean(self):
        super().clean()
        unknown = sorted(set(_PLACEHOLDER.findall(self.text)) - set(PLACEHOLDERS))
        if unknown:
            message = gettext("These placeholders don’t exist: %(names)s.")
            raise ValidationError({"text": message % {"names": comma_list(unknown)}})

    def fill(self, values: dict[str, str]) -> str:
        """Return the text with its placeholders replaced."""
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), self.text)
