"""The inbox: the listing of tickets, in tabs."""

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlencode

from django.db.models import Subquery
from django.forms import Media, Script
from django.http import Http404, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail.admin.templatetags.wagtailadmin_tags import human_readable_date
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn, Column, DateColumn, TitleColumn
from wagtail.admin.widgets.button import Button

from wagtail_portal.columns import field_column, prepare_columns
from wagtail_portal.desk.paginators import KeysFirstMixin
from wagtail_portal.desk.views import IndexView
from wagtail_portal.models import (
    CustomerField,
    Message,
    SavedFilter,
    Status,
    TicketField,
    is_unread,
    last_excerpt,
    snooze_of,
    with_last_text,
    with_read_until,
)
from wagtail_portal.models.cached_rows import rows_key
from wagtail_portal.permissions import customer_fields_for_team
from wagtail_portal.search import backend, corrected_query
from wagtail_portal.utils.humanize import labelled
from wagtail_portal.utils.query_params import parse_pk

from . import tabs
from .bulk_actions import offered
from .export import TicketExportMixin
from .filters import TicketFilterSet
from .list_settings import SavedViewsMixin, inbox_columns, shown_columns
from .queue import PARAMETER
from .search import InboxSearch
from .sent import undo_offer
from .snooze_form import snooze_label
from .urls import desk_url

INBOX_MEDIA = Media(
    css={"all": ["wagtail_portal/desk/desk.css", "wagtail_portal/desk/inbox.css"]},
    js=cast(
        Sequence[str],
        [
            Script("wagtail_portal/desk/inbox.js", type="module"),
            Script("wagtail_portal/desk/search.js", type="module"),
            Script("wagtail_portal/desk/peek.js", type="module"),
            Script("wagtail_portal/desk/undo.js", type="module"),
        ],
    ),
)

#: Parameters of a URL that say nothing about which tickets are listed.
NOT_SAVED = ("p", "export", "_w_filter_fragment", "next", "id", "selected")

#: Columns that are hidden on a phone.
WIDE = "portal-wide"


class TicketColumn(TitleColumn):
    """Number and subject, marked when unread."""

    cell_template_name = "wagtail_portal/desk/ticket_cell.html"


class TimeColumn(DateColumn):
    """The time that a ticket's column shows on a phone, too, so that it's rendered once."""

    cell_template_name = "wagtail_portal/desk/time_cell.html"


class RegisteredColumn(Column):
    """A :class:`wagtail_portal.columns.Column` in a table of the Wagtail admin."""

    def __init__(self, column):
        classname = None if column.key == "status" else WIDE
        super().__init__(column.param, label=column.label, classname=classname)
        self.column = column

    def get_value(self, instance):
        return self.column.list_html(instance)


