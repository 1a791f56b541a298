"""Tickets, their followers, and links between them."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from swapper import get_model_name, set_app_prefix

from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH
from wagtail_portal.fields.questions import URGENCIES
from wagtail_portal.utils.expressions import OneOf

from .fields import LineField
from .members import Member, Reader
from .organizations import Organization
from .roles import TicketScope
from .statuses import State, Status

# The base page model can be swapped from Wagtail 8 on.
set_app_prefix("wagtailcore", "wagtail")
PAGE_MODEL = get_model_name("wagtailcore", "Page")

#: What the report on tickets groups them by.
REPORTED = ["organization", "assignee", "group", "form"]

#: The first ticket is #1001: a short number that doesn't look like the first.
NUMBER_OFFSET = 1000


class TicketNumber(models.Model):
    """A counter for ticket numbers, which are derived from its primary key.

    The database gives each transaction another value without a lock, and never reuses one (SQLite
    uses AUTOINCREMENT), so rows can be deleted.
    """

    id = models.BigAutoField(primary_key=True)

    class Meta:
        verbose_name = _("ticket number")

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    def allocate(cls) -> int:
        """Return a new number. An imported ticket may have it already.

        Call it outside of savepoints: rolling one back would make the number appear again.
        """
        return cls.objects.create().pk + NUMBER_OFFSET

    @classmethod
    def allocate_free(cls) -> int:
        """Return a new number that no imported ticket has."""
        while True:
            number = cls.allocate()
            if not Ticket.objects.filter(number=number).exists():
                return number


class Urgency(models.TextChoices):
    """How urgent a ticket is to its requester."""

    LOW, NORMAL, HIGH, URGENT = URGENCIES


class Channel(models.TextChoices):
    """How a ticket was opened."""

    FORM = "form", _("Form")
    DESK = "desk", _("Support team")
    MAIL = "mail", _("Email")
    API = "api", _("API")
    IMPORT = "import", _("Import")


def follows(member: Member | Reader) -> Q:
    """Return the condition that ``member`` follows a ticket."""
    followed = Follower.objects.filter(member_id=member.pk).order_by().values("ticket")
    return Q(OneOf(F("pk"), Subquery(followed)))


def participates(member: Member | Reader) -> Q:
    """Return the condition that ``member`` is the requester or a follower of a ticket."""
    return Q(requester_id=member.pk) | follows(member)


def was_open(moment: datetime) -> Q:
    """Return the condition that a ticket was open at a moment.

    Closed ones without a time had a status that was turned into a closed one: they count as never
    open, because no one knows until when they were.
    """
    begun = Ticket.objects.filter(opened_at__lt=moment).order_by()
    still_open = begun.filter(closed_at=None).exclude(status__state=State.CLOSED)
    # Both are found by an index first, or PostgreSQL goes through all tickets in the order of the
    # list: it doesn't know that hardly any ticket is open for years.
    parts = (begun.filter(closed_at__gte=moment), still_open)
    closed_later, open_now = (OneOf(F("pk"), Subquery(part.values("pk"))) for part in parts)
    return Q(closed_later) | Q(open_now)


class TicketQuerySet(models.QuerySet):
    def visible_to(self, member: Member | Reader) -> Self:
        """Return the tickets that ``member`` can see. Every customer's read goes through here.

        Members see the tickets that they requested or follow. With a role for the whole
        organization, they also see all others in it that aren't private. In a portal that shows
        the tickets of its own site, they see only these. Visitors see those that were shared with
        them, and nothing else.
        """
        scope = member.role.tickets
        if scope == TicketScope.NONE:
            guests = self.model._meta.apps.get_model("wagtail_portal", "Guest").objects.active()
            shared = guests.filter(member_id=member.pk).order_by().values("ticket")
            found = self.filter(pk__in=shared)
        else:
            seen = participates(member)
            if scope != TicketScope.OWN:
                seen = Q(private=False) | seen
            found = self.filter(seen, organization_id=member.organization_id)
        site = member.site_of_tickets
        return found if site is None else found.filter(site_id=site)

    def open(self) -> Self:
        """Return tickets that aren't closed."""
        return self.exclude(status__state=State.CLOSED)

    def closed(self) -> Self:
        """Return closed tickets."""
        return self.filter(status__state=State.CLOSED)


