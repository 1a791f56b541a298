"""URLs of the example site: the portal's sign-in, Wagtail, and the development pages."""

from django.apps import apps
from django.conf import settings
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    # Sign-in for the portal's customers, with a code sent by email.
    path("accounts/", include("wagtail_portal.urls")),
]

if apps.is_installed("example_site.devmail"):
    urlpatterns.append(path("dev/emails/", include("example_site.devmail.urls")))

if apps.is_installed("example_site.components"):
    urlpatterns.append(path("dev/components/", include("example_site.components.urls")))

if apps.is_installed("example_site.dashboard"):
    urlpatterns.append(path("dev/dashboard/", include("example_site.dashboard.urls")))

if settings.DEBUG:
    from django.conf.urls.static import static
    from django.contrib.staticfiles.urls import staticfiles_urlpatterns

    urlpatterns += staticfiles_urlpatterns()
    urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)

# Pages, including the portal. They come last, because this pattern matches every other URL.
urlpatterns.append(path("", include(wagtail_urls)))
