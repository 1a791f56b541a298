"""URLs of the test site, in the order of a typical Wagtail project."""

from django.apps import apps
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.documents import urls as wagtaildocs_urls

# Many sites publish their pages this way, too.
api = WagtailAPIRouter("wagtailapi")
api.register_endpoint("pages", PagesAPIViewSet)

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("api/v2/", api.urls),
    path("accounts/", include("wagtail_portal.urls")),
    path("", include(wagtail_urls)),
]

if apps.is_installed("wagtail.api.v3"):
    from wagtail.api.v3.urls import api as newer_api

    urlpatterns.insert(0, path("api/v3/", newer_api.urls))
