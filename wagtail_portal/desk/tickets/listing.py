"""The inbox: the listing of tickets, in tabs."""

from django.db.models import Q, Subquery, Value
from django.forms import Media, Script
from django.http import Http404, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn, Column, DateColumn, TitleColumn

from wagtail_portal.columns import TicketFieldColumn, columns, prepare_columns
from wagtail_portal.desk.views import IndexView, user_fields
from wagtail_portal.models import (
    Member,
    Message,
    Organization,
    SavedFilter,
    Status,
    TicketField,
    is_unread,
    with_read_until,
)
from wagtail_portal.search import Query, backend, find_or_correct
from wagtail_portal.utils.query_params import parse_pk

from . import tabs
from .bulk import offered
from .export import TicketExportMixin
from .filters import TicketFilterSet
from .urls import desk_url

#: Tickets that are counted for the number of pages.
COUNT_LIMIT = 10_000

#: Organizations and people that are found by name.
NAMES = 400

INBOX_MEDIA = Media(
    css={"all": ["wagtail_portal/desk/desk.css", "wagtail_portal/desk/inbox.css"]},
    js=[Script("wagtail_portal/desk/inbox.js", type="module")],
)

#: Parameters of a URL that say nothing about which tickets are listed.
NOT_SAVED = ("p", "export", "_w_filter_fragment", "next", "id", "selected")

#: Columns that are hidden on a phone.
WIDE = "portal-wide"

#: These come before the ticket fields, all others after them.
FIRST = ("requester", "status", "urgency")


class TicketColumn(TitleColumn):
    """Number and subject, marked when unread."""

    cell_template_name = "wagtail_portal/desk/ticket_cell.html"


class RegisteredColumn(Column):
    """A :class:`wagtail_portal.columns.Column` in a table of the Wagtail admin."""

    def __init__(self, column):
        classname = None if column.key == "status" else WIDE
        super().__init__(column.param, label=column.label, classname=classname)
        self.column = column

    def get_value(self, instance):
        return self.column.list_html(instance)


def inbox_columns(ticket_fields: list) -> list:
    """Return the columns of the listing, as the team sees them.

    :param ticket_fields: columns of ticket fields.
    """
    registered = {key: row.for_team() for key, row in columns().items() if row.in_inbox}
    first = [registered.pop(key) for key in FIRST]
    return [*first, *ticket_fields, *registered.values()]


class TicketPaginator(WagtailPaginator):
    """Counts at most ``COUNT_LIMIT`` rows."""

    @cached_property
    def count(self):
        # Without the columns that are only displayed.
        return self.object_list.order_by().values("pk")[:COUNT_LIMIT].count()


def _named(typed: str) -> Q:
    """Return the condition for tickets of organizations and people with that name.

    They are few and looked up first, so that an index of the tickets can be used.
    """
    people = Q()
    for field in user_fields():
        people |= Q(**{f"{field}__icontains": typed})
    matches = [
        model.objects.filter(query).annotate(kind=Value(kind)).order_by().values_list("kind", "pk")
        for kind, model, query in (
            ("organization", Organization, Q(name__icontains=typed)),
            ("requester", Member, people),
        )
    ]
    keys = {"organization": [], "requester": []}
    for kind, pk in matches[0].union(matches[1], all=True).order_by()[:NAMES]:
        keys[kind].append(pk)
    return Q(organization__in=keys["organization"]) | Q(requester__in=keys["requester"])


