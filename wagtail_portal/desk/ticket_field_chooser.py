"""Choose a ticket field in the page editor, or create one."""

from django import forms
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log
from wagtail.snippets.views.chooser import SnippetChooserViewSet, SnippetCreateView

from wagtail_portal.fields import field_types, get_field_type
from wagtail_portal.fields.conditions import possible_answers
from wagtail_portal.fields.customers import customer_fields
from wagtail_portal.fields.form_fields import CleanCharField
from wagtail_portal.fields.rules import kind_of
from wagtail_portal.models import TicketField, TicketFieldChoice
from wagtail_portal.utils.strict import StrictChooserMixin

MAX_CHOICES = 100


def type_choices():
    """Return the registered types, including the site's own."""
    return [(key, field_type.label) for key, field_type in field_types().items()]


class NewTicketFieldForm(forms.ModelForm):
    """The most important settings of a field. The others are on its own screen."""

    type = forms.ChoiceField(label=_("Type"), choices=type_choices)
    choices = CleanCharField(
        label=_("Choices"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One per line. Only for the types Choice and Multiple choice."),
    )

    class Meta:
        model = TicketField
        fields = ["label", "help_text", "type"]

    def __init__(self, *args, **kwargs):
        # The prefix keeps the IDs apart from those of the page editor's fields.
        super().__init__(*args, **{"prefix": "new-ticket-field", **kwargs})

    def clean(self):
        data = super().clean()
        lines = [line.strip() for line in (data.get("choices") or "").splitlines()]
        labels = list(dict.fromkeys(line for line in lines if line))
        has_choices = get_field_type(data.get("type", "text")).has_choices
        if has_choices and not labels:
            self.add_error("choices", gettext("Enter at least one choice."))
        if len(labels) > MAX_CHOICES or any(len(label) > 120 for label in labels):
            self.add_error(
                "choices", gettext("There are too many choices, or one of them is too long.")
            )
        data["choices"] = labels if has_choices else []
        return data

    @transaction.atomic
    def save(self, commit=True):
        field = super().save(commit)
        for order, label in enumerate(self.cleaned_data["choices"]):
            TicketFieldChoice.objects.create(field=field, label=label, sort_order=order)
        return field


class TicketFieldCreateView(SnippetCreateView):
    def save_form(self, form):
        field = super().save_form(form)
        log(field, "wagtail.create", user=self.request.user)
        return field


class TicketFieldChooserViewSet(StrictChooserMixin, SnippetChooserViewSet):
    """Has a tab to create a field, for users with that permission."""

    creation_form_class = NewTicketFieldForm
    create_view_class = TicketFieldCreateView
    creation_tab_label = _("New ticket field")
    create_action_label = _("Create field")

    def rows_for(self, user):
        """Return the fields that aren't archived."""
        return TicketField.objects.filter(archived=False)


def answers(request, pk):
    """Return how answers to a ticket field are compared, and its choices, for the page editor's
    conditions. The labels aren't confidential."""
    spec = get_object_or_404(TicketField.objects.prefetch_related("choices"), pk=pk).spec()
    found = possible_answers(spec) or {}
    return JsonResponse({"kind": kind_of(spec), "choices": list(found.items())})


def customer_answers(request):
    """Return the fields of organizations and members in the same way, for the same conditions."""
    rows = [
        {
            "id": key,
            "label": str(known.spec.label),
            "kind": kind_of(known.spec),
            "choices": list((possible_answers(known.spec) or {}).items()),
            "archived": known.is_archived,
        }
        for key, known in customer_fields().items()
    ]
    return JsonResponse({"fields": rows})


admin_urls = [
    path("portal/ticket-fields/<int:pk>/answers/", answers, name="wagtail_portal_field_answers"),
    path(
        "portal/customer-fields/answers/", customer_answers, name="wagtail_portal_customer_answers"
    ),
]
