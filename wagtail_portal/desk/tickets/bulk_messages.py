"""Bulk actions that change several attributes at once, or send a message."""

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages

from wagtail_portal import actions
from wagtail_portal.desk.values_form import common_fields
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import BulkChange, SavedReply
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.query_params import pk_in

from .bulk import TicketBulkAction, run
from .bulk_forms import SavedReplyForm, UpdateForm
from .saved_replies import changes_of, find, offered
from .urls import desk_url


class MessageBulkAction(TicketBulkAction):
    """A bulk action that can send a message."""

    @cached_property
    def kinds(self) -> list[str]:
        """The kinds of messages that the agent may send."""
        verbs = {"reply": Verb.REPLY, "note": Verb.NOTE}
        return [kind for kind, verb in verbs.items() if self.actor.may(verb)]


class UpdateBulkAction(MessageBulkAction):
    display_name = _("Edit")
    aria_label = _("Make several changes to the selected tickets")
    action_type = "update"
    heading = _("Edit tickets")
    form_class = UpdateForm

    def get_form_kwargs(self):
        own = {"may_assign": self.actor.may(Verb.ASSIGN), "kinds": self.kinds}
        return {**super().get_form_kwargs(), **own}


class SavedReplyBulkAction(MessageBulkAction):
    """Uses a saved reply in two steps: which one, then how it's sent."""

    display_name = _("Saved reply")
    button = _("Send")
    aria_label = _("Send a saved reply to the selected tickets")
    action_type = "saved_reply"
    permission_required = Verb.REPLY
    heading = _("Use a saved reply in tickets")
    form_class = SavedReplyForm

    @cached_property
    def replies(self) -> list[SavedReply]:
        """The saved replies that the agent can use. Each customer gets their translation."""
        return offered(self.request.user)

    @cached_property
    def reply(self) -> SavedReply | None:
        """The saved reply that was chosen."""
        pk = pk_in(self.request.GET, "reply")
        return next((reply for reply in self.replies if reply.pk == pk), None)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "reply": self.reply, "kinds": self.kinds}

    def has_chosen(self, form):
        return self.reply is not None

    def get_context_data(self, **kwargs):
        typed = self.request.GET.get("find", "")[:100]
        kept = [(name, value) for name, values in self.request.GET.lists() for value in values]
        found = [] if self.reply else find(self.replies, typed)
        return {
            **super().get_context_data(**kwargs),
            "choices": [
                {"reply": reply, "url": self.url_with("reply", reply.pk), **self.described(reply)}
                for reply in found
            ],
            "typed": typed,
            "kept": [(name, value) for name, value in kept if name not in ("find", "reply")],
            "chosen": self.reply and {"reply": self.reply, **self.described(self.reply)},
            "asks_which": self.reply is None,
        }

    def described(self, reply: SavedReply) -> dict:
        """Return the text of a saved reply, with its placeholders, and what it changes."""
        changes = changes_of(reply, self.actor, self.specs)
        return {
            "preview": markup.render(reply.text),
            "changes": [label for _value, label in changes.values()],
        }

    @cached_property
    def specs(self) -> dict:
        """The specs of the ticket fields by key."""
        return {row.key: row.spec() for row in common_fields()}


class UndoBulkView(View):
    """Undoes a bulk change, and stops it if it's still running."""

    def get(self, request, pk):
        return redirect(reverse("wagtail_portal_bulk", args=[pk]))

    def post(self, request, pk):
        own = BulkChange.objects.defer("tickets").filter(user=request.user.pk)
        found = get_object_or_404(own, pk=pk)
        try:
            undone = actions.begin_undo(found, by=Actor.for_agent(request.user))
        except Invalid as error:
            messages.error(request, " ".join(error.messages))
            return self.get(request, pk)
        return run(request, undone) or redirect(desk_url("start"))
