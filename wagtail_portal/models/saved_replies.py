"""Saved replies: texts that agents reuse, and what else changes when they use one."""

import re
from collections.abc import Iterator
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.utils import get_user_display_name
from wagtail.models import TranslatableMixin

from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.typing import User

from .fields import LineField
from .statuses import Status
from .ticket_fields import TicketField
from .tickets import Ticket, Urgency

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
    def for_agent(self, user: User) -> Self:
        """Return the saved replies for the whole team and for the groups of ``user``."""
        return self.filter(Q(groups=None) | Q(groups__user=user)).distinct()


class SavedReply(TranslatableMixin, models.Model):
    """A text with a title and placeholders. It can also change the ticket, as a macro does."""

    title = LineField(_("title"), max_length=120)
    text = models.TextField(_("text"), max_length=10_000, blank=True)
    groups = models.ManyToManyField(
        "auth.Group",
        blank=True,
        related_name="+",
        verbose_name=_("available to"),
        help_text=_("Leave empty to make it available to the whole team."),
    )
    set_status = models.ForeignKey(
        Status,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("status"),
    )
    assign_to_user = models.BooleanField(_("assign to the agent who uses it"), default=False)
    set_assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assign to"),
    )
    set_group = models.ForeignKey(
        "auth.Group",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assign to group"),
    )
    set_urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency, blank=True)
    #: Values of ticket fields by the field's key, as tickets store them.
    set_values = models.JSONField(_("ticket fields"), default=dict, blank=True)
    #: How often it was sent.
    uses = models.PositiveIntegerField(_("uses"), default=0, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = SavedReplyQuerySet.as_manager()

    class Meta(TranslatableMixin.Meta):
        ordering = ["title", "id"]
        verbose_name = _("saved reply")
        verbose_name_plural = _("saved replies")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        unknown = sorted(set(_PLACEHOLDER.findall(self.text)) - set(PLACEHOLDERS))
        if unknown:
            message = gettext("These placeholders don’t exist: %(names)s.")
            raise ValidationError({"text": message % {"names": comma_list(unknown)}})
        if not (self.text or self.changes_by(None) or self.assign_to_user):
            raise ValidationError(gettext("Enter a text, or choose what to change."))
        if self.assign_to_user and self.set_assignee_id:
            message = gettext("Choose a person, or the agent who uses it.")
            raise ValidationError({"set_assignee": message})

    def fill(self, values: dict[str, str]) -> str:
        """Return the text with its placeholders replaced."""
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), self.text)

    def fill_for(self, ticket: Ticket, user: Any) -> str:
        """Return the text for a ticket, as ``user`` would send it."""
        return self.fill(placeholder_values(ticket, user))

    def changes_by(self, user: Any) -> dict:
        """Return what changes when ``user`` uses it: ``status``, ``assignee``, ``group``,
        ``urgency`` and ``field:<key>``, with their new values. What no longer exists is left
        out."""
        assignee = user if self.assign_to_user else self.set_assignee
        found = {
            "status": self.set_status,
            "assignee": assignee,
            "group": self.set_group,
            "urgency": self.set_urgency,
            **{f"field:{key}": value for key, value in self._values_in_use()},
        }
        return {name: value for name, value in found.items() if value not in (None, "")}

    def _values_in_use(self) -> Iterator[tuple[str, Any]]:
        fields = {field.key: field for field in TicketField.cached()} if self.set_values else {}
        for key, value in self.set_values.items():
            field = fields.get(key)
            if field is not None and not field.archived and field.accepts(value):
                yield key, value

    @staticmethod
    def as_arguments(changes: dict) -> dict:
        """Return some of the changes of :meth:`changes_by` as arguments for
        :func:`wagtail_portal.actions.answer_ticket`."""
        arguments: dict = {}
        if "status" in changes:
            arguments["status"] = {"status": changes["status"]}
        if assignment := {key: changes[key] for key in ("assignee", "group") if key in changes}:
            arguments["assignment"] = assignment
        values = {
            key.removeprefix("field:"): value
            for key, value in changes.items()
            if key.startswith("field:")
        }
        if values or "urgency" in changes:
            arguments["fields"] = {"values": values, "urgency": changes.get("urgency")}
        return arguments

    def in_language(self, language: str) -> "SavedReply":
        """Return the translation into a language, or this one if there's none."""
        if not language or self.locale.language_code == language:
            return self
        others = type(self).objects.filter(translation_key=self.translation_key)
        return others.filter(locale__language_code=language).first() or self


def placeholder_values(ticket: Ticket, user: Any) -> dict[str, str]:
    """Return the value of each of :data:`PLACEHOLDERS`. Of a ticket that isn't opened yet, only the
    customer is known, if anything is."""
    found = {"agent": get_user_display_name(user)}
    if ticket.requester_id:
        requester = ticket.requester
        found |= {"requester": requester.name, "requester.first_name": requester.short_name}
        found["organization"] = ticket.organization.name
    if ticket.number:
        # In the customer's language.
        with translation.override(ticket.language or translation.get_language()):
            found["ticket.status"] = ticket.status.localized_label
        found |= {"ticket.number": f"#{ticket.number}", "ticket.subject": ticket.subject}
    return found