class TicketIndexView(TicketExportMixin, IndexView):
    """Lists the tickets of a tab, the last changed ones first."""

    default_ordering = "-team_updated_at"
    #: Whether the tickets contain similar words, because none match the search exactly.
    is_corrected = False
    paginator_class = TicketPaginator
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

    def get_index_url(self):
        return tabs.tab_url(self.tab.key)

    def get_index_results_url(self):
        return tabs.tab_url(self.tab.key, results=True)

    @cached_property
    def statuses(self) -> list[Status]:
        """All of them: there are few."""
        return list(Status.objects.all())

    @cached_property
    def ticket_fields(self) -> list[TicketField]:
        """The ticket fields in use, with their choices."""
        return list(TicketField.objects.filter(archived=False).prefetch_related("choices"))

    @cached_property
    def registered_columns(self) -> list[RegisteredColumn]:
        """The columns of the registry, and of the ticket fields that the team chose to see."""
        shown = [TicketFieldColumn(field) for field in self.ticket_fields if field.in_inbox]
        return [RegisteredColumn(column) for column in inbox_columns(shown)]

    @cached_property
    def bulk_actions(self) -> list[dict]:
        """What the user can do to several tickets at once."""
        return offered(self.request.user)

    @cached_property
    def columns(self):
        # An index serves this order only where every ticket is waiting.
        waiting = "waiting_since" if self.tab.is_open else None
        return [
            *([self.checkbox] if self.bulk_actions else []),
            self._get_title_column("__str__", TicketColumn, label=_("Ticket"), sort_key="number"),
            *self.registered_columns,
            DateColumn("waiting_since", label=_("Waiting since"), sort_key=waiting, classname=WIDE),
            DateColumn(
                "team_updated_at",
                label=_("Last updated"),
                sort_key="team_updated_at",
                classname=WIDE,
            ),
        ]

    def _get_title_column(self, field_name, *args, label=None, sort_key=None, **kwargs):
        # Wagtail takes label and order of a title from one field; ours has two.
        column = super()._get_title_column(field_name, *args, **kwargs)
        column.label, column.sort_key = label, sort_key
        return column

    def get_base_queryset(self):
        shown = [column.column for column in self.registered_columns]
        deferred = ["answers", "last_reply__body", "last_reply__rendered"]
        if not (self.is_export or any(column.reads_values for column in shown)):
            deferred.append("values")
        related = {name for column in shown for name in column.related}
        tickets = super().get_base_queryset()
        if selected := self.request.GET.get("selected"):
            tickets = tickets.filter(pk__in=[parse_pk(key) for key in selected.split(",")])
        tickets = with_read_until(tickets, self.request.user)
        return (
            tickets.filter(tabs.condition(self.tab, self.request.user, self.statuses))
            .select_related("status", "organization", "requester__user", "last_reply")
            .select_related("assignee", "group", *related)
            .defer(*deferred)
        )

    def order_queryset(self, queryset):
        # The tie-breaker is part of the index that serves the order.
        tie = "-id" if self.ordering.startswith("-") else "id"
        return queryset.order_by(self.ordering, tie)

    def search_queryset(self, queryset):
        if not self.is_searching:
            return queryset
        also = _named(self.search_query)
        found, query = find_or_correct(queryset, self.query, notes=True, also=also)
        self.is_corrected = query.is_corrected
        return found

    def exact_matches(self, queryset):
        """Return the tickets of the queryset that the search finds as it was entered."""
        if not self.is_searching:
            return queryset
        condition = _named(self.search_query)
        if self.query:
            condition |= backend().condition(queryset, self.query, notes=True)
        return queryset.filter(condition)

    @cached_property
    def query(self) -> Query:
        """What the agent searches for, in everything that the team can see."""
        return Query.parse(self.search_query, self.ticket_fields)

    def get_filterset_kwargs(self):
        ticket_fields = [TicketFieldColumn(field) for field in self.ticket_fields]
        own = {"statuses": self.statuses, "columns": inbox_columns(ticket_fields)}
        return {**super().get_filterset_kwargs(), **own}

    def paginate_queryset(self, queryset, page_size):
        # Read with the tickets: one with a newer message is counted as new.
        newest = Subquery(Message.objects.order_by("-pk").values("pk")[:1])
        queryset = queryset.annotate(newest_of_all=newest)
        paginator, page, rows, more = super().paginate_queryset(queryset, page_size)
        rows = page.object_list = list(rows)
        self.newest = max((ticket.newest_of_all for ticket in rows), default=0)
        for ticket in rows:
            ticket.is_unread = is_unread(ticket)
        prepared = prepare_columns([shown.column for shown in self.registered_columns], rows)
        for shown, column in zip(self.registered_columns, prepared, strict=True):
            shown.column = column
        return paginator, page, rows, more

    def get_context_data(self, *args, **kwargs):
        context = super().get_context_data(*args, **kwargs)
        if self.is_export:
            return context
        context |= {
            "media": context["media"] + INBOX_MEDIA,
            "matches": tabs.format_count(context["paginator"].count),
            "bulk_actions": self.bulk_actions,
            "tab": self.tab,
            "is_corrected": self.is_corrected,
            "saved_query": self.saved_query,
            "newest": self.newest,
        }
        if not self.results_only:
            context |= {"tabs": self.shown_tabs(), "saved_views": self.saved_views()}
        return context

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
        here = view_query(self.tab.key, self.saved_query)
        return [
            {
                "name": row.name,
                "url": view_url(row),
                "is_own": row.user_id == self.request.user.pk,
                "is_current": row.query == here,
            }
            for row in SavedFilter.objects.visible_to_agent(self.request.user)
        ]

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
        return desk_url("edit", instance.pk)

    def get_add_url(self):
        # Wagtail's form for adding knows no requester.
        return desk_url("open") if self.user_has_permission("add") else None

    def get_list_more_buttons(self, instance):
        # The title is the link to the ticket; a menu would only repeat it.
        return []


def view_query(tab: str, query: str) -> str:
    """Return a tab and a query string as a saved view stores them."""
    return f"tab={tab}&{query}" if query else f"tab={tab}"


def view_url(saved: SavedFilter) -> str:
    """Return the URL of a saved view; all tickets if its tab doesn't exist any more."""
    params = QueryDict(saved.query, mutable=True)
    tab = (params.pop("tab", None) or [tabs.ALL])[-1]
    url = tabs.tab_url(tab if tab in tabs.TABS else tabs.ALL)
    return f"{url}?{params.urlencode()}" if params else url
