"""Take a reply back into the composer before its email is sent."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext
from wagtail.admin import messages

from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, Locked
from wagtail_portal.models import UndoStep
from wagtail_portal.permissions import Verb
from wagtail_portal.utils.query_params import pk_in

from .detail_view import TicketScreen
from .edit_views import LOCKED, joined
from .sent import DRAFT


class UndoView(TicketScreen):
    """Undoes the agent's last reply, and shows it in the composer."""

    def get(self, request, *args, **kwargs):
        return redirect(self.url("edit"))

    def post(self, request, *args, **kwargs):
        if not self.actor.may(Verb.REPLY):
            raise PermissionDenied
        steps = UndoStep.objects.filter(ticket=self.object, user=request.user, bulk_change=None)
        step = steps.filter(pk=pk_in(request.POST, "step")).first()
        try:
            if step is None:
                raise Invalid(gettext("It’s too late to undo this."))
            step = actions.undo(step, by=self.actor)
        except Invalid as error:
            messages.error(request, " ".join(error.messages))
        except Locked:
            messages.error(request, LOCKED)
        else:
            return redirect(joined(self.url("edit"), f"?{DRAFT}={step.pk}#sent"))
        return redirect(self.url("edit"))
