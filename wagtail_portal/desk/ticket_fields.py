"""Ticket fields in the Wagtail admin, with their choices."""

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column

from wagtail_portal.fields import Choice, FieldSpec, get_field_type
from wagtail_portal.fields.form_fields import CleanLineField
from wagtail_portal.fields.questions import read_answer, write_answer
from wagtail_portal.models import TicketField
from wagtail_portal.utils.humanize import comma_list

from .field_forms import FieldForm, choices_panel, heading_panel, type_label
from .ticket_field_chooser import TicketFieldChooserViewSet, type_choices
from .ticket_field_uses import (
    add_places,
    find_usage,
    is_in_use,
    places_of_choice,
    sites_listing,
    tickets_with,
)
from .views import DeleteView, IndexView
from .viewsets import DeskViewSet, YesColumn


class TicketFieldForm(FieldForm):
    """A ticket field with its default, which asks before it changes what customers see."""

    type = forms.ChoiceField(label=_("Type"), choices=type_choices)
    default_answer = CleanLineField(
        label=_("Default"),
        required=False,
        max_length=255,
        help_text=_(
            "The initial value in forms, written as customers would answer; for a choice, its "
            "label. Forms can override it."
        ),
    )

    archive_anyway = forms.BooleanField(label=_("Archive anyway"), required=False)
    rename_anyway = forms.BooleanField(label=_("Rename anyway"), required=False)
    #: Whether archiving the field, or renaming a choice, has to be confirmed.
    asks_to_archive = asks_to_rename = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.instance
        if field.pk:
            self.initial["default_answer"] = write_answer(field.default, field.spec())

    def find_with(self, field, keys):
        return tickets_with(field, keys)

    def clean_type(self):
        new = self.cleaned_data["type"]
        old = self.initial.get("type")
        if self.instance.pk and new != old and is_in_use(self.instance):
            raise forms.ValidationError(
                gettext(
                    "Some tickets have values for this field, so its type can’t be changed. "
                    "Archive it and create a new field instead."
                )
            )
        return new

    def clean(self):
        data = super().clean()
        archived_now = data.get("archived") and not self.initial.get("archived")
        sites = sites_listing(self.instance) if self.instance.pk and archived_now else []
        self.asks_to_archive = bool(sites)
        if sites and not data.get("archive_anyway"):
            message = gettext(
                "Customers see this field in their ticket list (%(sites)s) and it would "
                "disappear there. To continue, tick “Archive anyway”."
            )
            self.add_error("archived", message % {"sites": comma_list(sites)})
        return data

    def is_valid(self):
        """Validate the default as well, which needs the choices."""
        valid = super().is_valid()
        kind = self.cleaned_data.get("type") if self.is_bound else None
        if kind and not self._confirm_renaming():
            valid = False
        if kind and valid:
            try:
                self._default(self._choices())
            except ValidationError as error:
                self.add_error("default_answer", error)
                valid = False
        return valid

    def _confirm_renaming(self) -> bool:
        """Return whether no choice that's in use is renamed, or the editor has confirmed it.
        Otherwise, say at each such choice where it's used."""
        rows, found = self.formsets["choices"], []
        for form in rows.forms if self.instance.pk else ():
            renamed = form.instance.pk and "label" in form.changed_data
            if renamed and not form.errors and form not in rows.deleted_forms:
                old = form.initial["label"]
                if places := places_of_choice(self.instance, form.instance.key):
                    found.append((form, old, places))
        self.asks_to_rename = bool(found)
        if not found or self.cleaned_data.get("rename_anyway"):
            return True
        text = gettext(
            "“%(old)s” is used in: %(places)s. It will be called “%(new)s” there, too. To "
            "continue, tick “Rename anyway” below."
        )
        for form, old, places in found:
            new = form.cleaned_data["label"]
            form.add_error("label", text % {"old": old, "new": new, "places": comma_list(places)})
        return False

    def save(self, commit=True):
        field = super().save(commit)
        # Now, the choices have their keys.
        default = self._default(field.spec().choices) if commit else field.default
        if default != field.default:
            field.default = default
            field.save(update_fields=["default"])
        return field

    def _default(self, choices):
        """Return the stored form of the default that was typed.

        :raises ValidationError: if the field wouldn't accept it.
        """
        typed = self.cleaned_data.get("default_answer")
        if not typed:
            return None
        kind, label = self.cleaned_data["type"], self.cleaned_data.get("label", "")
        if not get_field_type(kind).has_choices:
            choices = ()
        elif typed == self.initial.get("default_answer") and kind == self.initial.get("type"):
            # The choice may have been renamed in the same step.
            typed = _labels_today(self.instance.default, choices) or typed
        return read_answer(typed, FieldSpec(kind, label, choices=choices))

    def _choices(self) -> tuple[Choice, ...]:
        """Return the choices in the form, including unsaved ones."""
        found = []
        for number, form in enumerate(self.choice_forms):
            data = getattr(form, "cleaned_data", {})
            key = form.instance.key or f"new-{number}"
            label, archived = data.get("label", ""), bool(data.get("archived"))
            others = (data.get("translations") or {}).values()
            labels = tuple(texts["label"] for texts in others)
            found.append(Choice(key, label, archived=archived, labels=labels))
        return tuple(found)


