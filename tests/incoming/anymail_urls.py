"""The test site's URLs with django-anymail's webhooks."""

from anymail.urls import urlpatterns as webhooks
from django.urls import include, path

from tests.urls import *  # noqa: F403
from tests.urls import urlpatterns as others

urlpatterns = [path("anymail/", include((webhooks, "anymail"))), *others]
