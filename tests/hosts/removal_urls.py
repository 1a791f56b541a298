"""URLs of a site whose portal is uninstalled."""

from django.conf import settings
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("accounts/", include("allauth.urls")),
    path("", include(wagtail_urls)),
]
if settings.WITH_PORTAL:
    urlpatterns.insert(0, path("portal/", include("wagtail_portal.urls")))
