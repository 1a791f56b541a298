"""Organizations and their email domains."""

from django.core.validators import validate_domain_name
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from .line_field import LineField
from .roles import Role


class DomainJoining(models.TextChoices):
    """Whether people with a verified address at one of the verified domains can join."""

    OFF = "off", _("Not allowed")
    APPROVAL = "approval", _("Requires approval by an organization admin or the team")
    DIRECT = "direct", _("Join immediately")


class Organization(ClusterableModel):
    """A customer company; or the visitors, who have no access to the portal."""

    VISITORS = "visitors"

    #: ``VISITORS`` for the built-in organization of visitors; empty for customers.
    key = models.SlugField(max_length=50, unique=True, null=True, editable=False)  # noqa: DJ001
    name = LineField(_("name"), max_length=200)
    external_id = LineField(
        _("external ID"),
        max_length=100,
        unique=True,
        null=True,
        blank=True,
        help_text=_("How your other systems identify this customer."),
    )
    default_role = models.ForeignKey(
        Role,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("default role"),
        help_text=_("Leave empty to use the default in the portal settings."),
    )
    domain_joining = models.CharField(
        _("joining by email domain"),
        max_length=10,
        choices=DomainJoining,
        default=DomainJoining.APPROVAL,
        help_text=_(
            "For people who have verified an email address at one of the verified domains."
        ),
    )
    legal_hold = models.BooleanField(
        _("legal hold"),
        default=False,
        help_text=_(
            "As long as this is ticked, no one can delete the organization’s tickets or erase its"
            " members, and they’re kept whatever the retention settings say."
        ),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        indexes = [models.Index(fields=["name", "id"], name="portal_organization_name")]

    def __str__(self):
        return self.name

    @property
    def is_for_visitors(self) -> bool:
        """Whether the members are visitors, who have only verified an email address."""
        return self.key == self.VISITORS

    def save(self, *args, **kwargs):
        # An empty text would be unique only once.
        self.external_id = self.external_id or None
        super().save(*args, **kwargs)


class OrganizationDomain(models.Model):
    """An email domain of an organization. Nobody can join by it until the team has verified it."""

    organization = ParentalKey(Organization, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(
        _("domain"), max_length=253, unique=True, validators=[validate_domain_name]
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)

    class Meta:
        ordering = ["domain"]
        verbose_name = _("email domain")
        verbose_name_plural = _("email domains")

    def __str__(self):
        return self.domain
