"""The columns that every portal has."""

from django import forms
from django.db.models import F
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.fields.filters import in_order
from wagtail_portal.fields.questions import URGENCIES
from wagtail_portal.utils.users import display_name, user_name_fields

from .base import Column
from .filters import choice_field, choice_q, period_field, period_q
from .registry import register_column


def _render(template: str, **context) -> SafeString:
    html = render_to_string(f"wagtail_portal/{template}.html", context)
    return mark_safe(html.strip())  # noqa: S308 - a template's output, which escapes


def _sorted_by_name(prefix: str) -> tuple:
    return tuple(Lower(f"{prefix}{name}") for name in user_name_fields())


@register_column
class StatusColumn(Column):
    """The filter is in ``pages.ticket_list.filters``, because columns don't know statuses."""

    key, label = "status", _("Status")
    always_filters = True

    def text(self, ticket):
        return ticket.status.localized_label

    def html(self, ticket):
        status = {"label": ticket.status.localized_label, "state": ticket.status.state}
        return _render("includes/status", status=status)

    def sort_expressions(self):
        return ("status__sort_order", "status_id")

    def for_team(self):
        return TeamStatusColumn()


class TeamStatusColumn(StatusColumn):
    def text(self, ticket):
        return ticket.status.name

    def html(self, ticket):
        return _render("desk/status", status=ticket.status)


class RelationColumn(Column):
    """A column that is named after a relation of tickets, and filters by it."""

    def filter_field(self, context):
        return choice_field(self.label)

    def filter_q(self, cleaned):
        return choice_q(f"{self.key}_id", cleaned)


@register_column
class RequesterColumn(RelationColumn):
    key, label, source = "requester", _("Requester"), "requester.name"
    always_filters = True

    def sort_expressions(self):
        return _sorted_by_name("requester__user__")

    def for_team(self):
        return TeamRequesterColumn()


class TeamRequesterColumn(RequesterColumn):
    def html(self, ticket):
        return format_html(
            '<bdi>{}</bdi><div class="portal-organization"><bdi>{}</bdi></div>',
            ticket.requester.name,
            ticket.organization.name,
        )


@register_column
class AssigneeColumn(RelationColumn):
    key, label = "assignee", _("Assigned to")

    def text(self, ticket):
        return display_name(ticket.assignee, from_team=True) if ticket.assignee else ""

    def sort_expressions(self):
        return _sorted_by_name("assignee__")

    def for_team(self):
        return TeamAssigneeColumn()


class TeamAssigneeColumn(AssigneeColumn):
    def text(self, ticket):
        if ticket.assignee:
            return get_user_display_name(ticket.assignee)
        return ticket.group.name if ticket.group else ""


@register_column
class UrgencyColumn(Column):
    key, label = "urgency", _("Urgency")
    descends_first = True

    def text(self, ticket):
        return ticket.get_urgency_display()

    def sort_expressions(self):
        return (in_order(F("urgency"), [key for key, _label in URGENCIES]),)

    def filter_field(self, context):
        return choice_field(self.label, URGENCIES, forms.MultipleChoiceField)

    def filter_q(self, cleaned):
        return choice_q("urgency", cleaned)


@register_column
class FormColumn(RelationColumn):
    key, label, source = "form", _("Form"), "form_title"
    always_filters = True
    in_inbox = False

    def sort_expressions(self):
        return ("form_title",)


@register_column
class OpenedColumn(Column):
    key, label = "opened", pgettext_lazy("date of a ticket", "Opened")
    in_inbox = False
    descends_first = True

    def value(self, ticket):
        return timezone.localtime(ticket.opened_at)

    def text(self, ticket):
        return date_format(self.value(ticket), "DATETIME_FORMAT")

    def html(self, ticket):
        return _render("includes/time", at=ticket.opened_at)

    def export(self, ticket):
        return self.value(ticket)

    def sort_expressions(self):
        return ("opened_at",)

    def filter_field(self, context):
        return period_field(self.label)

    def filter_q(self, cleaned):
        return period_q("opened_at", cleaned)
