"""Views that take the forms on a ticket's screen: each calls one action and returns."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.admin.utils import get_user_display_name

from wagtail_portal import actions
from wagtail_portal.exceptions import Conflict, Invalid, Locked, NotAllowed
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.utils.query_params import pk_in

from .detail_view import TicketScreen
from .forms import add_errors


class TicketChange(TicketScreen):
    """Takes one of the forms; one with errors comes back on the screen."""

    #: The name of the form in ``TicketScreen.FORMS``, and of the address.
    name = ""

    def get(self, request, *args, **kwargs):
        return redirect(self.url("edit"))

    def post(self, request, *args, **kwargs):
        if not self.actor.may(self.FORMS[self.name]):
            raise PermissionDenied
        if not self.is_open_for(self.name):
            messages.error(
                request, gettext("This ticket was merged into another ticket and is locked.")
            )
            return redirect(self.url("edit"))
        return self.take(self.build_form(self.name, request.POST, request.FILES))

    def take(self, form):
        """Perform what the form asks for and return, or show its errors."""
        if form.is_valid():
            try:
                return redirect(self.url("edit") + (self.act(form) or ""))
            except Invalid as error:
                add_errors(form, error)
            except Conflict as conflict:
                form.show_conflicts(conflict.current)
            except Locked:
                form.add_error(
                    None, gettext("This ticket was merged into another ticket and is locked.")
                )
            except NotAllowed as error:
                # The permission was withdrawn since the form was built.
                raise PermissionDenied from error
        messages.validation_error(
            self.request, gettext("Nothing was sent. See the errors below."), form
        )
        return self.refuse(form)

    def refuse(self, form):
        """Render the screen with the form as it was sent, and its errors."""
        return self.render(**{self.name: form})

    def act(self, form) -> str | None:
        """Call the action and show a message; may return the URL fragment to return to."""
        raise NotImplementedError

    def say(self, words: str) -> None:
        """Show a message about what was done."""
        messages.success(self.request, words)


class StatusView(TicketChange):
    name = "status"

    def act(self, form):
        status = form.cleaned_data["status"]
        actions.change_status(self.object, by=self.actor, status=status)
        self.say(gettext("Status changed to “%(status)s”.") % {"status": status.name})


class AssignView(TicketChange):
    name = "assign"

    def act(self, form):
        assignee, group = form.cleaned_data["assignee"], form.cleaned_data["group"]
        actions.assign(self.object, by=self.actor, assignee=assignee, group=group)
        names = [get_user_display_name(assignee)] if assignee else []
        names += [group.name] if group else []
        self.say(
            gettext("The ticket is now assigned to %(name)s.") % {"name": ", ".join(names)}
            if names
            else gettext("The ticket is no longer assigned to anyone.")
        )


class FieldsView(TicketChange):
    name = "fields"

    def act(self, form):
        actions.change_fields(self.object, by=self.actor, **form.arguments)
        self.say(gettext("Ticket fields saved."))


class FollowersView(TicketChange):
    name = "followers"

    def act(self, form):
        for member in form.cleaned_data["add"]:
            actions.follow(self.object, by=self.actor, member=member)
        for member in form.removed:
            actions.unfollow(self.object, by=self.actor, member=member)
        self.say(gettext("Followers saved."))


class LinkView(TicketChange):
    name = "link"

    def act(self, form):
        target, kind = form.cleaned_data["target"], form.cleaned_data["kind"]
        actions.link_tickets(self.object, by=self.actor, target=target, kind=kind)
        self.say(gettext("Tickets linked."))


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


class SubjectView(TicketChange):
    name = "subject"

    def act(self, form):
        actions.change_subject(self.object, by=self.actor, **form.cleaned_data)
        self.say(gettext("Subject changed."))
