"""Include these in the site's URLs, before Wagtail's: ``path("accounts/", include(...))``."""

from django.urls import include, path

from .pages.account.unsubscribe import unsubscribe
from .pages.theme import theme
from .pages.ticket.live import updates

urlpatterns = [
    path("portal-theme.css", theme, name="wagtail_portal_theme"),
    path("updates/<int:number>/", updates, name="wagtail_portal_updates"),
    path("unsubscribe/<str:token>/", unsubscribe, name="wagtail_portal_unsubscribe"),
    path("", include("wagtail_portal.signin.urls")),
]
