"""Views that take the forms on a ticket's screen: each calls one action and returns."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin import messages
from wagtail.admin.utils import get_user_display_name

from wagtail_portal import actions
from wagtail_portal.desk.views import add_errors
from wagtail_portal.exceptions import Conflict, Invalid, Locked
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.uploads import save_form_files
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.query_params import pk_in

from .detail_view import TicketScreen

LOCKED = gettext_lazy("This ticket was merged into another ticket and is locked.")


class TicketFormView(TicketScreen):
    """Takes one of the forms. If it has errors, the screen shows them."""

    #: The name of the form in ``TicketScreen.FORMS``, and of the URL.
    name = ""

    def get(self, request, *args, **kwargs):
        return redirect(self.url("edit"))

    def post(self, request, *args, **kwargs):
        verb, action = self.FORMS[self.name]
        if not self.actor.may(verb):
            raise PermissionDenied
        if not self.can_do(verb, action):
            messages.error(request, LOCKED)
            return redirect(self.url("edit"))
        return self.process(self.build_form(self.name, request.POST, request.FILES))

    def process(self, form):
        """Perform the action and redirect to the ticket, or show the errors."""
        if form.is_valid():
            try:
                return redirect(self.url("edit") + (self.perform(form) or ""))
            except Invalid as error:
                add_errors(form, error)
            except Conflict as conflict:
                form.show_conflicts(conflict.current)
            except Locked:
                form.add_error(None, LOCKED)
        messages.validation_error(
            self.request, gettext("Nothing was sent. See the errors below."), form
        )
        return self.show_errors(form)

    def show_errors(self, form, **context):
        """Render the screen with the form as it was sent, its errors, and the files that passed."""
        save_form_files(form, by=self.actor, site=self.object.site)
        return self.render(**{self.name: form}, **context)

    def perform(self, form) -> str | None:
        """Call the action and show a message; may return a URL fragment to redirect to."""
        raise NotImplementedError

    def show_success(self, message: str) -> None:
        """Show a message after the redirect."""
        messages.success(self.request, message)


class StatusView(TicketFormView):
    name = "status"

    def perform(self, form):
        status = form.cleaned_data["status"]
        actions.change_status(self.object, by=self.actor, status=status)
        self.show_success(gettext("Status changed to “%(status)s”.") % {"status": status.name})


class AssignView(TicketFormView):
    name = "assign"

    def perform(self, form):
        assignee, group = form.cleaned_data["assignee"], form.cleaned_data["group"]
        actions.assign(self.object, by=self.actor, assignee=assignee, group=group)
        names = [get_user_display_name(assignee)] if assignee else []
        names += [group.name] if group else []
        self.show_success(
            gettext("The ticket is now assigned to %(name)s.") % {"name": comma_list(names)}
            if names
            else gettext("The ticket is no longer assigned to anyone.")
        )


class FieldsView(TicketFormView):
    name = "fields"

    def perform(self, form):
        actions.change_fields(self.object, by=self.actor, **form.arguments)
        self.show_success(gettext("Ticket fields saved."))


class FollowersView(TicketFormView):
    name = "followers"

    def perform(self, form):
        for member in form.cleaned_data["add"]:
            actions.follow(self.object, by=self.actor, member=member)
        for member in form.removed:
            actions.unfollow(self.object, by=self.actor, member=member)
        self.show_success(gettext("Followers saved."))


class LinkView(TicketFormView):
    name = "link"

    def perform(self, form):
        target, kind = form.cleaned_data["target"], form.cleaned_data["kind"]
        actions.link_tickets(self.object, by=self.actor, target=target, kind=kind)
        self.show_success(gettext("Tickets linked."))


class UnlinkView(TicketScreen):
    """Removes the links between the ticket and another one."""

    def get(self, request, *args, **kwargs):
        return redirect(self.url("edit"))

    def post(self, request, *args, **kwargs):
        if not self.actor.may(Verb.CHANGE):
            raise PermissionDenied
        pk = pk_in(request.POST, "target")
        target = tickets_for_team(request.user).filter(pk=pk).first()
        if target is not None:
            actions.unlink_tickets(self.object, by=self.actor, target=target)
            messages.success(request, gettext("Tickets unlinked."))
        return redirect(self.url("edit"))


class SubjectView(TicketFormView):
    name = "subject"

    def perform(self, form):
        actions.change_subject(self.object, by=self.actor, **form.cleaned_data)
        self.show_success(gettext("Subject changed."))
