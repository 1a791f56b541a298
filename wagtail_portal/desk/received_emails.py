"""Received emails in the Wagtail admin: why they weren't added, and buttons to decide."""

import django_filters
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError, Invalid, StorageUnavailable
from wagtail_portal.models import (
    Member,
    PortalSettings,
    ReceivedEmail,
    ReceivedState,
    members_by_address,
)
from wagtail_portal.permissions import Verb, emails_for_team
from wagtail_portal.utils.storage import reading_storage

from .email_list import EmailListView
from .views import DeskPage
from .viewsets import EmailColumn, FormlessViewSet

NAMESPACE = "wagtailsnippets_wagtail_portal_receivedemail"
#: Members in To and Cc who are suggested as followers.
SUGGESTED = 10
RELATED = ("ticket__organization", "ticket__status", "member__user", "member__organization")


class ReceivedEmailFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(choices=ReceivedState.choices, label=_("State"))

    class Meta:
        model = ReceivedEmail
        fields: list = []


class StateColumn(Column):
    """The state, and why the email wasn't added."""

    cell_template_name = "wagtail_portal/desk/received_state_cell.html"


class ReceivedEmailIndexView(EmailListView):
    """Lists the newest emails first: those to decide about, unless another state is chosen."""

    default_ordering = "-received_at"
    filterset_class = ReceivedEmailFilterSet

    @cached_property
    def columns(self):
        return [
            TitleColumn(
                "subject",
                label=_("Subject"),
                accessor=lambda row: row.subject or gettext("(No subject)"),
                get_url=lambda row: reverse(f"{NAMESPACE}:view", args=[row.pk]),
            ),
            EmailColumn("sender", label=_("From")),
            self.ticket_column,
            StateColumn("state", label=_("State")),
            DateColumn("received_at", label=_("Received"), sort_key="received_at"),
        ]

    def get_base_queryset(self):
        return super().get_base_queryset().select_related("ticket")

    def rows_to_act_on(self, rows):
        return rows.to_decide()


class ReceivedEmailPage(DeskPage):
    """A page or an action of one received email."""

    model = ReceivedEmail
    permission_required = Verb.VIEW_RECEIVED_EMAIL

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.pk = kwargs["pk"]

    @cached_property
    def row(self) -> ReceivedEmail:
        """The email, if the agent can see it."""
        rows = emails_for_team(self.request.user, received=True).select_related(*RELATED)
        return get_object_or_404(rows, pk=self.pk)

    @property
    def url(self) -> str:
        """The URL of the page of the email."""
        return reverse(f"{NAMESPACE}:view", args=[self.pk])


class ReceivedEmailView(ReceivedEmailPage):
    """Shows an email as it was understood, and what can be done with it."""

    template_name = "wagtail_portal/desk/received_email.html"
    page_title = _("Received email")

    def get_page_subtitle(self):
        return str(self.row)

    def get(self, request, pk):
        row = self.row
        try:
            with reading_storage():
                message = actions.read_received_email(row)
        except (StorageUnavailable, FileNotFoundError):
            message = None
        may_decide = self.actor.may(Verb.DECIDE_EMAIL) and row.state in actions.OPEN_STATES
        context = self.get_context_data(
            row=row,
            message=message,
            may_decide=may_decide,
            accept_label=self._accept_label(),
            join_label=self._join_label() if may_decide else "",
            suggested=self._suggested(message) if message else [],
            ticket_url=row.ticket
            and reverse("wagtailsnippets_wagtail_portal_ticket:edit", args=[row.ticket_id]),
            decide_url=reverse(f"{NAMESPACE}:decide", args=[row.pk]),
            original_url=reverse(f"{NAMESPACE}:original", args=[row.pk]),
        )
        return self.render_to_response(context)

    def _accept_label(self) -> str:
        row = self.row
        name = {"name": row.member.name if row.member else row.sender}
        if row.ticket is None:
            return gettext("Open a ticket for %(name)s") % name
        if row.member is None:
            return gettext("Add as an internal note")
        return gettext("Add as a reply from %(name)s") % name

    def _join_label(self) -> str:
        """Return the label of the button that makes an unknown sender a member; "" without one."""
        organization = actions.organization_to_join(self.row)
        if organization is None:
            return ""
        if not self.actor.may_add(organization, actions.role_of_new_members(organization)):
            return ""
        name = {"name": self.row.sender, "organization": organization.name}
        return gettext("Add %(name)s to %(organization)s and open a ticket") % name

    def _suggested(self, message) -> list[Member]:
        """Return members who got a copy and don't take part in the ticket."""
        ticket = self.row.ticket
        if ticket is None:
            return []
        known = ticket.participant_ids()
        members = Member.objects.with_access().filter(organization=ticket.organization_id)
        found = members_by_address(members, list(message.recipients))
        others = {member.pk: member for _address, member in found if member.pk not in known}
        return list(others.values())[:SUGGESTED]


