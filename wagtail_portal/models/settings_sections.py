"""Groups of portal settings: email, people, tabs, attachments and retention."""

from email.utils import formataddr, parseaddr
from typing import Any, cast

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.file_types import (
    default_families,
    extensions_of,
    split_extensions,
    validate_extensions,
)
from wagtail_portal.fields.files import FileLimits
from wagtail_portal.utils.typing import StrOrPromise

from .fields import AddressField, LineField
from .roles import Role


def _months(name: StrOrPromise, help_text: StrOrPromise = "") -> models.Field:
    """Return a field for a number of months; None for never."""
    return models.PositiveSmallIntegerField(
        name,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=help_text,
    )


class EmailSettings(models.Model):
    """Senders of emails, and the address of the team."""

    sender_name = LineField(
        _("sender name"),
        max_length=80,
        blank=True,
        help_text=_("Used in emails. Leave empty to use the name of the portal."),
    )
    sender_address = AddressField(
        _("sender address"), blank=True, help_text=_("Leave empty to use the site’s default.")
    )
    reply_address = AddressField(
        _("reply-to address"),
        blank=True,
        help_text=_("Where replies to emails go. Leave empty to use the sender address."),
    )
    emails_without_content = models.BooleanField(
        _("leave content out of emails"),
        default=False,
        help_text=_(
            "Emails say that something is new and link to it, but leave out what was written. "
            "Visitors, who have no access to the portal, still receive replies in full."
        ),
    )
    team_address = AddressField(
        _("team address"),
        blank=True,
        help_text=_(
            "A shared mailbox that is notified of new tickets and of replies to unassigned tickets."
        ),
    )

    class Meta:
        abstract = True

    @property
    def from_email(self) -> str:
        """The From header of the portal's emails."""
        if not self.sender_address:
            return settings.DEFAULT_FROM_EMAIL
        return formataddr((self.sender_name or cast(Any, self).name, self.sender_address))

    @property
    def reply_to(self) -> str:
        """The Reply-To header of the portal's emails."""
        return self.reply_address or parseaddr(self.from_email)[1]


class PeopleSettings(models.Model):
    """Who gets access, and in which role."""

    default_role = models.ForeignKey(
        Role,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("default role"),
        help_text=_(
            "For organizations without a default role of their own. Leave empty to use Member."
        ),
    )
    strangers_may_join = models.BooleanField(
        _("open sign-in"),
        default=False,
        help_text=_(
            "Anyone who verifies an email address can sign in. They get an organization of "
            "their own. Otherwise, only people added or invited by you or a customer can sign "
            "in."
        ),
    )
    customers_invite = models.BooleanField(
        _("customers can invite"),
        default=True,
        help_text=_(
            "Members who manage their organization can invite people. Otherwise, only you can."
        ),
    )
    customers_share = models.BooleanField(
        _("customers can share tickets"),
        default=False,
        help_text=_(
            "Requesters, and members who manage the organization, can share a ticket with people "
            "outside it. Once guests have verified their email address, they can read the "
            "messages, but not the details, and reply. If you turn this off, guests lose access."
        ),
    )
    invitation_days = models.PositiveSmallIntegerField(
        _("days to accept an invitation"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )

    class Meta:
        abstract = True


class TabSettings(models.Model):
    """Which tabs customers have besides that of all tickets."""

    tab_needs_reply = models.BooleanField(_("needs your reply"), default=True)
    tab_open = models.BooleanField(_("open"), default=True)
    tab_closed = models.BooleanField(_("closed"), default=True)
    tab_members = models.BooleanField(
        _("members"),
        default=True,
        help_text=_(
            "For roles that can see members. Without this tab, only you manage who has access."
        ),
    )

    class Meta:
        abstract = True


class AttachmentSettings(models.Model):
    """Limits of attachments."""

    attachment_max_mb = models.PositiveSmallIntegerField(
        _("maximum attachment size (MB)"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    attachment_max_number = models.PositiveSmallIntegerField(
        _("maximum attachments per message"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )
    attachment_families = models.JSONField(
        _("kinds of files"), default=default_families, blank=True
    )
    attachment_types = models.CharField(
        _("other file types"),
        max_length=500,
        blank=True,
        validators=[validate_extensions],
        help_text=_("File extensions separated by spaces, for example “dwg step”."),
    )

    class Meta:
        abstract = True

    @property
    def file_limits(self) -> FileLimits:
        """The limits of attachments, as form fields take them."""
        return FileLimits(
            max_size=self.attachment_max_mb * 1024 * 1024,
            max_number=self.attachment_max_number,
            extensions=extensions_of(self.attachment_families)
            | split_extensions(self.attachment_types),
        )


class RetentionSettings(models.Model):
    """What's deleted how long after a ticket was closed; None for never."""

    attachments_months = _months(_("delete attachments after (months)"))
    log_months = _months(_("delete history after (months)"))
    anonymize_months = _months(
        _("anonymise tickets after (months)"),
        _(
            "Deletes everything that people wrote, attached or entered as text, their history, and"
            " who they were. What reports count stays."
        ),
    )
    delete_months = _months(_("delete tickets after (months)"))

    class Meta:
        abstract = True
