"""What fields of tickets, organizations and members have in common: a key, a type and choices."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from modelcluster.models import ClusterableModel

from wagtail_portal.fields import Choice, FieldSpec, FormContext, get_field_type

from .fields import LineField
from .members import member_names
from .translations import TranslatedTexts, TranslationsField


class Colour(models.TextChoices):
    """Colors of choices."""

    GREY = "grey", _("Grey")
    RED = "red", _("Red")
    ORANGE = "orange", _("Orange")
    YELLOW = "yellow", _("Yellow")
    GREEN = "green", _("Green")
    BLUE = "blue", _("Blue")
    PURPLE = "purple", _("Purple")


def unique_slug(text: str, taken: Any, fallback: str) -> str:
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


class FieldDefinition(TranslatedTexts, ClusterableModel):
    """A typed property, defined once. A subclass has ``choices``, the rows of its choices."""

    key = models.SlugField(_("key"), max_length=50, unique=True, editable=False)
    label = LineField(_("label"), max_length=120)
    help_text = LineField(_("help text"), max_length=300, blank=True)
    translations = TranslationsField(of=["label", "help_text"])
    type = models.CharField(_("type"), max_length=40, default="text")
    in_inbox = models.BooleanField(
        _("in the team’s inbox"),
        default=False,
        help_text=_("Shown as a column in the ticket listing in the admin."),
    )
    sort_order = models.PositiveIntegerField(default=100, editable=False)

    #: The stored form of the initial value in forms.
    default = None

    class Meta:
        abstract = True
        ordering = ["sort_order", "id"]

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
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
    def field_type(self) -> Any:
        """The :class:`~wagtail_portal.fields.FieldType` of the field."""
        return get_field_type(self.type)

    def spec(self, **overrides: Any) -> FieldSpec:
        """Return the field's spec; ``overrides`` replace attributes of it."""
        # A field of another type can still have choices from before its type was changed.
        rows = self.choices.all() if self.field_type.has_choices else ()
        choices = tuple(choice.choice for choice in rows)
        values: dict[str, Any] = {
            "label": self.localized_label,
            "help_text": self.localized("help_text"),
            "default": self.default,
            "options": {"name_members": member_names},
        }
        return FieldSpec(type=self.type, choices=choices, **(values | overrides))

    def accepts(self, stored: Any) -> bool:
        """Return whether a value can be set, so that none of its choices is archived or gone."""
        form_field = self.field_type.form_field(self.field_type.prepare(self.spec(), FormContext()))
        form_field.required = False
        try:
            self.field_type.clean_stored(stored, form_field)
        except ValidationError:
            return False
        return True


class ChoiceDefinition(TranslatedTexts):
    """One choice of a field. Its key is stored, so its label can change. A subclass has the
    ``field``."""

    key = models.SlugField(_("key"), max_length=50, editable=False)
    label = LineField(_("label"), max_length=120)
    translations = TranslationsField(of=["label"])
    colour = models.CharField(_("colour"), max_length=10, choices=Colour, blank=True)
    archived = models.BooleanField(_("archived"), default=False)
    sort_order = models.IntegerField(null=True, blank=True, editable=False)

    sort_order_field = "sort_order"

    class Meta:
        abstract = True
        ordering = ["sort_order", "id"]
        verbose_name = _("choice")
        verbose_name_plural = _("choices")

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.key:
            own: Any = self
            siblings = type(own).objects.filter(field_id=own.field_id).exclude(pk=self.pk)
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
