"""URLs of a site whose addresses begin with the language, and whose pages have no translations."""

from django.conf.urls.i18n import i18n_patterns

from tests.urls import urlpatterns as test_urls

*others, pages = test_urls
urlpatterns = [*others, *i18n_patterns(pages)]
