"""What belongs to the team: which tickets a group sees, what agents have read, bulk changes."""

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from swapper import get_model_name, set_app_prefix

from .organizations import Organization
from .tickets import Ticket

set_app_prefix("wagtailcore", "wagtail")
PAGE_MODEL = get_model_name("wagtailcore", "Page")


class GroupScope(models.Model):
    """Limits a group to some of the tickets: those of the chosen sites, forms or organizations.

    What is named here is added up, so that a form or an organization that goes away can only take
    tickets out of sight; with nothing left, the group sees none.
    """

    group = models.OneToOneField(
        "auth.Group", on_delete=models.CASCADE, related_name="ticket_scope"
    )
    sites = models.ManyToManyField("wagtailcore.Site", related_name="+", blank=True)
    forms = models.ManyToManyField(PAGE_MODEL, related_name="+", blank=True)
    organizations = models.ManyToManyField(Organization, related_name="+", blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("scope of a group")
        verbose_name_plural = _("scopes of groups")

    def __str__(self):
        return str(self.group)


class AgentReadState(models.Model):
    """How far one of the team has read one ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    #: When the newest reply that was read had been written.
    read_until_of = models.DateTimeField(_("read until"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("ticket read by the team")
        verbose_name_plural = _("tickets read by the team")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "user"], name="portal_agent_seen_once"),
        ]

    def __str__(self):
        return f"{self.ticket_id}: {self.read_until_of}"


def with_read_until(tickets, user):
    """``tickets`` with ``read_until``: how far ``user`` has read each of them."""
    rows = AgentReadState.objects.filter(ticket=OuterRef("pk"), user=user)
    return tickets.annotate(read_until=Subquery(rows.values("read_until_of")[:1]))


def is_unread(ticket) -> bool:
    """Whether the last word in a ticket :func:`with_read_until` is a customer's that the agent has
    not read. What is closed is never unread."""
    reply = ticket.last_reply
    if reply is None or reply.from_team or ticket.status.is_closed:
        return False
    return ticket.read_until is None or ticket.read_until < reply.created_at


class BulkChange(models.Model):
    """One change of many tickets, and how far it has come. Each row goes through the same action
    as a single ticket, with the rights of who asked for it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    verb = models.CharField(max_length=20)
    #: What the action takes, in plain values.
    arguments = models.JSONField(default=dict)
    #: Primary keys of tickets, decided when it began.
    tickets = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    #: How many of them were tried, and what became of them.
    position = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    #: ``[number, words]`` of the first ones that could not be changed.
    problems = models.JSONField(default=list)
    failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")

    def __str__(self):
        return f"{self.verb} ({self.position}/{self.total})"
