"""Bulk actions of the inbox, for the tickets that are checked or for all that the listing shows.

Wagtail's own bulk actions don't check permissions, and take "all" for every row of the table. These
read the listing as it's shown, with its filters, tab, search and the user's limits, and leave
the changes to the actions.
"""

from urllib.parse import urlencode, urlsplit

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import Resolver404, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.views.bulk_action import BulkAction

from wagtail_portal import actions, conf
from wagtail_portal.desk.tasks import continue_soon, run_bulk_change
from wagtail_portal.desk.views import add_errors
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import State, Status, Ticket
from wagtail_portal.permissions import Actor, Verb, tickets_for_team
from wagtail_portal.utils.humanize import labelled
from wagtail_portal.utils.paths import resolve_path
from wagtail_portal.utils.query_params import parse_moment, parse_pk
from wagtail_portal.utils.strict import refuse_overflow
from wagtail_portal.utils.typing import StrOrPromise

from . import tabs
from .bulk_forms import AssignManyForm, FieldForm, FormatForm, StatusManyForm, fields_to_set
from .queue import listed_tickets
from .sent import offer_undo
from .urls import NAMESPACE

#: Up to this many tickets are changed in the request; more are left to a task.
AT_ONCE = 10
#: How many tickets are named on the confirmation page.
NAMED = 10


@method_decorator(refuse_overflow, "dispatch")
class TicketBulkAction(PermissionRequiredMixin, BulkAction):
    """Asks what to change, shows the tickets, and begins the bulk change."""

    models = [Ticket]
    template_name = "wagtail_portal/desk/bulk.html"
    #: The permission that the user needs.
    permission_required = Verb.CHANGE
    #: The title of the page.
    heading: StrOrPromise = ""
    #: What the button on it says; by default the same as the one below the listing.
    button: StrOrPromise = ""

    @cached_property
    def actor(self) -> Actor:
        """The agent who changes the tickets."""
        return Actor.for_agent(self.request.user)

    @cached_property
    def is_all(self) -> bool:
        """Whether everything in the listing is to be changed."""
        return "all" in self.request.GET.getlist("id")

    @cached_property
    def tickets(self):
        """The tickets to change, all of which the user may see."""
        if not self.is_all:
            keys = [parse_pk(key) for key in self.request.GET.getlist("id")]
            return tickets_for_team(self.request.user).filter(pk__in=keys)
        # Not those that arrived after the agent saw how many there are.
        return self.listing.filter(opened_at__lte=self.asked_at)

    @property
    def listing(self):
        """The rows of the listing that the agent came from, on all of its pages."""
        return listed_tickets(self.request, self.tab)

    @cached_property
    def tab(self) -> str:
        """The tab that the agent came from."""
        try:
            found = resolve_path(urlsplit(self.next_url).path)
        except Resolver404:
            return tabs.ALL
        of_tickets = NAMESPACE in found.namespaces or found.namespace == NAMESPACE
        return found.kwargs.get("tab", tabs.ALL) if of_tickets else tabs.ALL

    @cached_property
    def asked_at(self):
        """When the confirmation page was shown."""
        asked_at, now = parse_moment(self.request.POST.get("asked_at", "")), timezone.now()
        return min(asked_at, now) if asked_at else now

    @cached_property
    def keys(self) -> list[int]:
        """The primary keys of the tickets, at most one more than allowed."""
        found = self.tickets.order_by("pk").values_list("pk", flat=True)
        return list(found[: conf.BULK_MAX_TICKETS + 1])

    def get_context_data(self, **kwargs):
        # Wagtail's method would load all the tickets.
        context = super(BulkAction, self).get_context_data(**kwargs)
        named = list(self.tickets.order_by("pk").defer("values", "answers")[:NAMED])
        limit = conf.BULK_MAX_TICKETS
        return {
            **context,
            "heading": self.heading,
            "button": self.button or self.display_name,
            "named": named,
            "count": min(len(self.keys), limit),
            "others": max(min(len(self.keys), limit) - len(named), 0),
            "too_many": len(self.keys) > limit,
            "asked_at": self.asked_at.isoformat(),
            "next": self.next_url,
            "submit_url": f"{self.request.path}?{self.request.META['QUERY_STRING']}",
        }

    def url_with(self, name: str, value) -> str:
        """Return the URL of this page with another parameter, for a choice on it."""
        params = self.request.GET.copy()
        params[name] = value
        return f"{self.request.path}?{params.urlencode()}"

    def has_chosen(self, form) -> bool:
        """Return whether the agent has chosen what the form is about. Until then, there's nothing
        to change."""
        return True

    def form_valid(self, form):
        if not self.has_chosen(form):
            return self.form_invalid(form)
        arguments = form.arguments() if hasattr(form, "arguments") else {}
        try:
            bulk_change = actions.begin_bulk_change(
                by=self.actor, verb=self.action_type, tickets=self.keys, arguments=arguments
            )
        except Invalid as error:
            add_errors(form, error)
            return self.form_invalid(form)
        if progress := run(self.request, bulk_change):
            return progress
        # Not a shortcut, which would take a word for the name of a view.
        response = HttpResponseRedirect(self.next_url)
        return offer_undo(response, self.request, conf.UNDO_BULK_SECONDS)


