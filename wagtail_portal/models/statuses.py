"""Statuses of tickets."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .cached_rows import cached_rows, register
from .fields import LineField
from .translations import TranslatedTexts, TranslationsField


class State(models.TextChoices):
    """What a status means to the portal, whatever editors call it."""

    NEW = "new", _("New")
    WAITING_ON_US = "waiting_on_us", _("Waiting on us")
    WAITING_ON_CUSTOMER = "waiting_on_customer", _("Waiting on customer")
    ON_HOLD = "on_hold", _("On hold")
    CLOSED = "closed", _("Closed")


#: The state after a reply, unless editors chose a status. Other states stay.
AFTER_CUSTOMER_REPLY = {
    State.WAITING_ON_CUSTOMER: State.WAITING_ON_US,
    State.ON_HOLD: State.WAITING_ON_US,
    State.CLOSED: State.WAITING_ON_US,
}
AFTER_TEAM_REPLY = {
    State.NEW: State.WAITING_ON_CUSTOMER,
    State.WAITING_ON_US: State.WAITING_ON_CUSTOMER,
}


class StatusQuerySet(models.QuerySet["Status"]):
    def first_of(self, state: State) -> "Status | None":
        """Return the first status with a state, in the editors' order, or None."""
        return self.filter(state=state).order_by("sort_order", "id").first()


class Status(TranslatedTexts):
    """A status: a name for the team, a label for customers, and one of five states."""

    key = models.SlugField(_("key"), max_length=50, unique=True)
    name = LineField(_("name for the team"), max_length=60)
    label = LineField(_("label for customers"), max_length=60)
    translations = TranslationsField(of=["label"])
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=State,
        help_text=_("Determines tabs, colours and reports."),
    )
    after_customer_reply = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("after a customer reply"),
        help_text=_(
            "The status set when a customer replies. Choose this status to keep it. Leave empty"
            " to use the first “Waiting on us” status if the ticket is waiting on the customer,"
            " on hold or closed."
        ),
    )
    after_team_reply = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("after a team reply"),
        help_text=_(
            "The status set when the team replies. Choose this status to keep it. Leave empty "
            "to use the first “Waiting on customer” status if the ticket is new or waiting on "
            "us."
        ),
    )
    sort_order = models.PositiveIntegerField(_("order"), default=100)

    objects = StatusQuerySet.as_manager()

    class Meta:
        ordering = ["sort_order", "id"]
        verbose_name = _("status")
        verbose_name_plural = _("statuses")

    def __str__(self) -> str:
        return self.name

    @property
    def localized_label(self) -> str:
        """The label in the language of the reader."""
        return self.localized("label")

    @classmethod
    def cached(cls) -> list["Status"]:
        """Return all statuses in the editors' order, for display. Don't change them."""
        return cached_rows("statuses")

    def snapshot(self) -> dict:
        """Return what log entries and notifications store, to be readable without the status."""
        return {
            "key": self.key,
            "name": self.name,
            "label": self.label,
            "translations": self.translations,
            "state": self.state,
        }

    @property
    def is_closed(self) -> bool:
        """Whether a ticket with this status is closed."""
        return self.state == State.CLOSED

    def after_reply(self, *, from_team: bool) -> "Status":
        """Return the status that follows this one when the team, or a customer, replies."""
        chosen = self.after_team_reply if from_team else self.after_customer_reply
        if chosen is not None:
            return chosen
        state = (AFTER_TEAM_REPLY if from_team else AFTER_CUSTOMER_REPLY).get(State(self.state))
        return (state and Status.objects.first_of(state)) or self

    def after_reopening(self) -> "Status | None":
        """Return the status of a reopened ticket; None if there's no open status."""
        status = self.after_reply(from_team=False)
        if not status.is_closed:
            return status
        open_statuses = Status.objects.exclude(state=State.CLOSED)
        return open_statuses.first_of(State.WAITING_ON_US) or open_statuses.first()


register("statuses", lambda: list(Status.objects.all()), Status)
