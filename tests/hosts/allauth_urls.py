"""URLs and the adapter of a site with accounts of its own."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import include, path


class SiteAdapter(DefaultAccountAdapter):
    """What sites change in allauth."""

    def get_login_redirect_url(self, request):
        return f"{super().get_login_redirect_url(request)}?by=adapter"

    def get_from_email(self):
        return "accounts@site.example"

    def get_logout_redirect_url(self, request):
        return "/goodbye/"


@login_required
def welcome(request):
    """A page for users, with the messages of the pages before."""
    texts = [str(message) for message in messages.get_messages(request)]
    return HttpResponse(f"Welcome, {request.user.username}. {texts}")


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("welcome/", welcome),
    path("admin/", include("wagtail.admin.urls")),
    path("", include("wagtail.urls")),
]
if settings.WITH_PORTAL:
    urlpatterns.insert(0, path("portal/", include("wagtail_portal.urls")))
