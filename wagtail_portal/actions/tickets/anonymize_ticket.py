"""Delete what people wrote in a closed ticket, and who they were."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from wagtail_portal import search
from wagtail_portal.actions._locks import for_update, lock_rows, reload_actor
from wagtail_portal.actions.people.provision_user import provision_user
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    ERASED_DOMAIN,
    Attachment,
    Follower,
    Guest,
    Member,
    MessageVersion,
    Mute,
    Notification,
    Organization,
    Rating,
    ReceivedEmail,
    Role,
    SuggestedFollower,
    Ticket,
    TicketField,
    TicketLogEntry,
    TicketReadState,
    UndoStep,
)
from wagtail_portal.permissions import Actor, Verb

from ._ticket import lock

#: The types of ticket fields that can't hold anything personal. Others could, also the project's.
KEPT_TYPES = {"choice", "choices", "yes_no", "number", "decimal", "date", "datetime"}


def anonymize_ticket(ticket: Ticket, *, by: Actor, at: datetime | None = None) -> None:
    """Delete everything in a closed ticket that tells who took part and what they wrote: the texts
    of all messages, files, answers, text fields, participants and the history. What reports count
    stays: number, times, status, organization, choices and the score of the rating. This can't be
    undone.

    :raises NotAllowed: unless ``by`` may delete the ticket.
    :raises Deleted: when it has been deleted.
    :raises Invalid: when it isn't closed, or its organization is under legal hold.
    """
    with transaction.atomic():
        emails = ReceivedEmail.objects.filter(ticket=ticket)
        # One that's being added locks itself before its ticket.
        lock_rows(emails)
        lock(ticket)
        reload_actor(by)
        by.require(Verb.DELETE, ticket)
        if not ticket.status.is_closed:
            raise Invalid(gettext("Only a closed ticket can be anonymised."))
        if ticket.organization.legal_hold:
            raise Invalid(gettext("The organization is under legal hold."))
        with translation.override(settings.LANGUAGE_CODE):
            erased = gettext("Erased")
        organization = for_update(Organization.objects.all()).get(pk=ticket.organization_id)
        former = _former_member(organization)
        messages = ticket.messages.all()
        MessageVersion.objects.filter(message__in=messages).delete()
        messages.exclude(body="").update(body=erased)
        messages.update(quoted="", copies="")
        emails.delete()
        messages.filter(from_team=False).update(author=None, member=None)
        Attachment.objects.of_tickets([ticket]).delete()
        lock_rows(Notification.objects.filter(ticket=ticket))
        people = (Follower, Guest, Mute, SuggestedFollower, TicketReadState)
        for model in (Notification, UndoStep, *people):
            model.objects.filter(ticket=ticket).delete()
        TicketLogEntry.objects.for_instance(ticket).delete()
        Rating.objects.filter(ticket=ticket).update(member=None, comment="")
        fields = TicketField.objects.filter(type__in=KEPT_TYPES)
        kept = set(fields.values_list("key", flat=True))
        ticket.subject, ticket.answers = erased, []
        ticket.values = {key: row for key, row in ticket.values.items() if key in kept}
        ticket.requester, ticket.submission_key = former, None
        ticket.anonymized_at = at or timezone.now()
        ticket.save()
        search.backend().put(Ticket.objects.filter(pk=ticket.pk))


def _former_member(organization: Organization) -> Member:
    """Return the member of a locked organization who stands for all those whose tickets were
    anonymized. No one can sign in as this member, who is shown like an erased one."""
    user = provision_user(f"former-{organization.pk}@{ERASED_DOMAIN}")
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
    role = Role.objects.get(key=Role.NO_ACCESS)
    values = {"user": user, "organization": organization}
    return Member.objects.get_or_create(**values, defaults={"role": role})[0]