class Ticket(models.Model):  # type: ignore[django-manager-missing]
    """One request of a customer."""

    number = models.PositiveBigIntegerField(_("number"), unique=True, editable=False)
    site = models.ForeignKey(
        "wagtailcore.Site", on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="tickets",
        verbose_name=_("organization"),
        db_index=False,
    )
    requester = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        related_name="requested_tickets",
        verbose_name=_("requester"),
        db_index=False,
    )
    followers = models.ManyToManyField(
        Member, through="Follower", related_name="followed_tickets", verbose_name=_("followers")
    )
    subject = LineField(_("subject"), max_length=SUBJECT_MAX_LENGTH)
    status = models.ForeignKey(
        Status,
        on_delete=models.PROTECT,
        related_name="tickets",
        verbose_name=_("status"),
        db_index=False,
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assignee"),
        db_index=False,
    )
    group = models.ForeignKey(
        "auth.Group",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned group"),
        db_index=False,
    )
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    #: Values of ticket fields by the field's key, in the stored form of the field's type.
    values = models.JSONField(_("ticket fields"), default=dict, blank=True)
    #: Answers to questions that exist only on the form, as ``fields.form.answer`` makes them.
    answers = models.JSONField(_("answers"), default=list, blank=True)
    form = models.ForeignKey(
        PAGE_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("form"),
    )
    #: The page that the form was embedded in; empty for the form's own page.
    source_page = models.ForeignKey(
        PAGE_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sent from"),
    )
    form_title = models.CharField(_("title of the form"), max_length=255, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.FORM)
    language = models.CharField(_("language"), max_length=20, blank=True)
    private = models.BooleanField(_("private"), default=False)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    #: The last change that customers can see. Internal notes leave no trace here.
    updated_at = models.DateTimeField(_("last activity"), default=timezone.now)
    #: The last change, including internal ones.
    team_updated_at = models.DateTimeField(_("last change"), default=timezone.now)
    #: Counts the changes. Times can be equal, or go back with the server's clock.
    revision = models.PositiveIntegerField(default=0, editable=False)
    #: The revision with the last change that customers can see.
    shared_revision = models.PositiveIntegerField(default=0, editable=False)
    #: When the team replied for the first time.
    first_answered_at = models.DateTimeField(_("first replied at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    #: When everything that people wrote was deleted, and who they were.
    anonymized_at = models.DateTimeField(_("anonymised at"), null=True, blank=True, editable=False)
    #: When the ticket began to wait on us, on the customer, or to be on hold; empty if closed.
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    #: The locked ticket that this one continues.
    follow_up_to = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="follow_ups",
        verbose_name=_("follow-up to"),
    )
    #: The ticket that this one was merged into. This one is closed and locked for everyone.
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="merged_tickets",
        verbose_name=_("merged into"),
    )
    #: The newest reply, never a note, so that lists need no extra query.
    last_reply = models.ForeignKey(
        "Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: The primary key of the newest message, including notes: what happens next comes after it.
    newest_message = models.PositiveBigIntegerField(default=0, editable=False)
    #: Prevents a form that's sent twice from opening two tickets.
    submission_key = models.UUIDField(null=True, blank=True, editable=False)

    objects = TicketQuerySet.as_manager()

    # What some querysets and lists add, for as long as the page is made.
    followed: bool
    last_text: str
    read_until: int | None

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-updated_at", "-id"]
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        permissions = [
            ("reply_ticket", _("Can reply to tickets")),
            ("note_ticket", _("Can write internal notes")),
            ("assign_ticket", _("Can assign tickets")),
            ("merge_ticket", _("Can merge tickets")),
            ("export_ticket", _("Can export tickets")),
            ("report_ticket", _("Can view the ticket report")),
            ("view_as_member", _("Can view the portal as a member")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "submission_key"], name="portal_ticket_submitted_once"
            ),
        ]
        indexes = [
            # For the order of each list: the customers' by organization, by status and by
            # requester, the team's as a whole, by status, by assignee and by group.
            models.Index(
                fields=["organization", "-updated_at", "-id"], name="portal_ticket_organization"
            ),
            models.Index(
                fields=["organization", "status", "-updated_at", "-id"], name="portal_ticket_tab"
            ),
            models.Index(
                fields=["requester", "-updated_at", "-id"], name="portal_ticket_requester"
            ),
            models.Index(fields=["-team_updated_at", "-id"], name="portal_ticket_team"),
            models.Index(fields=["status", "-team_updated_at", "-id"], name="portal_ticket_status"),
            models.Index(
                fields=["assignee", "-team_updated_at", "-id"], name="portal_ticket_assignee"
            ),
            models.Index(fields=["waiting_since", "id"], name="portal_ticket_waiting"),
            # With everything that the report groups by, so that it's read from the index alone.
            models.Index(
                fields=["opened_at", "first_answered_at", *REPORTED], name="portal_ticket_opened"
            ),
            models.Index(fields=["closed_at", "opened_at", *REPORTED], name="portal_ticket_closed"),
            models.Index(fields=["group", "-team_updated_at", "-id"], name="portal_ticket_group"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    def participant_ids(self) -> set[int]:
        """Return the primary keys of the requester and the followers."""
        return {self.requester_id, *self.follower_links.values_list("member_id", flat=True)}


class Follower(models.Model):
    """A member who takes part in a ticket without being its requester."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="follower_links", db_index=False
    )
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="follower_links")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["id"]
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "member"], name="portal_follower_once"),
        ]

    def __str__(self) -> str:
        return str(self.member)


class Mute(models.Model):
    """A member who gets no emails about a ticket, although they requested or follow it."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="mutes", db_index=False
    )
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        verbose_name = _("muted ticket")
        verbose_name_plural = _("muted tickets")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "member"], name="portal_mute_once")
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.ticket}"


class LinkKind(models.TextChoices):
    """What ``ticket`` is to ``target``."""

    DUPLICATE = "duplicate", _("Duplicate of")
    FOLLOW_UP = "follow_up", _("Follow-up to")
    RELATED = "related", _("Related to")


class TicketLink(models.Model):
    """A link between two tickets, which only the team sees."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="links", db_index=False
    )
    target = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="linked_from")
    kind = models.CharField(_("kind"), max_length=10, choices=LinkKind)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["id"]
        verbose_name = _("ticket link")
        verbose_name_plural = _("ticket links")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "target"], name="portal_ticket_link_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.target_id}"