class DecideView(ReceivedEmailPage):
    """Accepts or discards an email, or processes it again."""

    http_method_names = ["post"]
    permission_required = Verb.DECIDE_EMAIL

    def post(self, request, pk):
        """Do what the button says, and show the result."""
        row = self.row
        try:
            match request.POST.get("do"):
                case "accept":
                    with reading_storage():
                        added = actions.accept_email(row, by=self.actor)
                    words = gettext("The email was added to ticket #%(number)s.")
                    messages.success(request, words % {"number": added.ticket.number})
                case "join":
                    with reading_storage():
                        added = actions.accept_email(row, by=self.actor, as_member=True)
                    words = gettext("%(name)s is now a member, and ticket #%(number)s was opened.")
                    values = {"name": added.author_name, "number": added.ticket.number}
                    messages.success(request, words % values)
                case "discard":
                    actions.discard_email(row, by=self.actor)
                    messages.success(request, gettext("The email was discarded."))
                case "again" | "not_spam" as choice:
                    actions.process_again(row, by=self.actor, not_spam=choice == "not_spam")
                    messages.success(request, gettext("The email is being processed again."))
        except Invalid as error:
            messages.error(request, " ".join(error.messages))
        except (StorageUnavailable, FileNotFoundError):
            messages.error(request, gettext("The email can’t be read right now."))
        except ActionError:
            messages.error(request, gettext("This email can’t be added to the ticket."))
        return redirect(self.url)


class OriginalView(PermissionRequiredMixin, View):
    """Serves the email as it was received, for programs that read emails."""

    permission_required = Verb.VIEW_RECEIVED_EMAIL

    def get(self, request, pk):
        """Return the email as a download."""
        row = get_object_or_404(emails_for_team(request.user, received=True), pk=pk)
        try:
            with reading_storage():
                file = row.raw.open("rb")
        except (StorageUnavailable, FileNotFoundError):
            messages.error(request, gettext("The email can’t be read right now."))
            return redirect(f"{NAMESPACE}:view", row.pk)
        response = FileResponse(file, as_attachment=True, filename=f"email-{row.pk}.eml")
        response["Content-Type"] = "message/rfc822"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response


class ReceivedEmailViewSet(FormlessViewSet):
    model = ReceivedEmail
    icon = "download"
    menu_label = _("Received emails")
    menu_name = "received-emails"
    list_per_page = 50
    index_view_class = ReceivedEmailIndexView

    @property
    def menu_item_class(self):
        """The menu item, which is shown as soon as a portal receives email."""

        class Item(super().menu_item_class):
            def is_shown(self, request):
                return super().is_shown(request) and PortalSettings.any_receives_email()

        return Item

    def get_urlpatterns(self):
        return [
            path("", self.index_view, name="list"),
            path("results/", self.index_results_view, name="list_results"),
            path("<int:pk>/", ReceivedEmailView.as_view(), name="view"),
            path("<int:pk>/decide/", DecideView.as_view(), name="decide"),
            path("<int:pk>/original/", OriginalView.as_view(), name="original"),
        ]
