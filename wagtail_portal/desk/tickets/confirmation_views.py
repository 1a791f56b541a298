"""Changes that have to be confirmed on a page that says what will happen."""

from dataclasses import dataclass

from django.shortcuts import redirect
from django.utils.translation import ngettext
from wagtail.admin import messages

from wagtail_portal.exceptions import Invalid, Locked
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import tickets_for_team
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.typing import StrOrPromise

from .detail_view import DESK_MEDIA, TicketScreen
from .edit_views import LOCKED
from .urls import desk_url

#: How many search results are shown.
FOUND = 20
#: How many names are shown; the others are counted.
NAMES_SHOWN = 30


def names_of(members) -> list[str]:
    """Return the names of members, and how many more there are."""
    names = [member.name for member in members[:NAMES_SHOWN]]
    if more := len(members) - len(names):
        names.append(ngettext("%(number)d other", "%(number)d others", more) % {"number": more})
    return names


@dataclass(frozen=True)
class Choice:
    """A search result that can be chosen."""

    pk: int
    label: str
    details: str


class ConfirmationView(TicketScreen):
    """A page in two steps: the agent searches for something and chooses it; then the page says
    what will happen, and has a button for it."""

    permission_required = "change"
    template_name = "wagtail_portal/desk/confirm_change.html"
    #: The name of the view, of the URL parameter with the primary key of what was chosen, and of
    #: the action.
    name = parameter = action = ""
    search_label: StrOrPromise = ""
    button_label: StrOrPromise = ""

    def get(self, request, *args, **kwargs):
        if self.actor.is_locked_out(self.action, self.object):
            return self.refuse_locked()
        return self.render_step(self.find(pk_in(request.GET, self.parameter)))

    def post(self, request, *args, **kwargs):
        chosen = self.find(pk_in(request.POST, self.parameter))
        if chosen is None:
            return redirect(self.url(self.name))
        return self.confirm(chosen)

    def confirm(self, chosen):
        """Perform the action and redirect, or show why it can't be done."""
        # What comes next is decided before the ticket leaves the list.
        suffix = self.queue.suffix if self.queue else ""
        try:
            ticket = self.perform(chosen)
        except Invalid as error:
            return self.render_step(chosen, error.errors.values())
        except Locked:
            return self.refuse_locked()
        # The agent may no longer see the ticket.
        if not tickets_for_team(self.request.user).filter(pk=ticket.pk).exists():
            return redirect(desk_url("list"))
        return redirect(desk_url("edit", ticket.pk) + suffix)

    def refuse_locked(self):
        """Say that the ticket is locked."""
        messages.error(self.request, LOCKED)
        return redirect(self.url("edit"))

    def render_step(self, chosen, errors=(), **context):
        """Render the page, with what was chosen if anything was."""
        typed = self.request.GET.get("q", "")
        # Skips the screen's own context, which would load the conversation.
        context = super(TicketScreen, self).get_context_data(
            ticket=self.object,
            step=self,
            step_url=self.url(self.name),
            screen_url=self.url("edit"),
            media=DESK_MEDIA,
            chosen=chosen,
            choices=[] if chosen else self.search(typed),
            effects=self.effects(chosen) if chosen else [],
            typed=typed,
            errors=errors,
            **context,
        )
        return self.render_to_response(context)

    header_more_buttons = ()

    def get_breadcrumbs_items(self):
        *others, ticket = super().get_breadcrumbs_items()
        ticket["url"] = self.url("edit")
        return [*others, ticket, {"url": "", "label": self.page_title}]

    def find(self, pk):
        """Return what was chosen; None unless the agent can choose it."""
        raise NotImplementedError

    def search(self, typed: str) -> list[Choice]:
        """Return what can be chosen."""
        raise NotImplementedError

    def effects(self, chosen) -> list[dict]:
        """Return what will happen, as sentences in ``text``, some with a list of ``names``. If the
        first one has ``is_refusal``, it can't be done."""
        raise NotImplementedError

    def perform(self, chosen) -> Ticket:
        """Call the action, show a message, and return the ticket to redirect to."""
        raise NotImplementedError
