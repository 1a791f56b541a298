"""Statuses in the Wagtail admin."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column

from wagtail_portal.models import State, Status, Ticket

from .views import DeleteView
from .viewsets import DeskViewSet, KeyFromNameForm, TranslationsPanel


class StatusForm(KeyFromNameForm):
    """A status, which neither closes nor reopens the tickets that have it."""

    def clean_state(self):
        new, old = self.cleaned_data["state"], self.initial.get("state")
        crosses = self.instance.pk and (new == State.CLOSED) != (old == State.CLOSED)
        if crosses and Ticket.objects.filter(status=self.instance).exists():
            text = gettext(
                "Some tickets have this status, so it can’t change between open and closed. Give "
                "them another status first."
            )
            raise ValidationError(text)
        return new


class StatusDeleteView(DeleteView):
    def get_refusal(self):
        if Ticket.objects.filter(status=self.object).exists():
            return gettext("Some tickets have this status. Give them another status first.")
        if not Status.objects.exclude(pk=self.object.pk).exists():
            return gettext("This is the only status, and every ticket needs one.")
        return ""


class StatusViewSet(DeskViewSet):
    """Editors choose names, labels and order; the key of a status never changes."""

    model = Status
    icon = "tasks"
    delete_view_class = StatusDeleteView
    sort_order_field = "sort_order"
    list_display = [
        "name",
        Column("label", label=_("Label for customers")),
        Column("state", label=_("State"), accessor="get_state_display"),
    ]
    search_fields = ["name", "label"]
    inspect_view_fields = [
        "name",
        "label",
        "state",
        "after_customer_reply",
        "after_team_reply",
        "key",
    ]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("name"), FieldPanel("label"), TranslationsPanel()], heading=_("Names")
            ),
            FieldPanel("state"),
            MultiFieldPanel(
                [FieldPanel("after_customer_reply"), FieldPanel("after_team_reply")],
                heading=_("What happens next"),
            ),
        ],
        base_form_class=StatusForm,
    )
