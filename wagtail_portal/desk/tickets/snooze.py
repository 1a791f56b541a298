"""Snooze a ticket from its screen, and bring it back."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext
from wagtail.admin import messages

from wagtail_portal import actions
from wagtail_portal.exceptions import Locked
from wagtail_portal.permissions import Verb

from .edit_views import LOCKED, TicketFormView
from .snooze_form import snoozed_until


class SnoozeView(TicketFormView):
    """Puts the ticket on hold."""

    name = "snooze"

    def perform(self, form):
        actions.snooze(self.object, by=self.actor, **form.arguments)
        self.show_success(snoozed_until(self.object.snooze))


class EndSnoozeView(TicketFormView):
    """Brings the ticket back now."""

    name = "snooze"

    def post(self, request, *args, **kwargs):
        if not self.actor.may(Verb.CHANGE):
            raise PermissionDenied
        try:
            actions.end_snooze(self.object, by=self.actor)
        except Locked:
            messages.error(request, LOCKED)
        else:
            messages.success(request, gettext("The ticket is back in the list."))
        return redirect(self.url("edit"))
