"""What can be done to many tickets: those that are checked, or all that the listing shows.

Wagtail's own bulk actions ask nobody's permission, and take "all" for every row of the table. These
read the listing as it is shown, filters, tab, search and limits of the user included, and leave
the doing to the actions.
"""

from functools import partial
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.views.bulk_action import BulkAction

from wagtail_portal import actions, conf
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import State, Status, Ticket
from wagtail_portal.permissions import Actor, Verb, tickets_for_team

from . import tabs
from .bulk_forms import AssignManyForm, FieldForm, FormatForm, StatusManyForm, fields_to_set
from .bulk_runs import run_bulk_change
from .urls import NAMESPACE

#: So many are changed at once, while one waits; more are left to a task.
AT_ONCE = 50
#: So many are named before one confirms.
NAMED = 10


class TicketBulkAction(BulkAction):
    """Asks for what there is to choose, says what it is about, and begins."""

    models = [Ticket]
    template_name = "wagtail_portal/desk/bulk.html"
    #: The name in ``actions.VERBS``, and the right that is needed.
    verb = ""
    right = Verb.CHANGE
    #: What the page and its button are called.
    heading = ""
    button = ""

    def dispatch(self, request, *args, **kwargs):
        if not self.actor.may(self.right):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def actor(self) -> Actor:
        """Who asks for it."""
        return Actor.for_agent(self.request.user)

    @cached_property
    def is_all(self) -> bool:
        """Whether it is about everything that the listing shows."""
        return "all" in self.request.GET.getlist("id")

    @cached_property
    def tickets(self):
        """The tickets that it is about, all of which the user may see."""
        if not self.is_all:
            keys = [key for key in self.request.GET.getlist("id") if key.isdecimal()]
            keys = [key for key in keys if len(key) < 19]
            return tickets_for_team(self.request.user).filter(pk__in=keys)
        # What came in since the number was shown was never meant.
        return self.listing.filter(opened_at__lte=self.asked_at)

    @property
    def listing(self):
        """The rows of the listing from which one came, from all of its pages."""
        shown = Ticket.snippet_viewset.index_view
        view = shown.view_class(**shown.view_initkwargs)
        view.setup(self.request, tab=self.tab)
        view.is_export = False
        return view.get_queryset()

    @cached_property
    def tab(self) -> str:
        """The tab from which one came."""
        try:
            found = resolve(urlsplit(self.next_url).path)
        except Resolver404:
            return tabs.ALL
        of_tickets = NAMESPACE in found.namespaces or found.namespace == NAMESPACE
        return found.kwargs.get("tab", tabs.ALL) if of_tickets else tabs.ALL

    @cached_property
    def asked_at(self):
        """When the page with the question was shown."""
        given = self.request.POST.get("asked_at", "")[:40]
        try:
            moment = parse_datetime(given)
        except ValueError:
            moment = None
        now = timezone.now()
        return min(moment, now) if moment and moment.tzinfo else now

    @cached_property
    def keys(self) -> list[int]:
        """Primary keys, one more than possible at most."""
        found = self.tickets.order_by("pk").values_list("pk", flat=True)
        return list(found[: conf.BULK_MAX_TICKETS + 1])

    def get_context_data(self, **kwargs):
        context = super(BulkAction, self).get_context_data(**kwargs)
        named = list(self.tickets.order_by("pk").defer("values", "answers")[:NAMED])
        limit = conf.BULK_MAX_TICKETS
        return {
            **context,
            "heading": self.heading,
            "button": self.button,
            "named": named,
            "count": min(len(self.keys), limit),
            "others": max(min(len(self.keys), limit) - len(named), 0),
            "too_many": len(self.keys) > limit,
            "asked_at": self.asked_at.isoformat(),
            "next": self.next_url,
            "submit_url": f"{self.request.path}?{self.request.META['QUERY_STRING']}",
        }

    def form_valid(self, form):
        arguments = form.arguments() if hasattr(form, "arguments") else {}
        try:
            with transaction.atomic():
                run = actions.begin_bulk_change(
                    by=self.actor, verb=self.verb, tickets=self.keys, arguments=arguments
                )
                if run.total > AT_ONCE:
                    transaction.on_commit(partial(run_bulk_change.enqueue, run.pk))
        except Invalid as error:
            for words in error.errors.values():
                form.add_error(None, words)
            return self.form_invalid(form)
        if run.total > AT_ONCE:
            return redirect(reverse("wagtail_portal_bulk", args=[run.pk]))
        actions.continue_bulk_change(run)
        self.say(run)
        return redirect(self.next_url)

    def say(self, run) -> None:
        """What became of it."""
        if run.changed:
            words = ngettext("%(count)d ticket: done.", "%(count)d tickets: done.", run.changed)
            messages.success(self.request, words % {"count": run.changed})
        for number, problem in run.problems:
            messages.error(self.request, f"#{number}: {problem}" if number else problem)
        if not run.total:
            messages.warning(self.request, gettext("There was no ticket to change."))


