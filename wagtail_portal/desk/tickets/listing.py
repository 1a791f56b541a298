"""The inbox: the listing of tickets, in tabs."""

from django.db.models import Q, Value
from django.forms import Media, Script
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn, Column, DateColumn

from wagtail_portal.desk.people import user_fields
from wagtail_portal.desk.views import IndexView
from wagtail_portal.models import (
    Member,
    Organization,
    SavedView,
    Status,
    TicketField,
    is_unread,
    with_read_until,
)
from wagtail_portal.search import Query, backend

from . import tabs
from .columns import (
    WIDE,
    RequesterColumn,
    StatusColumn,
    TicketColumn,
    TicketFieldColumn,
    assignee_name,
)
from .export import TicketExportMixin
from .filters import TicketFilterSet
from .urls import address

#: No page counts further than this; a filter or a search leads on.
COUNT_LIMIT = 10_000

#: So many organizations and people are found by a name.
NAMES = 400

INBOX_MEDIA = Media(
    css={"all": ["wagtail_portal/desk/inbox.css"]},
    js=[Script("wagtail_portal/desk/inbox.js", type="module")],
)

#: Parameters of an address that say how rows are shown, and not which.
NOT_KEPT = ("p", "export", "_w_filter_fragment", "next", "id", "selected")


class TicketPaginator(WagtailPaginator):
    """Counts no more than ``COUNT_LIMIT`` rows, for the number of pages."""

    @cached_property
    def count(self):
        # Without what is only shown.
        return self.object_list.order_by().values("pk")[:COUNT_LIMIT].count()


def _named(typed) -> Q:
    """Tickets of organizations and of people of that name: few, and looked up first, so that an
    index of the tickets serves them."""
    people = Q()
    for field in user_fields():
        people |= Q(**{f"{field}__icontains": typed})
    found = [
        model.objects.filter(query).annotate(kind=Value(kind)).order_by().values_list("kind", "pk")
        for kind, model, query in (
            ("organization", Organization, Q(name__icontains=typed)),
            ("requester", Member, people),
        )
    ]
    keys = {"organization": [], "requester": []}
    for kind, pk in found[0].union(found[1], all=True).order_by()[:NAMES]:
        keys[kind].append(pk)
    return Q(organization__in=keys["organization"]) | Q(requester__in=keys["requester"])


