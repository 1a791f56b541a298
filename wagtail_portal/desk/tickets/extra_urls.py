"""URLs around the inbox that don't belong to a single ticket."""

from django.urls import path, re_path

from wagtail_portal.models import Ticket

from . import list_settings, saved_views
from .bulk_messages import UndoBulkView
from .bulk_progress import BulkProgressView
from .inbox_updates import UpdatesView
from .search_suggestions import SuggestionsView


def _updates(request, *args, **kwargs):
    # The viewset is registered after these URLs, so the view is made when it's requested.
    viewset = Ticket.snippet_viewset
    view = viewset.construct_view(UpdatesView, **viewset.get_index_view_kwargs())
    return view(request, *args, **kwargs)


admin_urls = [
    path("portal/updates/<slug:tab>/", _updates, name="wagtail_portal_updates"),
    path("portal/search/", SuggestionsView.as_view(), name="wagtail_portal_search_suggestions"),
    path("portal/bulk/<int:pk>/", BulkProgressView.as_view(), name="wagtail_portal_bulk"),
    path("portal/bulk/<int:pk>/undo/", UndoBulkView.as_view(), name="wagtail_portal_bulk_undo"),
    path("portal/views/", saved_views.ManageView.as_view(), name="wagtail_portal_views"),
    path("portal/list/", list_settings.ListSettingsView.as_view(), name="wagtail_portal_list"),
    path("portal/views/add/", saved_views.AddView.as_view(), name="wagtail_portal_view_add"),
    re_path(
        r"^portal/views/(?P<pk>\d{1,18})/(?P<change>share|unshare|rename|delete|pin|unpin|up|down)/$",
        saved_views.ChangeView.as_view(),
        name="wagtail_portal_view_change",
    ),
]
