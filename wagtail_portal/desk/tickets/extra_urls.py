"""Addresses around the inbox that are not of a single ticket."""

from django.urls import path, re_path

from wagtail_portal.models import Ticket

from . import saved_views
from .bulk_progress import BulkProgressView
from .inbox_updates import NewsView


def _news(request, *args, **kwargs):
    # Made when it is asked for: the viewset comes after these addresses.
    viewset = Ticket.snippet_viewset
    view = viewset.construct_view(NewsView, **viewset.get_index_view_kwargs())
    return view(request, *args, **kwargs)


admin_urls = [
    path("portal/news/<slug:tab>/", _news, name="wagtail_portal_news"),
    path("portal/bulk/<int:pk>/", BulkProgressView.as_view(), name="wagtail_portal_bulk"),
    path("portal/views/", saved_views.ManageView.as_view(), name="wagtail_portal_views"),
    path("portal/views/add/", saved_views.AddView.as_view(), name="wagtail_portal_view_add"),
    re_path(
        r"^portal/views/(?P<pk>\d{1,18})/(?P<change>share|unshare|delete)/$",
        saved_views.ChangeView.as_view(),
        name="wagtail_portal_view_change",
    ),
]
