"""Changes that say first what they will do: something is chosen, then a page tells, then a button
does it."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from wagtail.admin import messages

from wagtail_portal.exceptions import Invalid, Locked, NotAllowed
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import tickets_for_team
from wagtail_portal.utils.query_params import pk_in

from .detail_view import DESK_MEDIA, TicketScreen
from .urls import address

FOUND = 20
#: So many names stand on the page; the others are counted.
NAMES_SHOWN = 30


def names_of(members) -> list[str]:
    """The members by name, and how many more there are."""
    named = [member.name for member in members[:NAMES_SHOWN]]
    if more := len(members) - len(named):
        words = ngettext("%(number)d other", "%(number)d others", more)
        named.append(words % {"number": more})
    return named


@dataclass(frozen=True)
class Choice:
    """Something to choose: its parameter in the address, and in words."""

    pk: int
    label: str
    more: str = ""


class ConfirmationView(TicketScreen):
    """A page of its own, in two steps: something is looked for and chosen; then the page says
    what will happen, and a button does it."""

    permission_required = "change"
    template_name = "wagtail_portal/desk/confirm_change.html"
    #: The name of the view, and of the parameter that holds what was chosen.
    name = ""
    parameter = ""
    title = search_label = button_label = ""

    def get(self, request, *args, **kwargs):
        return self.render_step(self.find(pk_in(request.GET, self.parameter)))

    def post(self, request, *args, **kwargs):
        chosen = self.find(pk_in(request.POST, self.parameter))
        if chosen is None:
            return redirect(self.url(self.name))
        try:
            ticket = self.act(chosen)
        except Invalid as error:
            return self.render_step(chosen, [str(words) for words in error.errors.values()])
        except Locked:
            messages.error(
                request, gettext("This ticket was merged into another ticket and is locked.")
            )
            return redirect(self.url("edit"))
        except NotAllowed as error:
            raise PermissionDenied from error
        # Moved out of what the agent may see.
        if not tickets_for_team(request.user).filter(pk=ticket.pk).exists():
            return redirect(address("list"))
        return redirect(address("edit", ticket.pk))

    def render_step(self, chosen, errors=()):
        """The page, with what was chosen if anything was."""
        typed = self.request.GET.get("q", "")
        return self.render_to_response(
            self.get_step_context(
                chosen=chosen,
                choices=[] if chosen else self.search(typed),
                effects=self.effects(chosen) if chosen else [],
                typed=typed,
                errors=errors,
            )
        )

    def get_step_context(self, **kwargs):
        """What the page shows."""
        # Past that of the screen, which would load the conversation.
        context = super(TicketScreen, self).get_context_data(**kwargs)
        return context | {
            "ticket": self.object,
            "step": self,
            "step_url": self.url(self.name),
            "screen_url": self.url("edit"),
            "media": DESK_MEDIA,
        }

    @property
    def header_more_buttons(self):
        return []

    def get_page_title(self):
        return self.title

    def get_breadcrumbs_items(self):
        *others, ticket = super().get_breadcrumbs_items()
        return [*others, {**ticket, "url": self.url("edit")}, {"url": "", "label": self.title}]

    def find(self, pk):
        """What was chosen; None for nothing that the agent may choose."""
        raise NotImplementedError

    def search(self, typed: str) -> list[Choice]:
        """What there is to choose."""
        raise NotImplementedError

    def effects(self, chosen) -> list[dict]:
        """What will happen: sentences in ``words``, each perhaps with ``names``."""
        raise NotImplementedError

    def act(self, chosen) -> Ticket:
        """Do it, say so, and return the ticket to go to."""
        raise NotImplementedError
