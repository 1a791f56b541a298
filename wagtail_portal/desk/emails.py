"""Emails in the Wagtail admin: why they weren't delivered, and a button to send them again."""

import django_filters
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn

from wagtail_portal.actions import retry_emails
from wagtail_portal.events import event_choices
from wagtail_portal.models import Delivery, Notification
from wagtail_portal.permissions import Actor, Verb, emails_for_team

from .email_list import EmailListView
from .paginators import KeysFirstMixin
from .viewsets import EmailColumn, FormlessViewSet

NAMESPACE = "wagtailsnippets_wagtail_portal_notification"


class EmailFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(choices=Delivery.choices, label=_("State"))
    event = django_filters.ChoiceFilter(choices=event_choices, label=_("Event"))

    class Meta:
        model = Notification
        fields: list = []


def _filters(request) -> str:
    """Return the query of the list without its page, which may be gone with its last email."""
    query = request.GET.copy()
    query.pop("p", None)
    return query.urlencode()


class StateColumn(Column):
    """The delivery state, and the reason for a failure."""

    cell_template_name = "wagtail_portal/desk/email_state_cell.html"

    def get_cell_context_data(self, instance, parent_context):
        context = super().get_cell_context_data(instance, parent_context)
        request = parent_context["request"]
        failed = instance.attempts and instance.state in (Delivery.DUE, Delivery.FAILED)
        if failed and not instance.is_secret and request.user.has_perm(Verb.RETRY_EMAIL):
            url = reverse(f"{NAMESPACE}:retry", args=[instance.pk])
            context["retry_url"] = f"{url}?{_filters(request)}"
            context["csrf_token"] = get_token(request)
        return context


class EmailIndexView(KeysFirstMixin, EmailListView):
    """Lists the newest emails first. Delivered ones are shown only if they're filtered for."""

    default_ordering = "-created_at"
    filterset_class = EmailFilterSet

    @cached_property
    def columns(self):
        return [
            EmailColumn("to", label=pgettext_lazy("who gets an email", "To")),
            Column("event", label=_("Event"), accessor="get_event_display"),
            self.ticket_column,
            StateColumn("state", label=_("State")),
            Column("attempts", label=_("Attempts"), classname="portal-wide"),
            DateColumn("created_at", label=_("Created"), sort_key="created_at"),
        ]

    def rows_to_act_on(self, rows):
        return rows.undelivered()

    def with_columns(self, rows):
        return rows.select_related("recipient", "ticket")


class RetryView(PermissionRequiredMixin, View):
    """Sends an email again."""

    http_method_names = ["post"]
    permission_required = Verb.RETRY_EMAIL

    def post(self, request, pk):
        """Retry the email, and return to the list."""
        row = get_object_or_404(emails_for_team(request.user), pk=pk)
        by = Actor.for_agent(request.user)
        if retry_emails(Notification.objects.filter(pk=row.pk), by=by):
            messages.success(request, gettext("The email to %s will be sent again.") % row.to)
        else:
            messages.warning(request, gettext("This email is being sent or has already been sent."))
        return redirect(f"{reverse(f'{NAMESPACE}:list')}?{_filters(request)}")


class EmailViewSet(FormlessViewSet):
    model = Notification
    icon = "mail"
    menu_label = _("Emails")
    menu_name = "emails"
    list_per_page = 50
    index_view_class = EmailIndexView

    def get_urlpatterns(self):
        return [
            path("", self.index_view, name="list"),
            path("results/", self.index_results_view, name="list_results"),
            path("retry/<int:pk>/", RetryView.as_view(), name="retry"),
        ]
