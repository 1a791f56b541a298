"""Ticket fields and their choices."""

import re

from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from wagtail_portal.fields import Choice, FieldSpec, get_field_type

from .line_field import LineField
from .members import member_names
from .translations import TranslatedTexts, TranslationsField


class SetBy(models.TextChoices):
    """Who can set a ticket field."""

    CUSTOMERS = "customers", _("Customers and the team")
    TEAM = "team", _("The team only")


class Colour(models.TextChoices):
    """Colors of choices."""

    GREY = "grey", _("Grey")
    RED = "red", _("Red")
    ORANGE = "orange", _("Orange")
    YELLOW = "yellow", _("Yellow")
    GREEN = "green", _("Green")
    BLUE = "blue", _("Blue")
    PURPLE = "purple", _("Purple")


def unique_slug(text: str, taken, fallback: str) -> str:
    """Return a slug of ``text`` for which ``taken(slug)`` is false.

    It never looks like a number, which a database would take for a list index, and never has two
    underscores in a row, which Django would take for a lookup.
    """
    base = re.sub("_+", "_", slugify(text))[:40].strip("-_")
    if not re.search("[a-z]", base):
        base = f"{fallback}-{base}".rstrip("-")
    slug, number = base, 2
    while taken(slug):
        slug, number = f"{base}-{number}", number + 1
    return slug


class TicketField(TranslatedTexts, ClusterableModel):
    """A typed property of tickets, defined once for forms, lists, filters and the team."""

    key = models.SlugField(_("key"), max_length=50, unique=True, editable=False)
    label = LineField(_("label"), max_length=120)
    help_text = LineField(_("help text"), max_length=300, blank=True)
    translations = TranslationsField(of=["label", "help_text"])
    type = models.CharField(_("type"), max_length=40, default="text")
    default = models.JSONField(_("default"), null=True, blank=True, editable=False)
    set_by = models.CharField(
        _("who can set it"), max_length=10, choices=SetBy, default=SetBy.CUSTOMERS
    )
    in_inbox = models.BooleanField(
        _("in the team’s inbox"),
        default=False,
        help_text=_("Shown as a column in the ticket listing in the admin."),
    )
    archived = models.BooleanField(
        _("archived"),
        default=False,
        help_text=_("No longer offered in forms. Existing tickets keep their values."),
    )
    sort_order = models.PositiveIntegerField(default=100, editable=False)

    class Meta:
        ordering = ["sort_order", "id"]
        verbose_name = _("ticket field")
        verbose_name_plural = _("ticket fields")

    def __str__(self):
        return self.label

    def save(self, *args, **kwargs):
        if not self.key:
            self.key = unique_slug(
                self.label, lambda slug: type(self).objects.filter(key=slug).exists(), "field"
            )
        super().save(*args, **kwargs)

    @property
    def localized_label(self) -> str:
        """The label in the language of the reader."""
        return self.localized("label")

    @property
    def customers_may_set(self) -> bool:
        """Whether forms can ask for the field."""
        return self.set_by == SetBy.CUSTOMERS

    @property
    def field_type(self):
        """The :class:`~wagtail_portal.fields.FieldType` of the field."""
        return get_field_type(self.type)

    def spec(self, **overrides) -> FieldSpec:
        """Return the field's spec; ``overrides`` replace attributes of it."""
        # A field of another type can still have choices from before its type was changed.
        rows = self.choices.all() if self.field_type.has_choices else ()
        choices = tuple(choice.choice for choice in rows)
        values = {
            "label": self.localized_label,
            "help_text": self.localized("help_text"),
            "default": self.default,
            "options": {"name_members": member_names},
        }
        return FieldSpec(type=self.type, choices=choices, **(values | overrides))


class TicketFieldChoice(TranslatedTexts):
    """One choice of a ticket field. Tickets store its key, so its label can change."""

    field = ParentalKey(TicketField, on_delete=models.CASCADE, related_name="choices")
    key = models.SlugField(_("key"), max_length=50, editable=False)
    label = LineField(_("label"), max_length=120)
    translations = TranslationsField(of=["label"])
    colour = models.CharField(_("colour"), max_length=10, choices=Colour, blank=True)
    archived = models.BooleanField(_("archived"), default=False)
    sort_order = models.IntegerField(null=True, blank=True, editable=False)

    sort_order_field = "sort_order"

    class Meta:
        ordering = ["sort_order", "id"]
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints = [
            models.UniqueConstraint(fields=["field", "key"], name="portal_choice_key_once"),
        ]

    def __str__(self):
        return self.label

    def save(self, *args, **kwargs):
        if not self.key:
            siblings = type(self).objects.filter(field_id=self.field_id).exclude(pk=self.pk)
            self.key = unique_slug(
                self.label, lambda slug: siblings.filter(key=slug).exists(), "choice"
            )
        super().save(*args, **kwargs)

    @property
    def choice(self) -> Choice:
        """The choice as field types use it, in the reader's language."""
        return Choice(
            self.key,
            self.localized("label"),
            self.colour,
            self.archived,
            tuple(self.in_every_language("label")),
        )
