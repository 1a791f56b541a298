"""What the forms of ticket fields and of customer fields in the admin have in common."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel

from wagtail_portal.fields import get_field_type
from wagtail_portal.utils.strict import StrictFormMixin

from .viewsets import TranslationsPanel


class FieldForm(StrictFormMixin, WagtailAdminModelForm):
    """A field with choices. Subclasses offer the registered types, which the model and its
    migrations don't know."""

    def __init__(self, data=None, *args, **kwargs):
        #: The keys of choices that can't be deleted.
        self.refused: set[str] = set()
        super().__init__(self._without_refused(data, kwargs.get("instance")), *args, **kwargs)

    def find_with(self, field, keys: list[str]):
        """Return what has one of these choices, as a queryset."""
        raise NotImplementedError

    def _without_refused(self, data, field):
        """Return ``data`` without the deletion of choices in use, so that they are shown again."""
        if not data or field is None or not field.pk:
            return data
        kept = data.copy()
        by_pk = {str(choice.pk): choice for choice in field.choices.all()}
        for name, value in data.items():
            deletion = f"{name.removesuffix('-id')}-DELETE"
            choice = by_pk.get(value) if data.get(deletion) else None
            if choice and self.find_with(field, [choice.key]).exists():
                kept[deletion] = ""
                self.refused.add(choice.key)
        return kept

    def is_valid(self):
        """Validate the choices as well, which need the formset."""
        valid = super().is_valid()
        for form in self.choice_forms if self.refused else ():
            if form.instance.key in self.refused:
                text = gettext("This choice is in use, so it can’t be deleted. Archive it instead.")
                form.add_error("label", text)
                valid = False
        kind = self.cleaned_data.get("type") if self.is_bound else None
        if kind and get_field_type(kind).has_choices and not self.choice_forms:
            self.add_error("type", gettext("Enter at least one choice."))
            valid = False
        return valid

    @property
    def choice_forms(self) -> list:
        """The forms of the choices, except those that are empty or will be deleted."""
        rows = self.formsets["choices"]
        return [
            form
            for form in rows.forms
            if (form.has_changed() or form.instance.pk) and form not in rows.deleted_forms
        ]


def type_label(field):
    """Return the name of the field's type."""
    return get_field_type(field.type).label


def heading_panel() -> MultiFieldPanel:
    """Return the panel for how the field is called."""
    panels = [FieldPanel("label"), FieldPanel("help_text"), TranslationsPanel()]
    return MultiFieldPanel(panels, heading=_("Field"))


def choices_panel() -> InlinePanel:
    """Return the panel for the choices."""
    choice = [
        FieldPanel("label"),
        TranslationsPanel(),
        FieldPanel("colour"),
        FieldPanel("archived"),
    ]
    return InlinePanel(
        "choices",
        choice,
        heading=_("Choices"),
        label=_("Choice"),
        help_text=_("Only for the types Choice and Multiple choice."),
    )
