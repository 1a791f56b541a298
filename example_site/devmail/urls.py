"""The addresses of the page with the demo's mails."""

from django.urls import path

from . import views

app_name = "devmail"
urlpatterns = [
    path("", views.mails, name="list"),
    path("<str:key>/", views.mail, name="mail"),
    path("<str:key>/html/", views.html, name="html"),
]
