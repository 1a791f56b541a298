"""Tickets among Wagtail's snippets."""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import ObjectList
from wagtail.snippets.models import SnippetAdminURLFinder

from wagtail_portal import actions
from wagtail_portal.compat import viewset_policy
from wagtail_portal.desk.policies import POLICIES
from wagtail_portal.desk.views import DeleteView, HistoryView
from wagtail_portal.desk.viewsets import DeskViewSet
from wagtail_portal.models import Ticket, TicketLogEntry
from wagtail_portal.permissions import Actor

from . import composer, create_view, edit_views, live, merge_and_move
from .detail_view import TicketScreen
from .files import FileView, ThumbnailView
from .listing import TicketIndexView
from .urls import address


class TicketURLFinder(SnippetAdminURLFinder):
    """The screen is for everybody who may see the ticket, not only for who may change it."""

    model = Ticket

    def __init__(self, user=None):
        # Wagtail 7.4 keeps the right to change instead of the user.
        super().__init__(user)
        self.user = user

    def construct_edit_url(self, instance):
        return address("edit", instance.pk)

    def get_edit_url(self, instance):
        policy = POLICIES[Ticket]
        if self.user and not policy.user_has_permission_for_instance(self.user, "view", instance):
            return None
        return self.construct_edit_url(instance)


class TicketDeleteView(DeleteView):
    """Deletes through the action, which takes the files along."""

    # Nothing that the reference index follows points at tickets.
    usage_url_name = None

    def delete_action(self):
        actions.delete_ticket(self.object, by=Actor.for_agent(self.request.user))


class TicketHistoryView(HistoryView):
    """Reads the tickets' own log, which Wagtail does not know of."""

    def get_base_queryset(self):
        return self._annotate_queryset(TicketLogEntry.objects.for_instance(self.object))


class TicketViewSet(DeskViewSet, **viewset_policy(POLICIES[Ticket])):
    """The listing, the screen in the place of Wagtail's editor, and what is sent from there.

    There is no form for all of a ticket: not for adding or copying one, nor for inspecting.
    """

    model = Ticket
    icon = "mail"
    menu_label = _("Tickets")
    add_to_reference_index = False
    inspect_view_enabled = False
    list_per_page = 25
    index_template_name = "wagtail_portal/desk/inbox.html"
    index_results_template_name = "wagtail_portal/desk/inbox_results.html"
    # Switches the search box on; what is searched is decided in the view.
    search_fields = ["subject"]
    export_filename = "tickets"
    index_view_class = TicketIndexView
    edit_view_class = TicketScreen
    delete_view_class = TicketDeleteView
    history_view_class = TicketHistoryView
    url_finder_class = TicketURLFinder
    edit_handler = ObjectList([])

    def get_permissions_to_register(self):
        """All of them, "view" and our own included, for Wagtail's editor of groups."""
        content_type = ContentType.objects.get_for_model(Ticket)
        return Permission.objects.filter(content_type=content_type)

    def get_form_class(self, for_update=False):
        """There is none; what is sent has forms of its own."""
        return None

    def get_common_view_kwargs(self, **kwargs):
        return {**super().get_common_view_kwargs(**kwargs), "usage_url_name": None}

    def get_urlpatterns(self):
        construct = self.construct_view
        return [
            path("", self.index_view, name="list"),
            path("results/", self.index_results_view, name="list_results"),
            path("view/<slug:tab>/", self.index_view, name="view"),
            path("view/<slug:tab>/results/", self.index_results_view, name="view_results"),
            path("edit/<int:pk>/", construct(TicketScreen), name="edit"),
            path("edit/<int:pk>/reply/", construct(composer.ReplyView), name="reply"),
            path("edit/<int:pk>/note/", construct(composer.NoteView), name="note"),
            path("edit/<int:pk>/upload/", construct(composer.UploadView), name="upload"),
            path("edit/<int:pk>/updates/", construct(live.UpdatesView), name="updates"),
            path("edit/<int:pk>/presence/", construct(live.PresenceView), name="presence"),
            path("edit/<int:pk>/status/", construct(edit_views.StatusView), name="status"),
            path("edit/<int:pk>/assign/", construct(edit_views.AssignView), name="assign"),
            path("edit/<int:pk>/fields/", construct(edit_views.FieldsView), name="fields"),
            path("edit/<int:pk>/followers/", construct(edit_views.FollowersView), name="followers"),
            path("edit/<int:pk>/subject/", construct(edit_views.SubjectView), name="subject"),
            path("edit/<int:pk>/link/", construct(edit_views.LinkView), name="link"),
            path("edit/<int:pk>/unlink/", construct(edit_views.UnlinkView), name="unlink"),
            path("edit/<int:pk>/merge/", construct(merge_and_move.MergeView), name="merge"),
            path(
                "edit/<int:pk>/requester/",
                construct(merge_and_move.RequesterView),
                name="requester",
            ),
            path("open/", construct(create_view.CreateTicketView), name="open"),
            path("files/<uuid:pk>/<str:name>/", construct(FileView), name="file"),
            path("files/<uuid:pk>/", construct(ThumbnailView), name="thumbnail"),
            path("delete/<int:pk>/", self.delete_view, name="delete"),
            path("history/<int:pk>/", self.history_view, name="history"),
            path("history-results/<int:pk>/", self.history_results_view, name="history_results"),
        ]
