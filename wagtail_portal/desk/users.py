"""Users in the Wagtail admin, as far as they are customers."""

from django.shortcuts import redirect
from django.utils.translation import gettext
from wagtail.admin import messages

from wagtail_portal.models import Ticket


def keep_requesters(request, user):
    """Before a user is deleted: a ticket keeps its requester, so say what to do."""
    if not Ticket.objects.filter(requester__user=user).exists():
        return None
    messages.error(
        request,
        gettext(
            "This person has opened tickets, so the user stays. Make the user inactive to keep "
            "them out."
        ),
    )
    return redirect("wagtailusers_users:edit", user.pk)
