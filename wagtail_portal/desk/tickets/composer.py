"""Views that take a reply or an internal note, preview it, and take its files."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from wagtail.admin import messages

from wagtail_portal import actions
from wagtail_portal.desk.views import add_errors
from wagtail_portal.exceptions import Invalid, NewerReplies
from wagtail_portal.permissions import Verb
from wagtail_portal.uploads import save_upload
from wagtail_portal.utils import markup
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.sent_forms import confirm_sent

from .detail_view import TicketScreen
from .details import reply_audience
from .edit_views import TicketFormView
from .saved_replies import placeholders


class MessageView(TicketFormView):
    """Sends or previews a message. After an error, its text and files are kept."""

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
        return markup.clean(self.request.POST.get(f"{self.name}-body", ""))

    def show_deleted(self, error):
        return self.give_text_back() if self.body else super().show_deleted(error)

    def give_text_back(self):
        """Show the text of a message to a ticket that the agent can't see, or that was deleted, so
        that they can copy it."""
        context = {"body": self.body, "list_url": self.list_url}
        return render(self.request, "wagtail_portal/desk/deleted.html", context, status=404)

    def process(self, form):
        if "preview" in self.request.POST:
            return self.show_preview(form)
        if "insert" in self.request.POST:
            return self.insert(form)
        return super().process(form)

    def insert(self, form):
        """Insert a saved reply: return its text to the script, or the screen with it."""
        text = ""
        if form.chosen:
            text = form.chosen.fill(placeholders(self.object, self.request.user))
        if self.request.POST["insert"] == "part":
            return HttpResponse(text, content_type="text/plain; charset=utf-8")
        if text:
            form.insert(text)
        form.is_valid()
        return self.show_errors(form)

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
            context = {"form": form, "preview": preview}
            return render(self.request, "wagtail_portal/includes/preview.html", context)
        form.preview = preview or ""
        return self.show_errors(form)


class ReplyView(MessageView):
    name = "reply"

    def process(self, form):
        try:
            return super().process(form)
        except NewerReplies as error:
            return self.show_errors(form, newer_replies=[message.pk for message in error.messages])

    def perform(self, form):
        message = actions.reply(
            self.object,
            by=self.actor,
            saved_replies=form.used,
            last_read=pk_in(self.request.POST, "last_read"),
            **form.cleaned_data,
        )
        confirm_sent(self.request, form.sent_key)
        audience = reply_audience(self.object, self.followers)
        name = {"name": self.object.requester.name}
        if audience == "everyone":
            self.show_success(gettext("Your reply was sent."))
        elif audience == "followers":
            words = gettext(
                "Your reply was sent to the followers. %(name)s doesn’t have access to the portal "
                "and wasn’t notified."
            )
            messages.warning(self.request, words % name)
        else:
            words = gettext(
                "Your reply was added, but no one was notified: %(name)s doesn’t have "
                "access to the portal."
            )
            messages.warning(self.request, words % name)
        return f"#message-{message.pk}"


class NoteView(MessageView):
    name = "note"

    def perform(self, form):
        message = actions.add_note(
            self.object, by=self.actor, saved_replies=form.used, **form.cleaned_data
        )
        confirm_sent(self.request, form.sent_key)
        self.show_success(gettext("Your internal note was added. Customers can’t see it."))
        return f"#message-{message.pk}"


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
