"""The columns that every portal has."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.fields import FormContext
from wagtail_portal.fields.filters import in_order
from wagtail_portal.fields.questions import URGENCIES
from wagtail_portal.portal_urls import in_all_languages
from wagtail_portal.utils.humanize import exact_time_html, time_html
from wagtail_portal.utils.users import display_name, user_name_fields

from .base import Column
from .filters import PeriodField, StatusField, choice_field, choice_q, period_q
from .registry import register_column

if TYPE_CHECKING:
    from wagtail_portal.models import Ticket


def _render(template: str, **context: Any) -> SafeString:
    html = render_to_string(f"wagtail_portal/{template}.html", context)
    return mark_safe(html.strip())  # noqa: S308 - a template's output, which escapes


def _sorted_by_name(prefix: str) -> tuple:
    return tuple(Lower(f"{prefix}{name}") for name in user_name_fields())


@register_column
class StatusColumn(Column):
    key, label = "status", _("Status")
    always_filters = True
    #: What was rendered already, by what it shows.
    rendered: dict | None = None

    def status(self, ticket: "Ticket") -> dict:
        """Return what ``includes/status.html`` shows. Lists replace it with what their reader
        sees."""
        return {"label": ticket.status.localized_label, "state": ticket.status.state}

    def text(self, ticket: "Ticket") -> str:
        return self.status(ticket)["label"]

    def prepare(self, tickets: Iterable, context: FormContext) -> Any:
        # Most tickets of a list have the same few statuses.
        return self.copy(rendered={})

    def html(self, ticket: "Ticket") -> Any:
        status = self.status(ticket)
        return self._once(tuple(status.values()), "includes/status", status)

    def _once(self, key: Any, template: str, status: Any) -> SafeString:
        known = {} if self.rendered is None else self.rendered
        if key not in known:
            known[key] = _render(template, status=status)
        return known[key]

    def sort_expressions(self) -> Any:
        return ("status__sort_order", "status_id")

    def filter_field(self, context: FormContext) -> Any:
        return StatusField(context.statuses, label=self.label)

    def filter_q(self, cleaned: Any) -> Q:
        return choice_q("status_id", cleaned)

    def for_team(self) -> Any:
        return TeamStatusColumn()


class TeamStatusColumn(StatusColumn):
    def text(self, ticket: "Ticket") -> str:
        return ticket.status.name

    def html(self, ticket: "Ticket") -> Any:
        return self._once(ticket.status_id, "desk/status", ticket.status)

    def filter_field(self, context: FormContext) -> Any:
        return choice_field(self.label, [(status.pk, status.name) for status in context.statuses])


class RelationColumn(Column):
    """A column that is named after a relation of tickets, and filters by it."""

    def filter_q(self, cleaned: Any) -> Q:
        return choice_q(f"{self.key}_id", cleaned)


@register_column
class RequesterColumn(RelationColumn):
    key, label, source = "requester", _("Requester"), "requester.name"
    filter_rows = "member"
    always_filters = True

    def sort_expressions(self) -> Any:
        return _sorted_by_name("requester__user__")

    def for_team(self) -> Any:
        return TeamRequesterColumn()


class TeamRequesterColumn(RequesterColumn):
    def html(self, ticket: "Ticket") -> Any:
        return format_html(
            '{} <span class="portal-organization"><bdi>{}</bdi></span>',
            ticket.requester.name,
            ticket.organization.name,
        )


@register_column
class AssigneeColumn(RelationColumn):
    key, label = "assignee", _("Assigned to")
    filter_rows, no_row = "agent", _("No one")

    def text(self, ticket: "Ticket") -> str:
        return display_name(ticket.assignee, from_team=True) if ticket.assignee else ""

    def sort_expressions(self) -> Any:
        return _sorted_by_name("assignee__")

    def for_team(self) -> Any:
        return TeamAssigneeColumn()


class TeamAssigneeColumn(AssigneeColumn):
    def text(self, ticket: "Ticket") -> str:
        if ticket.assignee:
            return get_user_display_name(ticket.assignee)
        return ticket.group.name if ticket.group else ""


@register_column
class UrgencyColumn(Column):
    key, label = "urgency", _("Urgency")
    descends_first = True

    def text(self, ticket: "Ticket") -> str:
        return ticket.get_urgency_display()

    def sort_expressions(self) -> Any:
        return (in_order(F("urgency"), [key for key, _label in URGENCIES]),)

    def filter_field(self, context: FormContext) -> Any:
        return choice_field(self.label, URGENCIES)

    def filter_q(self, cleaned: Any) -> Q:
        return choice_q("urgency", cleaned)


@register_column
class FormColumn(RelationColumn):
    key, label, source = "form", _("Form"), "form_title"
    filter_rows, no_row = "form", _("No form")
    always_filters = True
    in_inbox = False

    def filter_q(self, cleaned: Any) -> Q:
        return choice_q("form", cleaned, expand=in_all_languages)

    def sort_expressions(self) -> Any:
        return ("form_title",)


@register_column
class OpenedColumn(Column):
    key, label = "opened", pgettext_lazy("date of a ticket", "Opened")
    in_inbox = False
    descends_first = True

    def value(self, ticket: "Ticket") -> Any:
        return timezone.localtime(ticket.opened_at)

    def text(self, ticket: "Ticket") -> str:
        return date_format(self.value(ticket), "DATETIME_FORMAT")

    def html(self, ticket: "Ticket") -> Any:
        return exact_time_html(ticket.opened_at)

    def list_html(self, ticket: "Ticket") -> Any:
        return time_html(ticket.opened_at, short=True)

    def export(self, ticket: "Ticket") -> Any:
        return self.value(ticket)

    def sort_expressions(self) -> Any:
        return ("opened_at",)

    def filter_field(self, context: FormContext) -> Any:
        return PeriodField(label=self.label)

    def filter_q(self, cleaned: Any) -> Q:
        return period_q("opened_at", cleaned)
