"""Saved replies in the Wagtail admin."""

from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, HelpPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn

from wagtail_portal.models import PLACEHOLDERS, SavedReply
from wagtail_portal.utils.humanize import comma_list

from .views import IndexView
from .viewsets import DeskViewSet


def _help() -> str:
    placeholders = ((f"{{{name}}}", label) for name, label in PLACEHOLDERS.items())
    rows = format_html_join("", "<li><code>{}</code> {}</li>", placeholders)
    intro = gettext("Markdown. These placeholders are filled in for each ticket:")
    return format_html("<p>{}</p><ul>{}</ul>", intro, rows)


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
            FieldPanel("groups"),
        ]
    )
