"""URLs of a site whose languages have addresses of their own."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail import urls as wagtail_urls

from tests.urls import urlpatterns as usual

urlpatterns = [*usual[:-1], *i18n_patterns(path("", include(wagtail_urls)))]
