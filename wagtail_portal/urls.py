"""Include these in the site's URLs, before Wagtail's: ``path("accounts/", include(...))``."""

from importlib.util import find_spec

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from .monitoring import views as monitoring
from .pages.account.unsubscribe import unsubscribe
from .pages.theme import theme
from .pages.ticket.live import updates
from .pages.ticket_list.live import list_updates
from .signin.urls import jwt_urlpatterns

# For the middleware, which replaces error pages.
for view in (theme, updates, list_updates, unsubscribe):
    setattr(view, "is_portal_view", True)  # noqa: B010 - functions have no such type
    # It decides on its own who may see what, also on a site that requires signing in everywhere.
    login_not_required(view)

for view in (monitoring.live, monitoring.ready, monitoring.work):
    login_not_required(view)

urlpatterns = [
    path("portal-theme.css", theme, name="wagtail_portal_theme"),
    path("updates/", list_updates, name="wagtail_portal_list_updates"),
    path("updates/<int:number>/", updates, name="wagtail_portal_updates"),
    path("unsubscribe/<str:token>/", unsubscribe, name="wagtail_portal_unsubscribe"),
    path("health/live/", monitoring.live, name="wagtail_portal_live"),
    path("health/ready/", monitoring.ready, name="wagtail_portal_ready"),
    path("health/work/", monitoring.work, name="wagtail_portal_work"),
    path("", include("wagtail_portal.signin.urls")),
    *jwt_urlpatterns,
]

# prometheus-client is an optional dependency.
if find_spec("prometheus_client"):
    from .monitoring.prometheus import metrics

    urlpatterns.append(path("metrics/", login_not_required(metrics), name="wagtail_portal_metrics"))
