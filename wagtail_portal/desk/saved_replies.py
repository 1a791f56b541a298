"""Saved replies in the Wagtail admin."""

from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel, ObjectList, Panel
from wagtail.admin.ui.tables import Column, DateColumn

from wagtail_portal.models import PLACEHOLDERS, SavedReply
from wagtail_portal.permissions import agent_groups, agents
from wagtail_portal.utils.humanize import comma_list

from .values_form import ValuesForm
from .views import IndexView
from .viewsets import DeskViewSet


def _help() -> str:
    placeholders = ((f"{{{name}}}", label) for name, label in PLACEHOLDERS.items())
    rows = format_html_join("", "<li><code>{}</code> {}</li>", placeholders)
    intro = gettext("Markdown. These placeholders are filled in for each ticket:")
    return format_html("<p>{}</p><ul>{}</ul>", intro, rows)


class SavedReplyForm(WagtailAdminModelForm):
    """A saved reply with the values of ticket fields that it sets."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        data = self.data if self.is_bound else None
        self.values_form = ValuesForm(data, prefix="values", stored=self.instance.set_values)
        for name in ("title", "text"):
            self.fields[name].widget.attrs["dir"] = "auto"
        self.fields["set_assignee"].queryset = agents()
        self.fields["set_group"].queryset = agent_groups()

    def clean(self):
        data = super().clean()
        if self.values_form.is_valid():
            # Before the model checks whether there's anything to do.
            self.instance.set_values = self.values_form.values
        else:
            self.add_error(None, gettext("Check the values of the ticket fields."))
        return data


class ValuesPanel(Panel):
    """The values of ticket fields."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_portal/desk/values.html"

        def is_shown(self):
            return bool(self.form.values_form.fields)


class SavedReplyIndexView(IndexView):
    def get_base_queryset(self):
        return super().get_base_queryset().prefetch_related("groups")


def _groups(reply: SavedReply) -> str:
    names = [group.name for group in reply.groups.all()]
    return comma_list(names) or gettext("Whole team")


class SavedReplyViewSet(DeskViewSet):
    """Texts that agents insert into their replies, with a translation per language."""

    model = SavedReply
    icon = "snippet"
    index_view_class = SavedReplyIndexView
    list_display = [
        "title",
        Column("groups", label=_("Available to"), accessor=_groups),
        Column("uses", label=_("Uses"), sort_key="uses"),
        DateColumn("last_used_at", label=_("Last used"), sort_key="last_used_at"),
    ]
    search_fields = ["title", "text"]
    inspect_view_fields = ["title", "text", "groups", "uses", "last_used_at"]
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldPanel("text"),
            HelpPanel(content=lazy(_help, str)()),
            MultiFieldPanel(
                [
                    FieldPanel("set_status"),
                    FieldPanel("assign_to_user"),
                    FieldPanel("set_assignee"),
                    FieldPanel("set_group"),
                    FieldPanel("set_urgency"),
                    ValuesPanel(heading=_("Ticket fields")),
                ],
                heading=_("What else changes"),
                help_text=_(
                    "The agent sees these changes before sending the message, and can clear any "
                    "they don’t want. Anything you leave empty stays unchanged."
                ),
            ),
            FieldPanel("groups"),
        ],
        base_form_class=SavedReplyForm,
    )