def _labels_today(stored, choices) -> str:
    """Return the labels of stored choices; "" if one of them was removed."""
    labels = {choice.key: choice.label for choice in choices}
    keys = stored if isinstance(stored, list) else [stored]
    return comma_list(labels[key] for key in keys) if labels.keys() >= set(keys) else ""


class TicketFieldDeleteView(DeleteView):
    @cached_property
    def uses(self):
        """Where the field is used, with links to what the user can change."""
        return find_usage(self.object, self.request.user)

    @property
    def archive_url(self) -> str:
        """The URL to archive the field; "" if it's archived, or the user can't do that."""
        may_change = self.user_has_permission_for_instance("change", self.object)
        if self.object.archived or not may_change:
            return ""
        return reverse(self.model.snippet_viewset.get_url_name("edit"), args=[self.object.pk])

    def get_refusal(self):
        if self.uses.tickets:
            return gettext("Some tickets have values for this field. Archive it instead.")
        if self.uses.forms:
            return gettext(
                "Some forms ask for this field. Remove it from them first, or archive it."
            )
        if self.uses.portals:
            return gettext(
                "Customers can see this field. Remove it from the portal settings first."
            )
        return ""


class ArchiveAnywayPanel(FieldPanel):
    """Shown only if archiving the field has to be confirmed."""

    class BoundPanel(FieldPanel.BoundPanel):
        def is_shown(self):
            return self.form is not None and self.form.asks_to_archive and super().is_shown()


class RenameAnywayPanel(FieldPanel):
    """Shown only if renaming a choice has to be confirmed."""

    class BoundPanel(FieldPanel.BoundPanel):
        def is_shown(self):
            return self.form is not None and self.form.asks_to_rename and super().is_shown()


class TicketFieldIndexView(IndexView):
    """Says where each field is asked for, and where customers see it."""

    def get_table(self, object_list, *args, **kwargs):
        object_list = list(object_list)
        add_places(object_list)
        return super().get_table(object_list, *args, **kwargs)


class TicketFieldViewSet(DeskViewSet):
    """Has a chooser, which form pages use. The labels of fields aren't confidential."""

    model = TicketField
    icon = "tag"
    chooser_enabled = True
    index_view_class = TicketFieldIndexView
    delete_view_class = TicketFieldDeleteView
    delete_template_name = "wagtail_portal/desk/delete_ticket_field.html"
    chooser_viewset_class = TicketFieldChooserViewSet
    sort_order_field = "sort_order"
    list_display = [
        "label",
        Column("type", label=_("Type"), accessor=type_label),
        Column("set_by", label=_("Who can set it"), accessor="get_set_by_display"),
        Column("asked_in", label=_("Asked in")),
        Column("shown_in", label=_("Customers see it in")),
        YesColumn("archived", label=_("Archived")),
    ]
    search_fields = ["label", "key"]
    inspect_view_fields = ["label", "key", "help_text", "type", "set_by", "archived"]
    edit_handler = ObjectList(
        [
            heading_panel(),
            FieldPanel("type"),
            choices_panel(),
            RenameAnywayPanel("rename_anyway"),
            FieldPanel("default_answer"),
            MultiFieldPanel(
                [
                    FieldPanel("set_by"),
                    FieldPanel("in_inbox"),
                    FieldPanel("archived"),
                    ArchiveAnywayPanel("archive_anyway"),
                ],
                heading=_("Usage"),
            ),
        ],
        base_form_class=TicketFieldForm,
    )