class TicketIndexView(TicketExportMixin, IndexView):
    """Newest change first; what a row shows is loaded with it."""

    default_ordering = "-team_updated_at"
    paginator_class = TicketPaginator
    filterset_class = TicketFilterSet
    any_permission_required = ["view"]
    add_item_label = _("Open a ticket")
    template_name = "wagtail_portal/desk/inbox.html"
    results_template_name = "wagtail_portal/desk/inbox_results.html"
    #: Wagtail's script counts what is checked.
    checkbox = BulkActionsCheckboxColumn("bulk_actions", obj_type="snippet")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.loaded_at = timezone.now()

    @cached_property
    def tab(self) -> tabs.Tab:
        """The part of the tickets that is shown."""
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
    def field_columns(self) -> list[TicketFieldColumn]:
        """The ticket fields that the team wants to see."""
        chosen = [field for field in self.ticket_fields if field.in_inbox]
        return [TicketFieldColumn(field, classname=WIDE) for field in chosen]

    @cached_property
    def bulk_actions(self) -> list[dict]:
        """What the user may do to many tickets."""
        from .bulk import offered  # it reads this listing

        return offered(self.request.user)

    @cached_property
    def columns(self):
        # Only where all rows wait since some moment is there an order by it that an index serves.
        waiting = "waiting_since" if self.tab.is_open else None
        return [
            *([self.checkbox] if self.bulk_actions else []),
            self._get_title_column("__str__", TicketColumn, label=_("Ticket"), sort_key="number"),
            RequesterColumn("requester", label=_("Requester"), classname=WIDE),
            StatusColumn("status", label=_("Status")),
            Column("urgency", label=_("Urgency"), accessor="get_urgency_display", classname=WIDE),
            *self.field_columns,
            Column("assignee", label=_("Assigned to"), accessor=assignee_name, classname=WIDE),
            DateColumn("waiting_since", label=_("Waiting since"), sort_key=waiting, classname=WIDE),
            DateColumn(
                "team_updated_at",
                label=_("Last change"),
                sort_key="team_updated_at",
                classname=WIDE,
            ),
        ]

    def _get_title_column(self, field_name, *args, label=None, sort_key=None, **kwargs):
        # Wagtail derives label and order of a title from a field; ours is made of two.
        column = super()._get_title_column(field_name, *args, **kwargs)
        column.label, column.sort_key = label, sort_key
        return column

    def get_base_queryset(self):
        hidden = ["answers", "last_reply__body"]
        if not (self.field_columns or self.is_export):
            hidden.append("values")
        found = super().get_base_queryset()
        if selected := self.request.GET.get("selected"):
            keys = [key for key in selected.split(",") if key.isdecimal() and len(key) < 19]
            found = found.filter(pk__in=keys)
        found = with_read_until(found, self.request.user)
        return (
            found.filter(tabs.condition(self.tab, self.request.user, self.statuses))
            .select_related("status", "organization", "requester__user", "last_reply")
            .select_related("assignee", "group")
            .defer(*hidden)
        )

    def order_queryset(self, queryset):
        # The tie-breaker is part of the index that serves the order.
        tie = "-id" if self.ordering.startswith("-") else "id"
        return queryset.order_by(self.ordering, tie)

    def search_queryset(self, queryset):
        if not self.is_searching:
            return queryset
        typed = self.search_query
        query = Query.parse(typed)
        found = _named(typed)
        if query:
            found |= backend().condition(queryset, query, notes=True)
        return queryset.filter(found)

    def get_filterset_kwargs(self):
        own = {"statuses": self.statuses, "ticket_fields": self.ticket_fields}
        return {**super().get_filterset_kwargs(), **own}

    def paginate_queryset(self, queryset, page_size):
        paginator, page, rows, more = super().paginate_queryset(queryset, page_size)
        rows = page.object_list = list(rows)
        for ticket in rows:
            ticket.is_unread = is_unread(ticket)
        for column in self.field_columns:
            column.prepare(rows)
        return paginator, page, rows, more

    def get_context_data(self, *args, **kwargs):
        context = super().get_context_data(*args, **kwargs)
        if self.is_export:
            return context
        context |= {
            "media": context["media"] + INBOX_MEDIA,
            "matches": tabs.shown(context["paginator"].count),
            "bulk_actions": self.bulk_actions,
            "tab": self.tab,
            "kept_query": self.kept_query,
            "loaded_at": self.loaded_at.isoformat(),
        }
        if not self.results_only:
            context |= {"tabs": self.shown_tabs(), "saved_views": self.saved_views()}
        return context

    def shown_tabs(self) -> list[dict]:
        """The tabs with their addresses and the number of tickets in each."""
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
        """One's own saved views and those of colleagues, each with its address."""
        rows = SavedView.objects.visible_to_agent(self.request.user)
        here = (self.tab.key, self.kept_query)
        return [
            {
                "name": row.name,
                "url": view_url(row),
                "is_own": row.user_id == self.request.user.pk,
                "is_current": (row.tab, row.query) == here,
            }
            for row in rows
        ]

    @cached_property
    def kept_query(self) -> str:
        """The filters, the search and the order, as parameters of an address."""
        return kept(self.request.GET)

    def get_edit_url(self, instance):
        return address("edit", instance.pk)

    def get_add_url(self):
        # Not Wagtail's form for adding: a ticket is opened for somebody.
        return address("open") if self.user_has_permission("add") else None

    def get_list_more_buttons(self, instance):
        # A click on the ticket opens it: no menu that repeats it on every row.
        return []


def kept(params: QueryDict) -> str:
    """Parameters of an address without those that say how rows are shown, and not which."""
    left = params.copy()
    for name in NOT_KEPT:
        left.pop(name, None)
    for name, values in list(left.lists()):
        if filled := [value for value in values if value]:
            left.setlist(name, filled)
        else:
            left.pop(name)
    return left.urlencode()


def view_url(saved: SavedView) -> str:
    """Where a saved view leads; to all tickets, if its tab is not there any more."""
    url = tabs.tab_url(saved.tab if saved.tab in tabs.TABS else tabs.ALL)
    return f"{url}?{saved.query}" if saved.query else url
