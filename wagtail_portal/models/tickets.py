"""Tickets: what customers ask, and who takes part."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from swapper import get_model_name, set_app_prefix

from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH
from wagtail_portal.fields.questions import URGENCIES

from .members import Member
from .organizations import Organization
from .roles import TicketScope
from .statuses import State, Status

# The base page model can be swapped from Wagtail 8 on.
set_app_prefix("wagtailcore", "wagtail")
PAGE_MODEL = get_model_name("wagtailcore", "Page")

#: The first ticket is #1001: short, but it does not tell that it is the first.
NUMBER_OFFSET = 1000


class TicketNumber(models.Model):
    """Hands out ticket numbers: its primary key is the only thing of interest.

    The database's own counter gives each transaction another value without a lock, never an
    earlier one again (SQLite uses AUTOINCREMENT), so rows need not stay for long.
    """

    id = models.BigAutoField(primary_key=True)

    class Meta:
        verbose_name = _("ticket number")

    def __str__(self):
        return str(self.id)

    @classmethod
    def allocate(cls) -> int:
        """A number that was never given before; gaps stay where no ticket came of it.

        An imported ticket may have it all the same, for these keep the numbers that they had
        elsewhere. Call it outside of what that would undo, or it gives the same one again.
        """
        return cls.objects.create().pk + NUMBER_OFFSET

    @classmethod
    def allocate_free(cls) -> int:
        """The same, past all numbers that imported tickets have."""
        while True:
            number = cls.allocate()
            if not Ticket.objects.filter(number=number).exists():
                return number

    @classmethod
    def discard(cls) -> None:
        """Delete the rows of numbers given before the newest one."""
        newest = cls.objects.order_by("-pk").values_list("pk", flat=True).first()
        cls.objects.filter(pk__lt=newest or 0).delete()


class Urgency(models.TextChoices):
    """How much it hurts, in the requester's eyes."""

    LOW, NORMAL, HIGH, URGENT = URGENCIES


class Channel(models.TextChoices):
    """The way on which a ticket came in."""

    FORM = "form", _("Form")
    DESK = "desk", _("Support team")
    MAIL = "mail", _("Email")
    API = "api", _("API")
    IMPORT = "import", _("Import")


class TicketQuerySet(models.QuerySet):
    def visible_to(self, member: Member):
        """The tickets that ``member`` may read. Every customer's read goes through here.

        One's own and followed ones; with a role for the whole organization also the
        teammates', but for private ones.
        """
        scope = member.role.tickets
        if scope == TicketScope.NONE:
            return self.none()
        follows = Exists(Follower.objects.filter(ticket=OuterRef("pk"), member_id=member.pk))
        takes_part = Q(requester_id=member.pk) | Q(follows)
        seen = takes_part if scope == TicketScope.OWN else takes_part | Q(private=False)
        return self.filter(seen, organization_id=member.organization_id)

    def open(self):
        """Tickets that are not done."""
        return self.exclude(status__state=State.CLOSED)

    def closed(self):
        """Tickets that are done."""
        return self.filter(status__state=State.CLOSED)


class Ticket(models.Model):
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
    subject = models.CharField(_("subject"), max_length=SUBJECT_MAX_LENGTH)
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
    #: Answers to the questions of the form alone: ``fields.form.answer`` says what is in one.
    answers = models.JSONField(_("answers"), default=list, blank=True)
    form = models.ForeignKey(
        PAGE_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("form"),
    )
    #: The page of the site in which the form stood; empty for the form's own page.
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
    #: The last thing that a customer can see; an internal note leaves no trace here.
    updated_at = models.DateTimeField(_("last activity"), default=timezone.now)
    #: The last thing at all.
    team_updated_at = models.DateTimeField(_("last change"), default=timezone.now)
    #: When the team replied for the first time.
    first_answered_at = models.DateTimeField(_("first replied at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    #: Since when it waits for whom it waits for now, or is on hold; empty when it is closed.
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    #: A ticket that was locked when its customers had more to say.
    follow_up_to = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="follow_ups",
        verbose_name=_("follow-up to"),
    )
    #: The ticket in which this one goes on; it is closed then, and locked for everybody.
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="merged_tickets",
        verbose_name=_("merged into"),
    )
    #: The newest reply, never a note, so that a list needs no query of its own for it.
    last_reply = models.ForeignKey(
        "Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: The form's own key, so that a form sent twice opens one ticket.
    submission_key = models.UUIDField(null=True, blank=True, editable=False)

    objects = TicketQuerySet.as_manager()

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
            # One for the order of each list: the customers' by organization and by requester,
            # the team's as a whole, by status and by assignee.
            models.Index(
                fields=["organization", "-updated_at", "-id"], name="portal_ticket_organization"
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
            models.Index(fields=["opened_at"], name="portal_ticket_opened"),
            models.Index(fields=["closed_at"], name="portal_ticket_closed"),
            models.Index(fields=["group", "-team_updated_at", "-id"], name="portal_ticket_group"),
        ]

    def __str__(self):
        return f"#{self.number} {self.subject}"

    def participant_ids(self) -> set[int]:
        """Primary keys of the members who take part: the requester and the followers."""
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

    class Meta:
        ordering = ["id"]
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "member"], name="portal_follower_once"),
        ]

    def __str__(self):
        return str(self.member)


class Mute(models.Model):
    """A member who wants no mail about a ticket, although they take part in it."""

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

    def __str__(self):
        return f"{self.member}: {self.ticket}"
