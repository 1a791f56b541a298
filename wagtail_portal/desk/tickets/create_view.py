"""Open a ticket for a customer, for example someone who called, or a follow-up to a ticket."""

from typing import Any

from django.http import Http404
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext
from wagtail.admin import messages
from wagtail.models import Site

from wagtail_portal import actions
from wagtail_portal.desk.autocomplete import find_requester, suggestions
from wagtail_portal.desk.views import DeskPage, add_errors
from wagtail_portal.exceptions import Deleted, Invalid
from wagtail_portal.models import Channel, Member, PortalSettings, Ticket, TicketField
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.portal_urls import site_with_portal
from wagtail_portal.uploads import own_uploads, save_form_files, save_upload
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.sent_forms import confirm_sent

from .composer import ComposerMixin
from .create_form import CreateTicketForm
from .detail_view import DESK_MEDIA
from .forms import form_context
from .saved_replies import changes_of, offered
from .urls import desk_url


class CreateTicketView(ComposerMixin, DeskPage):
    """Shows the form, searches for the customer, and opens the ticket.

    With ``?member=``, the customer is chosen already; with ``?follow_up=``, the ticket continues
    another one.
    """

    permission_required = Verb.OPEN
    template_name = "wagtail_portal/desk/create_ticket.html"

    def get(self, request, *args, **kwargs):
        if self.is_gone:
            raise Http404
        return self.show_errors(self.build_form())

    def post(self, request, *args, **kwargs):
        form = self.build_form(request.POST, request.FILES)
        if "find" in request.POST:
            return self.show_unsent(form)
        if response := self.help_writing(form):
            return response
        if self.is_gone:
            text = gettext("The ticket that this one continues was deleted.")
            form.add_error(None, text)
        elif form.is_valid():
            try:
                return self.open(form)
            except Invalid as error:
                add_errors(form, error)
            except Deleted as error:
                text = gettext("Ticket #%(number)s was deleted.")
                form.add_error(None, text % {"number": error.number})
        messages.validation_error(request, gettext("Nothing was sent. See the errors below."), form)
        return self.show_errors(form)

    def show_errors(self, form):
        """Render the form, with its errors and files."""
        save_form_files(form, by=self.actor, site=self.settings.site)
        return self.render_to_response(self.get_context_data(form=form))

    def open(self, form):
        """Open the ticket, and redirect to it."""
        ticket = actions.open_ticket(
            site=self.settings.site,
            by=self.actor,
            channel=Channel.DESK,
            follow_up_to=self.follow_up_to,
            **form.arguments(self.request.user),
        )
        confirm_sent(self.request, form.sent_key)
        messages.success(self.request, gettext("%(ticket)s was opened.") % {"ticket": ticket})
        if not tickets_for_team(self.request.user).filter(pk=ticket.pk).exists():
            return redirect(desk_url("list"))
        return redirect(desk_url("edit", ticket.pk))

    @cached_property
    def settings(self) -> PortalSettings:
        """The settings of the site of this request, or of another one with a portal."""
        site = Site.find_for_request(self.request) or site_with_portal()
        return PortalSettings.cached(site)

    @cached_property
    def follow_up_to(self) -> Ticket | None:
        """The ticket that the new one continues."""
        pk = pk_in(self.request.GET, "follow_up")
        found = tickets_for_team(self.request.user).select_related("requester__user")
        return found.filter(pk=pk).first() if pk else None

    @property
    def is_gone(self) -> bool:
        """Whether the ticket to continue was deleted, or can't be seen by the agent."""
        return "follow_up" in self.request.GET and self.follow_up_to is None

    @cached_property
    def member(self) -> Member | None:
        """The customer, if one was chosen: the requester of the ticket to continue, at first."""
        chosen: list = self.request.POST.getlist("member")
        if self.request.method != "POST":
            continued = self.follow_up_to
            chosen = [continued.requester_id if continued else pk_in(self.request.GET, "member")]
        elif "find" in self.request.POST:
            found = self.find(self.request.POST.get("member-typed", ""))
            chosen = [pk for pk, _label in found] if len(found) == 1 else chosen
        pk = pk_in({"member": str(chosen[0])}, "member") if len(chosen) == 1 else None
        return find_requester(self.request.user, pk)

    def find(self, typed: str) -> list[tuple[str, str]]:
        """Return the customers that match what was typed."""
        return suggestions("requester", self.request.user, typed)

    @cached_property
    def object(self) -> Ticket:
        """The ticket to be, which the placeholders of saved replies describe."""
        customer: dict[str, Any] = {}
        if self.member:
            customer = {"requester": self.member, "organization": self.member.organization}
        return Ticket(language=get_language() or "", **customer)

    @cached_property
    def saved_replies(self) -> list:
        """The saved replies that the agent can insert."""
        return offered(self.request.user, self.object.language)

    @cached_property
    def specs(self) -> dict:
        """The specs of the ticket fields by key, for the organization of the customer."""
        organization = self.member and self.member.organization
        context = form_context(organization, self.settings.file_limits, self.request.user)
        fields = [field for field in TicketField.cached() if not field.archived]
        return {row.key: row.field_type.prepare(row.spec(), context, []) for row in fields}

    def build_form(self, data=None, files=None) -> CreateTicketForm:
        """Return the form, empty or with what was sent."""
        return CreateTicketForm(
            data=data,
            files=files,
            specs=self.specs,
            statuses=self.settings.statuses,
            may_assign=self.actor.may(Verb.ASSIGN) and self.actor.may(Verb.REPLY),
            file_limits=self.settings.file_limits,
            find_uploads=lambda ids: own_uploads(self.request.user, ids),
            find_customers=self.find,
            member=self.member,
            continued=self.follow_up_to,
            saved_replies=self.saved_replies,
            changes_of=lambda reply: changes_of(reply, self.actor, self.specs),
        )

    def get_page_title(self):
        if self.follow_up_to:
            return gettext("Open a follow-up ticket")
        return gettext("Open a ticket for a customer")

    def get_context_data(self, *, form, **kwargs):
        query = self.request.GET.urlencode()
        return super().get_context_data(
            form=form,
            member=self.member,
            continued=self.follow_up_to,
            continued_url=self.follow_up_to and desk_url("edit", self.follow_up_to.pk),
            media=form.media + DESK_MEDIA,
            open_url=desk_url("open") + (f"?{query}" if query and not self.is_gone else ""),
            list_url=desk_url("list"),
            urls={name: desk_url(f"open_{name}") for name in ("upload", "saved_replies")},
            draft=query or "open",
            **kwargs,
        )


class CreateRepliesView(CreateTicketView):
    """Returns saved replies for the script."""

    def get(self, request, *args, **kwargs):
        return self.show_replies(self.build_form())


class CreateUploadView(CreateTicketView):
    """Takes a file before the ticket is opened, for the script that shows the progress."""

    def get(self, request, *args, **kwargs):
        raise Http404

    def post(self, request, *args, **kwargs):
        file = request.FILES.get("file")
        return save_upload(file, by=self.actor, site=self.settings.site)
