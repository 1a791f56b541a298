"""Organization fields and member fields in the Wagtail admin, with their choices."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.chooser import SnippetChooserViewSet

from wagtail_portal.fields import field_types
from wagtail_portal.fields.stored import ContainsAny, IsAnswered
from wagtail_portal.models import CustomerField
from wagtail_portal.utils.strict import StrictChooserMixin
from wagtail_portal.utils.typing import StrOrPromise

from .field_forms import FieldForm, choices_panel, heading_panel, type_label
from .views import DeleteView
from .viewsets import DeskViewSet, YesColumn


def customer_types() -> list[tuple[str, StrOrPromise]]:
    """Return the types that such a field can have: all whose values can be typed. Files and members
    belong to tickets."""
    types = field_types().items()
    return [(key, kind.label) for key, kind in types if kind.can_be_typed]


def customers_of(field: CustomerField) -> Any:
    """Return the organizations or members that the field describes."""
    return cast(Any, CustomerField.CUSTOMERS)[field.about].objects


def is_in_use(field: CustomerField) -> bool:
    """Return whether an organization or a member has a value of the field."""
    return customers_of(field).filter(IsAnswered(field.key)).exists()


class CustomerFieldForm(FieldForm):
    """Says why a field that's in use can't become another one."""

    type = forms.ChoiceField(label=_("Type"), choices=customer_types)

    def find_with(self, field, keys):
        return customers_of(field).filter(ContainsAny(field.key, keys))

    def clean(self):
        data = super().clean()
        changed = {"type", "about"} & set(self.changed_data)
        before = CustomerField.objects.filter(pk=self.instance.pk).first()
        if before and changed and is_in_use(before):
            text = gettext(
                "This field has values, so this can’t be changed. Archive it and create a new "
                "field instead."
            )
            for name in changed:
                self.add_error(name, text)
        return data


class CustomerFieldDeleteView(DeleteView):
    def get_refusal(self):
        if is_in_use(self.object):
            return gettext("This field has values. Archive it instead.")
        return ""


class CustomerFieldChooserViewSet(StrictChooserMixin, SnippetChooserViewSet):
    """Chooses a field in the page editor. The labels of fields aren't confidential."""

    def rows_for(self, user):
        """Return the fields in use."""
        return CustomerField.objects.filter(archived=False)


class CustomerFieldViewSet(DeskViewSet):
    """The fields of organizations and members. Has a chooser, which the page editor uses."""

    model = CustomerField
    icon = "tag"
    chooser_enabled = True
    chooser_viewset_class = CustomerFieldChooserViewSet
    delete_view_class = CustomerFieldDeleteView
    sort_order_field = "sort_order"
    list_display = [
        "label",
        Column("about", label=_("Describes"), accessor="get_about_display"),
        Column("type", label=_("Type"), accessor=type_label),
        Column("shown_to", label=_("Who sees it"), accessor="get_shown_to_display"),
        YesColumn("archived", label=_("Archived")),
    ]
    search_fields = ["label", "key"]
    inspect_view_fields = ["label", "key", "help_text", "about", "type", "shown_to", "archived"]
    edit_handler = ObjectList(
        [
            heading_panel(),
            FieldPanel("about"),
            FieldPanel("type"),
            choices_panel(),
            MultiFieldPanel(
                [FieldPanel("shown_to"), FieldPanel("in_inbox"), FieldPanel("archived")],
                heading=_("Usage"),
            ),
        ],
        base_form_class=CustomerFieldForm,
    )
