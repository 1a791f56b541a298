"""Views that take a reply or an internal note, preview it, and take its files."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from wagtail.admin import messages

from wagtail_portal import actions, conf
from wagtail_portal.desk.views import add_errors
from wagtail_portal.exceptions import Invalid, NewerReplies
from wagtail_portal.models import SavedReply
from wagtail_portal.permissions import Verb
from wagtail_portal.uploads import save_upload
from wagtail_portal.utils import markup
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.sent_forms import confirm_sent
from wagtail_portal.utils.typing import Mixin

from .detail_view import TicketScreen
from .edit_views import TicketFormView
from .saved_replies import changes_of, find, preview
from .sent import SENT, offer_undo, sent_text

FOUND = 302
#: What undo send gives back to the composer; the files are kept apart.
KEPT = (
    "reply-body",
    "reply-copies",
    "reply-copies_shown",
    "reply-status",
    "reply-used",
    "reply-change",
)


class ComposerMixin(Mixin):
    """Answers the buttons of a composer that don't send anything: the preview and saved replies.

    Needs ``actor``, ``saved_replies``, ``specs`` and ``show_errors(form)``.
    """

    @property
    def written_to(self):
        """The ticket that is written to."""
        return self.object

    def help_writing(self, form):
        """Return the response if the preview or a saved reply was requested; None otherwise."""
        if "preview" in self.request.POST:
            return self.show_preview(form)
        if "insert" in self.request.POST:
            return self.insert(form)
        return None

    def insert(self, form):
        """Insert a saved reply: return its text and what it changes to the script, or the screen
        with them. Or search for one."""
        if self.request.POST["insert"] == "search":
            form.found = self.find_replies(form.typed)
            return self.show_unsent(form)
        chosen = form.chosen
        text = chosen.fill_for(self.written_to, self.request.user) if chosen else ""
        if self.request.POST["insert"] == "part":
            if chosen is None:
                return JsonResponse({"text": ""})
            context = {"form": form, "changes": form.offer(chosen)}
            changes = render_to_string("wagtail_portal/desk/reply_changes.html", context)
            fills = {form.add_prefix(name): raw for name, raw in form.fills(chosen).items()}
            return JsonResponse({"text": text, "changes": changes, "fills": fills})
        if chosen:
            form.insert(text)
        return self.show_unsent(form)

    def show_preview(self, form):
        """Preview the text: return it to the script, or the screen with it."""
        form.is_valid()
        body, preview = form.cleaned_data.get("body"), None
        if body is not None:
            try:
                preview = actions.preview(by=self.actor, body=body)
            except Invalid as error:
                add_errors(form, error)
        if self.request.POST["preview"] == "part":
            context = {"errors": form.errors.get("body"), "preview": preview}
            return render(self.request, "wagtail_portal/includes/preview.html", context)
        form.preview = preview or ""
        return self.show_unsent(form, "body")

    def show_unsent(self, form, *names):
        """Show the screen with a form that wasn't sent yet, so only with errors of its files.

        :param names: fields whose errors are shown as well.
        """
        form.is_valid()
        for name in form.errors.keys() - {"attachments", *names}:
            del form.errors[name]
        return self.show_errors(form)

    def find_replies(self, typed: str) -> list:
        """Return the saved replies that were found, each with a preview and what it changes."""
        found = find(self.saved_replies, typed)
        for reply in found:
            reply.preview = preview(reply, self.written_to, self.request.user)
            changes = changes_of(reply, self.actor, self.specs)
            reply.change_labels = [label for _value, label in changes.values()]
        return found

    def show_replies(self, form):
        """Return the saved replies with the words of ``?q=`` and their previews as a fragment."""
        form.found = self.find_replies(self.request.GET.get("q", "")[:100])
        response = render(self.request, "wagtail_portal/desk/reply_choices.html", {"form": form})
        add_never_cache_headers(response)
        return response


class KeepsTextMixin(Mixin):
    """Gives the text of a message back if its ticket can't be seen, or was deleted."""

    @property
    def message(self) -> str:
        """The prefix of the form with the message."""
        return self.name

    def setup(self, request, *args, **kwargs):
        try:
            super().setup(request, *args, **kwargs)
        except Http404:
            if not self.body:
                raise
            self.object = None

    def dispatch(self, request, *args, **kwargs):
        if self.object is None:
            return self.give_text_back()
        return super().dispatch(request, *args, **kwargs)

    @property
    def body(self) -> str:
        """The text that was sent."""
        return markup.clean(self.request.POST.get(f"{self.message}-body", ""))

    def show_deleted(self, error):
        return self.give_text_back() if self.body else super().show_deleted(error)

    def give_text_back(self):
        """Show the text, so that the agent can copy it."""
        context = {"body": self.body, "list_url": self.list_url}
        return render(self.request, "wagtail_portal/desk/deleted.html", context, status=404)