class TicketIndexView(SavedViewsMixin, TicketExportMixin, KeysFirstMixin, IndexView):
    """Lists the tickets of a tab, the last changed ones first."""

    default_ordering = "-team_updated_at"
    filterset_class = TicketFilterSet
    any_permission_required = ["view"]
    add_item_label = _("Open a ticket")
    template_name = "wagtail_portal/desk/inbox.html"
    results_template_name = "wagtail_portal/desk/inbox_results.html"
    #: Wagtail's script counts the selected rows.
    checkbox = BulkActionsCheckboxColumn("bulk_actions", obj_type="snippet")

    @cached_property
    def tab(self) -> tabs.Tab:
        """The tab that is shown."""
        key = self.kwargs.get("tab", tabs.ALL)
        if key not in tabs.TABS:
            raise Http404
        return tabs.TABS[key]

    @property
    def cache_keys(self) -> list[str]:
        """What the listing reads from the cache."""
        own = ("statuses", "ticket_fields", "customer_fields", "number_of_sites")
        return [*super().cache_keys, *map(rows_key, own)]

    def get(self, request, *args, **kwargs):
        response = super().get(request, *args, **kwargs)
        if request.COOKIES.get(tabs.COOKIE) != self.tab.key:
            tabs.remember(response, request, self.tab)
        return response

    def get_index_url(self):
        return tabs.tab_url(self.tab.key)

    def get_index_results_url(self):
        return tabs.tab_url(self.tab.key, results=True)

    @cached_property
    def statuses(self) -> list[Status]:
        """All of them: there are few."""
        return Status.cached()

    @cached_property
    def ticket_fields(self) -> list[TicketField]:
        """The ticket fields in use, with their choices."""
        return [field for field in TicketField.cached() if not field.archived]

    @cached_property
    def all_fields(self) -> list[TicketField | CustomerField]:
        """The fields in use that the agent may see, with their choices: of tickets, organizations
        and members."""
        return [*self.ticket_fields, *customer_fields_for_team(self.request.user)]

    @cached_property
    def registered_columns(self) -> list[RegisteredColumn]:
        """The columns that the agent chose for this saved view, or for the listing."""
        view = self.current_view
        chosen = shown_columns(
            self.all_fields, view.columns if view else [], self.preferences.columns
        )
        return [RegisteredColumn(column) for column in chosen]

    @cached_property
    def current_view(self) -> SavedFilter | None:
        """The saved view that is shown."""
        return (
            self.view_of(view_query(self.tab.key, self.saved_query)) if self.saved_query else None
        )

    @cached_property
    def bulk_actions(self) -> list[dict]:
        """What the user can do to several tickets at once."""
        return offered(self.request.user)

    @cached_property
    def columns(self):
        # One time is enough: how long a ticket has been waiting, where all of them are.
        time, label = "team_updated_at", _("Last updated")
        if self.tab.is_open:
            time, label = "waiting_since", _("Waiting since")
        return [
            *([self.checkbox] if self.bulk_actions else []),
            self._get_title_column("__str__", TicketColumn, label=_("Ticket"), sort_key="number"),
            *self.registered_columns,
            TimeColumn(time, label=label, sort_key=time, classname=WIDE),
        ]

    def get_valid_orderings(self):
        # Saved views may have the order of a column that this tab doesn't show.
        return [*super().get_valid_orderings(), "team_updated_at", "-team_updated_at"]

    def _get_title_column(self, field_name, *args, label=None, sort_key=None, **kwargs):
        # Wagtail takes label and order of a title from one field; ours has two.
        column = super()._get_title_column(field_name, *args, **kwargs)
        column.label, column.sort_key = label, sort_key
        return column

    def get_base_queryset(self):
        tickets = super().get_base_queryset()
        if selected := self.request.GET.get("selected"):
            tickets = tickets.filter(pk__in=[parse_pk(key) for key in selected.split(",")])
        return tickets.filter(tabs.condition(self.tab, self.request.user, self.statuses))

    def with_columns(self, tickets):
        """Return ``tickets`` with everything that the listing shows of them."""
        shown = [column.column for column in self.registered_columns]
        deferred = ["answers", "organization__notes", "requester__notes"]
        if not (self.is_export or any(column.reads_values for column in shown)):
            deferred.append("values")
        related = {name for column in shown for name in column.related}
        return (
            with_last_text(with_read_until(tickets, self.request.user))
            # Read with the tickets: one with a newer message is counted as new.
            .annotate(newest_of_all=Subquery(Message.objects.order_by("-pk").values("pk")[:1]))
            .select_related("status", "organization", "requester__user", "last_reply")
            .select_related("assignee", "group", "snooze", *related)
            .defer(*deferred)
        )

    def order_queryset(self, queryset):
        # The tie-breaker is part of the index that serves the order.
        tie = "-id" if self.ordering.startswith("-") else "id"
        return queryset.order_by(self.ordering, tie)

    def search_queryset(self, queryset):
        if not self.is_searching:
            return queryset
        self.unsearched = queryset.filter(self.search.condition)
        query = self.search.query
        if self.is_export:
            query = corrected_query(self.unsearched, query, notes=True)
        return backend().find(self.unsearched, query, notes=True)

    def exact_matches(self, queryset):
        """Return the tickets of the queryset that the search finds as it was entered."""
        if not self.is_searching:
            return queryset
        return backend().find(queryset.filter(self.search.condition), self.search.query, notes=True)

    @cached_property
    def search(self) -> InboxSearch:
        """What the agent searches for."""
        known = {"fields": self.ticket_fields, "statuses": self.statuses}
        return InboxSearch(self.request.user, self.search_query, **known)

    def get_filterset_kwargs(self):
        columns = inbox_columns([*map(field_column, self.all_fields)])
        own = {"statuses": self.statuses, "columns": columns}
        return {**super().get_filterset_kwargs(), **own}

    def paginate_queryset(self, queryset, page_size):
        found = super().paginate_queryset(queryset, page_size)
        if self.is_searching and not self.is_export and not found[0].count:
            # Not before: a search for rare words takes as long to tell that it finds any.
            search, query = backend(), self.search.query
            corrected = query and search.correct(self.unsearched, query, notes=True)
            if corrected:
                self.search.query = corrected
                similar = search.find(self.unsearched, corrected, notes=True)
                found = super().paginate_queryset(similar, page_size)
        paginator, page, rows, more = found
        self.newest = max((ticket.newest_of_all for ticket in rows), default=0)
        for ticket in rows:
            ticket.is_unread = is_unread(ticket)
            if self.is_export:
                continue
            if ticket.last_reply:
                ticket.excerpt = last_excerpt(ticket)
            time = ticket.waiting_since if self.tab.is_open else None
            ticket.time_html = _time_html(time or ticket.team_updated_at)
            ticket.snooze_label = snooze_label(snooze_of(ticket))
        prepared = prepare_columns([shown.column for shown in self.registered_columns], rows)
        for shown, column in zip(self.registered_columns, prepared, strict=True):
            shown.column = column
        if self.is_searching and not self.is_export:
            self.search.show(rows)
        return paginator, page, rows, more

    def get_context_data(self, *args, **kwargs):
        context = super().get_context_data(*args, **kwargs)
        if self.is_export:
            return context
        context |= {
            "media": context["media"] + INBOX_MEDIA,
            "matches": tabs.Count(context["paginator"].count),
            "bulk_actions": self.bulk_actions,
            "tab": self.tab,
            "density": self.preferences.density,
            "ignored_filters": self.ignored_filters(),
            "is_corrected": self.is_searching and self.search.query.is_corrected,
            "saved_query": self.saved_query,
            "newest": self.newest,
        }
        if not self.results_only:
            context |= {"tabs": self.shown_tabs(), "saved_views": self.saved_views()}
            context["undo"] = undo_offer(self.request)
        return context

    def ignored_filters(self) -> list[str]:
        """Return why filters aren't applied, as in a saved view of a group that was deleted."""
        form = self.filters.form
        return [
            labelled(form.fields[name].label, " ".join(errors))
            for name, errors in form.errors.items()
        ]

    def shown_tabs(self) -> list[dict]:
        """Return the tabs with their URLs and the number of tickets in each."""
        policy, user = self.permission_policy, self.request.user
        visible = policy.instances_user_has_any_permission_for(user, ["view"])
        counts = tabs.count_tabs(visible, user, self.statuses)
        return [
            {
                "label": tab.label,
                "url": tabs.tab_url(tab.key),
                "count": counts[tab.key],
                "is_current": tab.key == self.tab.key,
            }
            for tab in tabs.TABS.values()
        ]

    def saved_views(self) -> list[dict]:
        """Return the agent's saved views and those that the team shares, with their URLs."""
        return [
            {
                "name": row.name,
                "url": view_url(row),
                "is_own": row.user_id == self.request.user.pk,
                "is_current": row == self.current_view,
                "is_pinned": cast(Any, row).is_pinned,
            }
            for row in self.known_views
        ]

    @cached_property
    def header_more_buttons(self):
        url = reverse("wagtail_portal_list")
        if self.current_view and self.current_view.user_id == self.request.user.pk:
            url += f"?view={self.current_view.pk}"
        button = Button(_("Columns and density"), url=url, icon_name="table", priority=40)
        return [*super().header_more_buttons, button]

    def ticket_url(self, pk: int) -> str:
        """Return the URL of a ticket of this list, which tells where it was opened from."""
        before, after = self._around_key
        return f"{before}{pk}{after}"

    @cached_property
    def _around_key(self) -> tuple[str, str]:
        """What comes before and after the primary key in each ticket's URL."""
        before, _zero, after = desk_url("edit", 0).rpartition("0")
        query = view_query(self.tab.key, self.saved_query)
        return before, f"{after}?{urlencode({PARAMETER: query})}"

    @cached_property
    def saved_query(self) -> str:
        """The query string with filters, search and order, as a saved view has it."""
        params = self.request.GET.copy()
        for name, values in list(params.lists()):
            if name in NOT_SAVED or not any(values):
                del params[name]
            else:
                params.setlist(name, [value for value in values if value])
        return params.urlencode()

    def get_edit_url(self, instance):
        return self.ticket_url(instance.pk)

    def get_add_url(self):
        # Wagtail's form for adding knows no requester.
        return desk_url("open") if self.user_has_permission("add") else None

    def get_list_more_buttons(self, instance):
        # The title is the link to the ticket; a menu would only repeat it.
        return []


def _time_html(time) -> SafeString:
    """Return what Wagtail's tag for times renders."""
    return render_to_string(
        "wagtailadmin/shared/human_readable_date.html", human_readable_date(time)
    )


def view_query(tab: str, query: str) -> str:
    """Return a tab and a query string as a saved view stores them."""
    return f"tab={tab}&{query}" if query else f"tab={tab}"


def view_url(saved: SavedFilter) -> str:
    """Return the URL of a saved view; all tickets if its tab doesn't exist any more."""
    params = QueryDict(saved.query, mutable=True)
    tab = (params.pop("tab", None) or [tabs.ALL])[-1]
    url = tabs.tab_url(tab if tab in tabs.TABS else tabs.ALL)
    return f"{url}?{params.urlencode()}" if params else url