class AssignBulkAction(TicketBulkAction):
    display_name = _("Assign")
    aria_label = _("Assign selected tickets")
    action_type = "assign"
    action_priority = 10
    verb, right = "assign", Verb.ASSIGN
    heading, button = _("Assign tickets"), _("Assign")
    form_class = AssignManyForm


class StatusBulkAction(TicketBulkAction):
    display_name = _("Set status")
    aria_label = _("Set the status of selected tickets")
    action_type = "status"
    action_priority = 20
    verb = "status"
    heading, button = _("Set the status of tickets"), _("Set status")
    form_class = StatusManyForm


class FieldBulkAction(TicketBulkAction):
    """In two steps: which field, which value."""

    display_name = _("Set field")
    aria_label = _("Set a field of selected tickets")
    action_type = "field"
    action_priority = 30
    verb = "field"
    heading, button = _("Set a field of tickets"), _("Set field")
    form_class = FieldForm

    @cached_property
    def choices(self) -> dict:
        """The fields that can be set, by key."""
        return fields_to_set()

    def get_form_kwargs(self):
        chosen = self.request.GET.get("field", "")
        return {**super().get_form_kwargs(), "choices": self.choices, "chosen": chosen}

    def form_valid(self, form):
        # Without a field there is nothing to send.
        return super().form_valid(form) if form.key else self.form_invalid(form)

    def get_context_data(self, **kwargs):
        address = self.request.GET.copy()
        links = []
        for key, label in self.choices.items():
            address["field"] = key
            links.append({"label": label, "url": f"{self.request.path}?{address.urlencode()}"})
        return {**super().get_context_data(**kwargs), "fields": links}


class CloseBulkAction(TicketBulkAction):
    display_name = pgettext_lazy("tickets", "Close")
    aria_label = _("Close selected tickets")
    action_type = "close"
    action_priority = 40
    verb = "close"
    heading, button = _("Close tickets"), pgettext_lazy("tickets", "Close")

    def get_context_data(self, **kwargs):
        closed = Status.objects.first_of(State.CLOSED)
        note = gettext("They get the status “%(status)s”.") % {"status": closed} if closed else ""
        return {**super().get_context_data(**kwargs), "note": note}


class ExportBulkAction(TicketBulkAction):
    """Leads to the file of the listing, which asks for the right again."""

    display_name = _("Export")
    aria_label = _("Export selected tickets")
    action_type = "export"
    action_priority = 50
    right = Verb.EXPORT
    heading, button = _("Export tickets"), _("Export")
    form_class = FormatForm

    def form_valid(self, form):
        query = {"export": form.cleaned_data["format"]}
        if not self.is_all:
            query["selected"] = ",".join(map(str, self.keys))
            return redirect(f"{tabs.tab_url(tabs.ALL)}?{urlencode(query)}")
        address = self.request.GET.copy()
        for name in ("id", "next"):
            address.pop(name, None)
        address["export"] = query["export"]
        tab = self.tab if self.tab in tabs.TABS else tabs.ALL
        return redirect(f"{tabs.tab_url(tab)}?{address.urlencode()}")


BULK_ACTIONS = [
    AssignBulkAction,
    StatusBulkAction,
    FieldBulkAction,
    CloseBulkAction,
    ExportBulkAction,
]


def offered(user) -> list[dict]:
    """The buttons below the listing for those who have the rights."""
    actor = Actor.for_agent(user)
    meta = Ticket._meta
    return [
        {
            "label": action.display_name,
            "aria_label": action.aria_label,
            "url": reverse(
                "wagtail_bulk_action", args=[meta.app_label, meta.model_name, action.action_type]
            ),
        }
        for action in BULK_ACTIONS
        if actor.may(action.right)
    ]