class MessageView(KeepsTextMixin, ComposerMixin, TicketFormView):
    """Sends or previews a message. After an error, its text and files are kept."""

    def process(self, form):
        return self.help_writing(form) or super().process(form)

    def change_alone(self, form) -> str:
        """Change what the saved replies say, without a message."""
        changes = SavedReply.as_arguments(form.changes_alone)
        actions.answer_ticket(self.object, by=self.actor, **changes)
        confirm_sent(self.request, form.sent_key)
        self.show_success(gettext("Changes saved."))
        return ""

    def show_sent(self, message, form) -> str:
        """Say that the message was sent: beside it, or on the page that the agent goes on to."""
        confirm_sent(self.request, form.sent_key)
        if not self.leaves:
            return f"?{SENT}={message.pk}#message-{message.pk}"
        text, is_warning = sent_text(message, self.object, self.followers)
        if is_warning:
            self.show_message(messages.warning, text)
        else:
            self.show_success(text)
        return ""


class ReplyView(MessageView):
    name = "reply"

    def process(self, form):
        try:
            response = super().process(form)
            if response.status_code == FOUND:
                offer_undo(response, self.request, conf.UNDO_SEND_SECONDS)
            return response
        except NewerReplies as error:
            return self.show_errors(form, newer_replies=[message.pk for message in error.messages])

    def perform(self, form):
        sent = {
            name.removeprefix("reply-"): self.request.POST.getlist(name)
            for name in self.request.POST
            if name in KEPT
        }
        if form.is_empty:
            return self.change_alone(form)
        last_read = pk_in(self.request.POST, "last_read")
        message = actions.answer_ticket(
            self.object,
            by=self.actor,
            reply={"saved_replies": form.used, "last_read": last_read, **form.arguments},
            form=sent,
            **SavedReply.as_arguments(form.ticked_changes),
        )
        return self.show_sent(message, form)


class NoteView(MessageView):
    name = "note"

    def perform(self, form):
        if form.is_empty:
            return self.change_alone(form)
        message = actions.answer_ticket(
            self.object,
            by=self.actor,
            note={"saved_replies": form.used, **form.cleaned_data},
            **SavedReply.as_arguments(form.ticked_changes),
        )
        return self.show_sent(message, form)


class SavedRepliesView(ComposerMixin, TicketScreen):
    """Returns saved replies for the script."""

    def get(self, request, *args, **kwargs):
        kind = "note" if request.GET.get("kind") == "note" else "reply"
        if not self.can_do(*self.FORMS[kind]):
            raise PermissionDenied
        return self.show_replies(self.build_form(kind))


class UploadView(TicketScreen):
    """Takes a file before the message that it belongs to, for the script that shows the progress.
    Without JavaScript, files are sent with the message."""

    def get(self, request, *args, **kwargs):
        raise Http404

    def post(self, request, *args, **kwargs):
        if not (self.actor.may(Verb.REPLY) or self.actor.may(Verb.NOTE)):
            raise PermissionDenied
        file = request.FILES.get("file")
        return save_upload(file, by=self.actor, site=self.object.site)
