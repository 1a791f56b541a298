"""What happened lately to an organization or a member, and the files of their tickets."""

from typing import Any, cast

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q
from django.db.models.functions import Cast
from wagtail.models import ModelLogEntry

from wagtail_portal.desk.tickets.urls import desk_url
from wagtail_portal.models import Attachment, Member, Organization
from wagtail_portal.permissions import tickets_for_team

#: Log entries and files on a page.
SHOWN = 10
#: The tickets whose files are looked for: the most recently changed ones.
TICKETS = 50


def activity_of(customer: Organization | Member) -> list[ModelLogEntry]:
    """Return the latest log entries about an organization and its members, or about a member."""
    types = ContentType.objects.get_for_models(Organization, Member)
    if isinstance(customer, Member):
        own = Q(content_type=types[Member], object_id=str(customer.pk))
        organization = Q(content_type=types[Organization], object_id=str(customer.organization_id))
        about = own | organization & Q(data__member=customer.pk)
    else:
        keys = customer.members.annotate(key=Cast("pk", CharField())).values("key")
        about = Q(content_type=types[Organization], object_id=str(customer.pk)) | Q(
            content_type=types[Member], object_id__in=keys
        )
    found = ModelLogEntry.objects.filter(about).select_related("user", "content_type")
    return list(found.order_by("-timestamp", "-pk")[:SHOWN])


def files_of(user, **tickets) -> list[dict]:
    """Return the latest files of the most recently changed tickets that ``user`` can see.

    :param tickets: the lookups of the customer's tickets.
    """
    recent = tickets_for_team(user).filter(**tickets).order_by("-updated_at", "-pk")
    keys = list(recent.values_list("pk", flat=True)[:TICKETS])
    # Two queries in one, so that each uses the index of its column.
    of_messages = Attachment.objects.filter(message__ticket__in=keys)
    of_fields = Attachment.objects.filter(ticket__in=keys)
    both = [rows.order_by().values_list("created_at", "pk") for rows in (of_messages, of_fields)]
    latest = both[0].union(both[1]).order_by("-created_at", "-pk")[:SHOWN]
    found = Attachment.objects.filter(pk__in=[pk for _created, pk in latest])
    found = found.select_related("message__ticket", "ticket")
    found = found.defer("message__body", "message__rendered", "message__quoted")
    return [
        {
            "file": row,
            "url": desk_url("file", str(row.pk), row.name),
            "ticket": ticket,
            "ticket_url": desk_url("edit", ticket.pk),
        }
        for row in found.order_by("-created_at", "-pk")
        for ticket in [row.ticket or cast(Any, row.message).ticket]
    ]
