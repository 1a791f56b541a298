"""The portal settings about incoming email, and the addresses that it's sent to."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.models import Orderable

from wagtail_portal.utils.reply_addresses import is_in_mailbox

from .settings_rows import SETTINGS
from .statuses import Status
from .tickets import PAGE_MODEL


class UnknownSenders(models.TextChoices):
    """What happens to emails from people who aren't members."""

    HOLD = "hold", _("Hold them for the team")
    OPEN = "open", _("Open a ticket, if the sender is verified")
    ANSWER = "answer", _("Answer with the address of the portal, if the sender is verified")


def validate_mailbox(value: str) -> None:
    """Refuse what's neither an email address nor a domain, as in ``@reply.example.com``.

    :raises ValidationError: then.
    """
    address = f"any{value}" if value.startswith("@") else value
    validate_email(address)
    # A signed address, with its number and a plus sign, must fit into 64 characters.
    if "+" in value or len(value.partition("@")[0]) > 25:
        raise ValidationError(
            gettext("Enter an address with up to 25 characters before the @, and without a plus.")
        )


def _used_elsewhere() -> str:
    return gettext("The portal of another site receives email at this address.")


def blocked_entries(text: str) -> list[str]:
    """Return the addresses and domains of a block list, in lower case."""
    return [entry.lstrip("@") for entry in text.lower().replace(",", " ").split()]


_FORM_HELP = _(
    "New tickets get what the form gives to its tickets: status, assignee, group, preset fields "
    "and whom to notify."
)


def _optional(to: Any, label: Any, help_text: Any = "") -> Any:
    """Return a column for what new tickets get."""
    return models.ForeignKey(
        to,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=label,
        help_text=help_text,
    )


class IncomingAddress(Orderable):
    """A further address at which a portal receives email, with what new tickets get there."""

    settings = ParentalKey(SETTINGS, on_delete=models.CASCADE, related_name="incoming_addresses")
    address = models.CharField(
        _("address"), max_length=254, unique=True, validators=[validate_mailbox]
    )
    form: Any = _optional(PAGE_MODEL, _("form"), _FORM_HELP)
    status: Any = _optional(Status, _("status of new tickets"))
    group: Any = _optional("auth.Group", _("group for new tickets"))
    unknown_senders = models.CharField(
        _("emails from unknown senders"),
        max_length=10,
        choices=UnknownSenders,
        blank=True,
        help_text=_("Leave empty to use the first address’s setting."),
    )

    class Meta(Orderable.Meta):
        verbose_name = _("incoming address")
        verbose_name_plural = _("incoming addresses")

    def __str__(self) -> str:
        return self.address

    def clean(self) -> None:
        super().clean()
        portals = type(self)._meta.get_field("settings").related_model.objects
        others = portals.filter(incoming_address__iexact=self.address).exclude(pk=self.settings_id)
        if others.exists():
            raise ValidationError({"address": _used_elsewhere()})


class IncomingEmailSettings(models.Model):
    """Replies and new tickets by email."""

    #: The manager of the further addresses.
    incoming_addresses: Any

    incoming_address = models.CharField(
        _("address for incoming email"),
        max_length=254,
        blank=True,
        validators=[validate_mailbox],
        help_text=_(
            "A mailbox that the portal reads, for example “support@example.com”, or a domain that "
            "is used for nothing else, for example “@reply.example.com”. Replies to the portal’s "
            "emails go there and are added to the ticket. Leave empty if the portal doesn’t "
            "receive email."
        ),
    )
    unknown_senders = models.CharField(
        _("emails from unknown senders"),
        max_length=10,
        choices=UnknownSenders,
        default=UnknownSenders.HOLD,
    )
    agents_reply_by_email = models.BooleanField(
        _("agents can reply by email"),
        default=False,
        help_text=_(
            "Only if the email server has verified the sender. To write an internal note, agents "
            "begin the email with a line that says “#note”."
        ),
    )
    incoming_form: Any = _optional(PAGE_MODEL, _("form for new tickets"), _FORM_HELP)
    incoming_status: Any = _optional(
        Status,
        _("status of new tickets"),
        _("Leave empty to use the first status for new tickets."),
    )
    incoming_group: Any = _optional("auth.Group", _("group for new tickets"))
    blocked_senders = models.TextField(
        _("blocked senders"),
        blank=True,
        help_text=_("Addresses and domains, one per line. Their emails count as spam."),
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if not self.incoming_address:
            return
        address = self.incoming_address
        portals = type(self)._default_manager.filter(incoming_address__iexact=address)
        rows = IncomingAddress.objects.filter(address__iexact=address)
        if portals.exclude(pk=self.pk).exists() or rows.exclude(settings=self.pk).exists():
            raise ValidationError({"incoming_address": _used_elsewhere()})

    @property
    def mailboxes(self) -> list[str]:
        """Every address at which the portal receives email, without what new tickets get there."""
        others = [row.address for row in self.incoming_addresses.all()]
        return [address for address in (self.incoming_address, *others) if address]

    @cached_property
    def addresses(self) -> list[IncomingAddress]:
        """Every address at which the portal receives email. The first one also gets replies."""
        found = list(self.incoming_addresses.select_related("status", "group"))
        if self.incoming_address:
            first = IncomingAddress(
                address=self.incoming_address,
                form_id=self.incoming_form_id,
                status=self.incoming_status,
                group=self.incoming_group,
                unknown_senders=self.unknown_senders,
            )
            found.insert(0, first)
        return found

    def find_address(self, recipients: Iterable[str]) -> IncomingAddress | None:
        """Return the address that an email to ``recipients`` was sent to, or else the first one;
        None if the portal doesn't receive email."""
        for recipient in recipients:
            for row in self.addresses:
                if is_in_mailbox(recipient, row.address):
                    return row
        return self.addresses[0] if self.addresses else None

    def receives_at(self, address: str) -> bool:
        """Return whether emails to ``address`` end up in the portal."""
        return any(is_in_mailbox(address, row.address) for row in self.addresses)

    def blocks(self, address: str) -> bool:
        """Return whether emails from ``address`` count as spam."""
        entries = set(blocked_entries(self.blocked_senders))
        domain = address.rpartition("@")[2]
        names = domain.split(".")
        parents = {".".join(names[place:]) for place in range(len(names) - 1)}
        return bool(entries & {address, *parents})
