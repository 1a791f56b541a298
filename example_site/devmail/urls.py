"""URLs of the page with the demo's emails."""

from django.urls import path

from . import views

app_name = "devmail"
urlpatterns = [
    path("", views.emails, name="list"),
    path("<str:key>/", views.email, name="email"),
    path("<str:key>/html/", views.html, name="html"),
]
