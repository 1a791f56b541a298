"""What an agent sees after sending a message: that it was sent, and how to take it back."""

import uuid
from datetime import timedelta

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.fields.submission import SUBMISSION_KEY
from wagtail_portal.models import Message, Ticket, UndoStep
from wagtail_portal.utils.query_params import pk_in

from .details import reply_audience
from .urls import desk_url

#: The parameters of a ticket's URL with the message that was just sent, and the reply that was
#: taken back.
SENT, DRAFT = "sent", "draft"
#: The cookie that's there as long as something can be undone.
COOKIE = "wagtail_portal_undo"
#: A page that's opened again later doesn't say once more that a message was sent.
RECENT = timedelta(minutes=2)


def sent_text(message: Message, ticket: Ticket, followers) -> tuple[str, bool]:
    """Return what to say after a message was sent, and whether it's a warning."""
    if message.is_note:
        return gettext("Your internal note was added. Customers can’t see it."), False
    audience, name = reply_audience(ticket, followers), {"name": ticket.requester.name}
    if audience == "everyone":
        return gettext("Your reply was sent."), False
    if audience == "followers":
        text = gettext(
            "Your reply was sent to the followers. %(name)s doesn’t have access to the portal "
            "and wasn’t notified."
        )
        return text % name, True
    text = gettext(
        "Your reply was added, but no one was notified: %(name)s doesn’t have access to the portal."
    )
    return text % name, True


def sent_here(request, conversation, followers) -> dict | None:
    """Return the text about the message that the agent has just sent on this screen, and whether
    it's a warning; None if there's none."""
    pk = pk_in(request.GET, SENT)
    for message in conversation.messages if pk else ():
        is_recent = timezone.now() - message.created_at < RECENT
        if message.pk == pk and message.author_id == request.user.pk and is_recent:
            text, is_warning = sent_text(message, conversation.ticket, followers)
            return {"text": text, "is_warning": is_warning, "pk": pk}
    return None


def taken_back() -> dict:
    """Return the same for a reply that was taken back."""
    return {"text": gettext("Your reply was taken back and wasn’t sent."), "is_warning": False}


def offer_undo(response, request, seconds: int):
    """Let the next pages offer to undo what was just done, and return the response. Without the
    cookie, they needn't look for it."""
    if seconds:
        response.set_cookie(
            COOKIE,
            "1",
            max_age=seconds,
            path=desk_url("list"),
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


def undo_offer(request, suffix: str = "") -> dict | None:
    """Return the newest reply or bulk change that the agent can still take back, with the seconds
    that are left; None if there's none. One query, and none unless something was just done.

    :param suffix: what the URL ends with, so that the agent's list isn't lost.
    """
    if COOKIE not in request.COOKIES:
        return None
    now = timezone.now()
    steps = UndoStep.objects.open_for(request.user, now).select_related("ticket", "bulk_change")
    # A bulk change has a page of its own, on which it can be undone for longer.
    begun = now - timedelta(seconds=conf.UNDO_BULK_SECONDS)
    recent = Q(bulk_change=None) | Q(bulk_change__created_at__gt=begun)
    step = steps.filter(recent).defer("bulk_change__tickets").order_by("-pk").first()
    if step is None:
        return None
    run = step.bulk_change
    if run is not None:
        left = (run.created_at - begun).total_seconds()
        url = reverse("wagtail_portal_bulk_undo", args=[run.pk])
    else:
        left = (step.expires_at - now).total_seconds()
        url = desk_url("undo", step.ticket_id) + suffix
    return {"step": step, "run": run, "url": url, "seconds": max(1, int(left))}


def draft_data(request, ticket: Ticket) -> QueryDict | None:
    """Return what the form for a reply had before the agent took it back; None if there's none."""
    if (pk := pk_in(request.GET, DRAFT)) is None:
        return None
    mine = UndoStep.objects.filter(pk=pk, user=request.user, ticket=ticket)
    step = mine.filter(message=None, bulk_change=None, expires_at__gt=timezone.now()).first()
    if step is None:
        return None
    data = QueryDict(mutable=True)
    for name, values in step.form.items():
        data.setlist(f"reply-{name}", values)
    data[f"reply-{SUBMISSION_KEY}"] = str(uuid.uuid4())
    data["reply-status_was"] = str(ticket.status_id)
    return data