def run(request, bulk_change):
    """Make a change of few tickets at once and show the result, and return None; leave more to a
    task, and return a redirect to the page with its progress."""
    if bulk_change.total > AT_ONCE:
        continue_soon(run_bulk_change, bulk_change)
        return redirect(reverse("wagtail_portal_bulk", args=[bulk_change.pk]))
    actions.continue_bulk_change(bulk_change)
    show_result(request, bulk_change)
    return None


def show_result(request, bulk_change) -> None:
    """Show which tickets were changed, and which couldn't be."""
    if changed := bulk_change.done:
        message = ngettext("%(count)d ticket updated.", "%(count)d tickets updated.", changed)
        if bulk_change.verb == "undo":
            message = ngettext(
                "Undone for %(count)d ticket.", "Undone for %(count)d tickets.", changed
            )
        messages.success(request, message % {"count": changed})
    for number, problem in bulk_change.problems:
        messages.error(request, labelled(f"#{number}", problem) if number else problem)
    if not bulk_change.total:
        messages.warning(request, gettext("No tickets were changed."))


class AssignBulkAction(TicketBulkAction):
    display_name = _("Assign")
    aria_label = _("Assign selected tickets")
    action_type = "assign"
    permission_required = Verb.ASSIGN
    heading = _("Assign tickets")
    form_class = AssignManyForm

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "user": self.request.user}


class StatusBulkAction(TicketBulkAction):
    display_name = _("Set status")
    aria_label = _("Set the status of selected tickets")
    action_type = "status"
    heading = _("Set the status of tickets")
    form_class = StatusManyForm


class FieldBulkAction(TicketBulkAction):
    """Sets a field in two steps: which field, then which value."""

    display_name = _("Set field")
    aria_label = _("Set a field of selected tickets")
    action_type = "field"
    heading = _("Set a field of tickets")
    form_class = FieldForm

    @cached_property
    def choices(self) -> dict:
        """The fields that can be set, by key."""
        return fields_to_set()

    def get_form_kwargs(self):
        chosen = self.request.GET.get("field", "")
        return {**super().get_form_kwargs(), "choices": self.choices, "chosen": chosen}

    def has_chosen(self, form):
        return bool(form.key)

    def get_context_data(self, **kwargs):
        links = [
            {"label": label, "url": self.url_with("field", key)}
            for key, label in self.choices.items()
        ]
        return {**super().get_context_data(**kwargs), "fields": links}


class CloseBulkAction(TicketBulkAction):
    display_name = pgettext_lazy("tickets", "Close")
    aria_label = _("Close selected tickets")
    action_type = "close"
    heading = _("Close tickets")

    def get_context_data(self, **kwargs):
        closed = Status.objects.first_of(State.CLOSED)
        note = (
            gettext("They’ll get the status “%(status)s”.") % {"status": closed} if closed else ""
        )
        return {**super().get_context_data(**kwargs), "note": note}


class ExportBulkAction(TicketBulkAction):
    """Redirects to the listing's export, which checks the permission again."""

    display_name = _("Export")
    aria_label = _("Export selected tickets")
    action_type = "export"
    permission_required = Verb.EXPORT
    heading = _("Export tickets")
    form_class = FormatForm

    def form_valid(self, form):
        query = {"export": form.cleaned_data["format"]}
        if not self.is_all:
            query["selected"] = ",".join(map(str, self.keys))
            return redirect(f"{tabs.tab_url(tabs.ALL)}?{urlencode(query)}")
        params = self.request.GET.copy()
        for name in ("id", "next"):
            params.pop(name, None)
        params["export"] = query["export"]
        tab = self.tab if self.tab in tabs.TABS else tabs.ALL
        return redirect(f"{tabs.tab_url(tab)}?{params.urlencode()}")
