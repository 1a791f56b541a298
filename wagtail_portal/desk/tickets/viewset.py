"""The viewset of tickets."""

from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.snippets.models import SnippetAdminURLFinder

from wagtail_portal import actions
from wagtail_portal.desk.policies import POLICIES
from wagtail_portal.desk.views import DeleteView, HistoryView
from wagtail_portal.desk.viewsets import FormlessViewSet
from wagtail_portal.exceptions import Deleted
from wagtail_portal.models import Status, Ticket, TicketLogEntry, share_statuses
from wagtail_portal.permissions import Actor

from . import composer, create_view, edit_views, live, merge_and_move, snooze, undo
from .detail_view import TicketScreen
from .files import FileView, ThumbnailView
from .listing import TicketIndexView
from .queue import Queue
from .tabs import COOKIE, FIRST, TABS, tab_url
from .urls import NAMESPACE, desk_url


def open_last_tab(request):
    """Redirect to the tab of the inbox that the agent had open last."""
    tab = request.COOKIES.get(COOKIE)
    return redirect(tab_url(tab if tab in TABS else FIRST))


class TicketURLFinder(SnippetAdminURLFinder):
    """Finds the screen for everyone who can see the ticket, not only for those who can edit it."""

    model = Ticket

    def __init__(self, user=None):
        # Wagtail 7.4 stores only whether the user can edit.
        super().__init__(user)
        self.user = user

    def construct_edit_url(self, instance):
        return desk_url("edit", instance.pk)

    def get_edit_url(self, instance):
        policy = POLICIES[Ticket]
        if self.user and not policy.user_has_permission_for_instance(self.user, "view", instance):
            return None
        return self.construct_edit_url(instance)


class TicketDeleteView(DeleteView):
    """Deletes through the action, which deletes the files as well."""

    # The reference index doesn't know tickets.
    usage_url_name = None

    def get_refusal(self):
        if self.object.organization.legal_hold:
            return gettext("The organization is under legal hold. Its tickets can’t be deleted.")
        return ""

    @cached_property
    def queue(self) -> Queue | None:
        """The list that the ticket was opened from."""
        return Queue.of(self.request, self.object.pk)

    def get_success_url(self):
        return self.queue.list_url() if self.queue else super().get_success_url()

    def get_delete_url(self):
        return super().get_delete_url() + (self.queue.suffix if self.queue else "")

    def delete_action(self):
        # Found before the ticket leaves the list.
        _place = self.queue and self.queue.place
        try:
            actions.delete_ticket(self.object, by=Actor.for_agent(self.request.user))
        except Deleted:
            # By someone else, a moment ago.
            return


class TicketHistoryView(HistoryView):
    """Reads the tickets' own log."""

    def get_base_queryset(self):
        log = TicketLogEntry.objects.for_instance(self.object)
        return log.select_related("user__wagtail_userprofile")

    def get_context_data(self, *args, **kwargs):
        context = super().get_context_data(*args, **kwargs)
        share_statuses(context["object_list"], Status.cached())
        return context


#: The views that the screen of a ticket sends its forms and requests to, by name.
TICKET_VIEWS = {
    "reply": composer.ReplyView,
    "note": composer.NoteView,
    "upload": composer.UploadView,
    "saved_replies": composer.SavedRepliesView,
    "updates": live.UpdatesView,
    "peek": live.PeekView,
    "presence": live.PresenceView,
    "save": edit_views.SaveView,
    "subject": edit_views.SubjectView,
    "link": edit_views.LinkView,
    "unlink": edit_views.UnlinkView,
    "suggestion": edit_views.SuggestionView,
    "unshare": edit_views.UnshareView,
    "snooze": snooze.SnoozeView,
    "end_snooze": snooze.EndSnoozeView,
    "undo": undo.UndoView,
    "merge": merge_and_move.MergeView,
    "requester": merge_and_move.RequesterView,
}


class TicketViewSet(FormlessViewSet):
    """The listing, the screen instead of Wagtail's editor, and the views for its forms."""

    model = Ticket
    icon = "mail"
    menu_label = _("Tickets")
    list_per_page = 25
    index_template_name = "wagtail_portal/desk/inbox.html"
    index_results_template_name = "wagtail_portal/desk/inbox_results.html"
    # Shows the search box; the view decides what is searched.
    search_fields = ["subject"]
    export_filename = "tickets"
    index_view_class = TicketIndexView
    edit_view_class = TicketScreen
    delete_view_class = TicketDeleteView
    history_view_class = TicketHistoryView
    url_finder_class = TicketURLFinder

    def get_common_view_kwargs(self, **kwargs):
        return {**super().get_common_view_kwargs(**kwargs), "usage_url_name": None}

    @property
    def menu_url(self):
        # Opens the agent's last tab.
        return reverse(f"{NAMESPACE}:start")

    def get_urlpatterns(self):
        construct = self.construct_view
        return [
            path("", self.index_view, name="list"),
            path("start/", open_last_tab, name="start"),
            path("results/", self.index_results_view, name="list_results"),
            path("view/<slug:tab>/", self.index_view, name="view"),
            path("view/<slug:tab>/results/", self.index_results_view, name="view_results"),
            path("edit/<int:pk>/", construct(TicketScreen), name="edit"),
            *(
                path(f"edit/<int:pk>/{name}/", construct(view), name=name)
                for name, view in TICKET_VIEWS.items()
            ),
            path("open/", construct(create_view.CreateTicketView), name="open"),
            path("open/upload/", construct(create_view.CreateUploadView), name="open_upload"),
            path(
                "open/saved_replies/",
                construct(create_view.CreateRepliesView),
                name="open_saved_replies",
            ),
            path("files/<uuid:pk>/<str:name>/", construct(FileView), name="file"),
            path("files/<uuid:pk>/", construct(ThumbnailView), name="thumbnail"),
            path("delete/<int:pk>/", self.delete_view, name="delete"),
            path("history/<int:pk>/", self.history_view, name="history"),
            path("history-results/<int:pk>/", self.history_results_view, name="history_results"),
        ]
