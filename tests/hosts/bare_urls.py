"""URLs of a site with none of the optional apps."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("accounts/", include("wagtail_portal.urls")),
    path("", include(wagtail_urls)),
]
